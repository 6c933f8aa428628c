// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICollateral} from "./interfaces/ICollateral.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {Duties} from "./libraries/Duties.sol";
import {MerkleSha256} from "./libraries/MerkleSha256.sol";
import {Periods} from "./libraries/Periods.sol";
import {ProvenPeriods} from "./libraries/ProvenPeriods.sol";
import {SumTree} from "./libraries/SumTree.sol";

/// @param genesisBlock first block of period 1
/// @param periodBlocks blocks in a period
/// @param drawCount leaves drawn from each provider in each period
struct ProofParams {
    uint64 genesisBlock;
    uint32 periodBlocks;
    uint32 drawCount;
}

/// @title Proof that providers still hold the bytes; see IPossessionProofs
contract PossessionProofs is IPossessionProofs {
    using Duties for Duty;
    using ProvenPeriods for mapping(uint256 => uint256);
    using SumTree for SumTree.Forest;

    /// @param provider whose draws
    /// @param total leaves, of 64 bytes, over all that it held when the period opened
    /// @param preimage what is hashed to a draw; the draw's number goes into its last word
    /// @param opened its agreements, as they stood then
    struct Drawing {
        uint32 provider;
        uint256 total;
        bytes preimage;
        SumTree.View opened;
    }

    /// @dev 64 draws of the deepest shards (42 levels) cost 3.7M gas of calldata: one proof always fits into a block.
    uint32 private constant _MAX_DRAWS = 64;

    uint256 public immutable genesisBlock;
    uint32 public immutable periodBlocks;
    uint32 public immutable drawCount;
    IRandomness public immutable randomness;
    ICollateral public immutable collateral;
    IReputation public immutable reputation;
    address public immutable agreements;

    mapping(uint32 provider => Duty) private _duties;
    mapping(uint32 provider => mapping(uint256 index => uint256 word)) private _proven;
    mapping(uint64 agreement => bytes32 root) private _roots;
    /// @dev Only read for an agreement that was removed in the current period.
    mapping(uint64 agreement => bool) private _conceded;
    SumTree.Forest private _forest;
    /// @dev Seed of the last proven period: see `_pinSeed`.
    bytes32 private _seed;

    modifier onlyAgreements() {
        require(msg.sender == agreements, PossessionProofs_NotAgreements(msg.sender));
        _;
    }

    constructor(
        ProofParams memory params,
        IRandomness randomness_,
        ICollateral collateral_,
        IReputation reputation_,
        address agreements_
    ) {
        require(params.genesisBlock <= block.number, PossessionProofs_InvalidParams("genesisBlock"));
        require(params.periodBlocks != 0, PossessionProofs_InvalidParams("periodBlocks"));
        require(params.drawCount != 0 && params.drawCount <= _MAX_DRAWS, PossessionProofs_InvalidParams("drawCount"));
        genesisBlock = params.genesisBlock;
        periodBlocks = params.periodBlocks;
        drawCount = params.drawCount;
        randomness = randomness_;
        collateral = collateral_;
        reputation = reputation_;
        agreements = agreements_;
        // Of period 0, which never is: so no proof pays for a slot's first use.
        _seed = bytes32(~uint256(type(uint32).max));
    }

    // ---------------------------------------------------------------- proving

    /// @inheritdoc IPossessionProofs
    function prove(uint32 provider, uint32 period, bytes calldata proof) external {
        uint32 current = currentPeriod();
        require(period == current, PossessionProofs_WrongPeriod(period, current));
        Duty memory duty = _duties[provider].load();
        require(duty.lastProven != period, PossessionProofs_AlreadyProven(provider, period));
        _resolve(provider, duty, current);
        (uint32 units, uint32 leaves, uint128 rent) = duty.atOpen(current);
        require(units != 0, PossessionProofs_NothingToProve(provider, period));

        _verify(_drawing(provider, period, _pinSeed(period), units, leaves), proof);

        _proven[provider].mark(period, duty.lastProven);
        duty.lastProven = period;
        duty.resolvedThrough = period;
        duty.storeHead(_duties[provider]);
        emit PeriodProven(provider, period, msg.sender);
        reputation.recordProven(provider, period, rent);
    }

    /// @dev One pass: each draw's path is hashed from where the one before it ended, and the last one ends the proof.
    function _verify(Drawing memory drawing, bytes calldata proof) private view {
        uint256 from;
        for (uint256 i; i < drawCount; ++i) {
            (uint64 agreement, uint256 leaf, uint256 depth, bool conceded) = _draw(drawing, i);
            if (conceded) continue;
            uint256 to;
            // At most 64 paths of at most 1,408 bytes.
            unchecked {
                to = from + MerkleSha256.pathBytes(depth);
            }
            if (to > proof.length) _revertForLength(drawing, proof.length);
            bytes32 root = MerkleSha256.rootOf(proof[from:to], leaf, depth);
            bytes32 expected = _roots[agreement];
            if (root != expected) {
                // With another length, most roots are wrong for that reason alone.
                if (proof.length != _proofLength(drawing)) _revertForLength(drawing, proof.length);
                revert PossessionProofs_WrongRoot(i, root, expected);
            }
            from = to;
        }
        if (from != proof.length) _revertForLength(drawing, proof.length);
    }

    function _revertForLength(Drawing memory drawing, uint256 length) private view {
        revert PossessionProofs_WrongLength(length, _proofLength(drawing));
    }

    function _proofLength(Drawing memory drawing) private view returns (uint256 length) {
        for (uint256 i; i < drawCount; ++i) {
            (, , uint256 depth, bool conceded) = _draw(drawing, i);
            if (!conceded) length += MerkleSha256.pathBytes(depth);
        }
    }

    /// @dev The first proof of a period fixes its seed for everybody. A slot of its own, overwritten each period, costs a quarter of what
    /// keeping every seed for ever does.
    function _pinSeed(uint32 period) private returns (bytes32 seed) {
        seed = _seed;
        if (_periodOf(seed) == period) return seed;
        uint256 opening = openingBlock(period);
        seed = _freshSeed(period, opening);
        require(seed != 0, PossessionProofs_NoSeedYet(period, opening));
        _seed = seed;
        emit PeriodSeeded(period, seed);
    }

    /// @return seed 224 bits of randomness and the period; zero when the opening block is not over
    function _freshSeed(uint32 period, uint256 opening) private view returns (bytes32 seed) {
        seed = randomness.peekSeed(opening);
        if (seed != 0) seed = ((seed >> 32) << 32) | bytes32(uint256(period));
    }

    function _periodOf(bytes32 seed) private pure returns (uint32) {
        return uint32(uint256(seed));
    }

    /// @dev What the draws of a provider and period follow from.
    function _drawing(
        uint32 provider,
        uint32 period,
        bytes32 seed,
        uint32 units,
        uint32 leaves
    ) private view returns (Drawing memory drawing) {
        drawing.provider = provider;
        drawing.opened = SumTree.openView(provider, leaves, period);
        drawing.total = uint256(units) << MerkleSha256.UNIT_DEPTH;
        drawing.preimage = abi.encode(seed, block.chainid, address(this), provider, period, uint256(0));
    }

    /// @dev Draw i falls on leaf keccak256(seed, chain, contract, provider, period, i) mod (units × 1024) of all that the provider held
    /// when the period opened. The modulus is below 2^42, so no leaf is favoured by more than 2^-214.
    function _draw(
        Drawing memory drawing,
        uint256 i
    ) private view returns (uint64 agreement, uint256 leaf, uint256 depth, bool conceded) {
        uint256 position;
        (bytes memory preimage, uint256 total) = (drawing.preimage, drawing.total);
        assembly ("memory-safe") {
            // The number of the draw is the sixth word. `total` is not 0.
            mstore(add(preimage, 0xc0), i)
            position := mod(keccak256(add(preimage, 0x20), 0xc0), total)
        }
        (uint256 index, uint256 offset, uint256 weight, bool removed) = _forest.find(
            drawing.opened,
            position >> MerkleSha256.UNIT_DEPTH
        );
        agreement = _agreementId(drawing.provider, index);
        leaf = (offset << MerkleSha256.UNIT_DEPTH) | (position & MerkleSha256.UNIT_LEAF_MASK);
        depth = MerkleSha256.depthOf(weight);
        conceded = removed && _conceded[agreement];
    }

    // ----------------------------------------------------------------- misses

    /// @inheritdoc IPossessionProofs
    function recordMisses(uint32 provider) external {
        Duty memory duty = _duties[provider].load();
        require(_resolve(provider, duty, currentPeriod()) != 0, PossessionProofs_NothingMissed(provider));
        collateral.rewardReporter(provider, msg.sender);
    }

    /// @dev Records the missed periods before the current one, in storage and in `duty`. Without any, nothing is written.
    function _resolve(uint32 provider, Duty memory duty, uint32 current) private returns (uint32 count_) {
        uint32 from;
        uint256 rent;
        (from, count_, rent) = duty.missed(current);
        if (count_ == 0) return 0;

        duty.resolvedThrough = current - 1;
        duty.store(_duties[provider]);
        if (collateral.strike(provider, from, count_)) {
            (duty.failed, duty.units, duty.rent) = (true, 0, 0);
            duty.store(_duties[provider]);
        }
        emit PeriodsMissed(provider, from, count_, duty.failed);
        reputation.recordMissed(provider, from + count_ - 1, rent, count_);
    }

    // ------------------------------------------------------------ the set

    /// @inheritdoc IPossessionProofs
    function add(
        uint32 provider,
        bytes32 root,
        uint32 units,
        uint128 rent
    ) external onlyAgreements returns (uint32 leaf) {
        uint32 current = currentPeriod();
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, current);
        require(!duty.failed, PossessionProofs_ProviderFailed(provider));
        leaf = duty.leaves;
        require(
            units <= type(uint32).max - duty.units && leaf != type(uint32).max,
            PossessionProofs_ProviderFull(provider)
        );

        duty.touch(current);
        duty.units += units;
        duty.rent += rent;
        duty.leaves = leaf + 1;
        duty.store(_duties[provider]);
        uint64 agreement = _agreementId(provider, leaf);
        _roots[agreement] = root;
        _forest.append(provider, leaf, units);
    }

    /// @inheritdoc IPossessionProofs
    function remove(uint64 agreement, uint128 rent, bool conceded) external onlyAgreements {
        (uint32 provider, uint32 leaf) = (uint32(agreement >> 32), uint32(agreement));
        uint32 current = currentPeriod();
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, current);
        uint32 units = unitsOf(agreement);
        require(units != 0, PossessionProofs_UnknownLeaf(agreement));

        if (duty.failed) {
            // Its units and rent were dropped when it failed, and nothing is drawn from it any more.
            _forest.removeFromDead(provider, leaf);
        } else {
            duty.touch(current);
            _forest.remove(provider, leaf, duty.leaves, current);
            duty.units -= units;
            duty.rent -= rent;
            duty.store(_duties[provider]);
        }
        emit UnitsRemoved(provider, agreement, units, rent);
        if (conceded) {
            _conceded[agreement] = true;
            emit LossConceded(provider, agreement);
        }
    }

    /// @inheritdoc IPossessionProofs
    function count(
        uint64 agreement,
        uint32 fromPeriod,
        uint32 toPeriod
    ) external onlyAgreements returns (uint32 proven, uint32 units) {
        uint32 provider = uint32(agreement >> 32);
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, currentPeriod());
        return (_provenBetween(provider, duty.lastProven, fromPeriod, toPeriod), unitsOf(agreement));
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IPossessionProofs
    function currentPeriod() public view returns (uint32) {
        return Periods.ofBlock(block.number, genesisBlock, periodBlocks);
    }

    /// @inheritdoc IPossessionProofs
    function openingBlock(uint32 period) public view returns (uint256) {
        if (period == 0) revert PossessionProofs_WrongPeriod(0, currentPeriod());
        return Periods.opening(period, genesisBlock, periodBlocks);
    }

    /// @inheritdoc IPossessionProofs
    function draws(uint32 provider) external view returns (Draw[] memory list) {
        uint32 current = currentPeriod();
        (uint32 units, uint32 leaves, ) = _duties[provider].load().atOpen(current);
        bytes32 seed = _periodOf(_seed) == current ? _seed : _freshSeed(current, openingBlock(current));
        if (units == 0 || seed == 0) return list;
        list = new Draw[](drawCount);
        Drawing memory drawing = _drawing(provider, current, seed, units, leaves);
        for (uint256 i; i < list.length; ++i) {
            (uint64 agreement, uint256 leaf, uint256 depth, bool conceded) = _draw(drawing, i);
            // Below 2^42 and 2^8: an agreement has less than 2^32 units.
            list[i] = Draw(agreement, _roots[agreement], uint64(leaf), uint8(depth), conceded);
        }
    }

    /// @inheritdoc IPossessionProofs
    function duties(uint32 provider) external view returns (Duty memory) {
        return _duties[provider].load();
    }

    /// @inheritdoc IPossessionProofs
    function rootOf(uint64 agreement) external view returns (bytes32) {
        return _roots[agreement];
    }

    /// @inheritdoc IPossessionProofs
    function unitsOf(uint64 agreement) public view returns (uint32) {
        return uint32(_forest.weightOf(agreement >> 32, uint32(agreement)));
    }

    /// @inheritdoc IPossessionProofs
    function isProven(uint32 provider, uint32 period) external view returns (bool) {
        return _proven[provider].has(period);
    }

    /// @inheritdoc IPossessionProofs
    function isDischarged(uint32 provider) external view returns (bool) {
        uint32 current = currentPeriod();
        Duty memory duty = _duties[provider].load();
        (uint32 units, , ) = duty.atOpen(current);
        return !duty.failed && (units == 0 || duty.lastProven == current);
    }

    /// @inheritdoc IPossessionProofs
    function provenBetween(uint32 provider, uint32 fromPeriod, uint32 toPeriod) external view returns (uint32) {
        return _provenBetween(provider, _duties[provider].lastProven, fromPeriod, toPeriod);
    }

    /// @inheritdoc IPossessionProofs
    function unrecordedMisses(uint32 provider) external view returns (uint32 count_) {
        (, count_, ) = _duties[provider].load().missed(currentPeriod());
    }

    function _provenBetween(
        uint32 provider,
        uint32 lastProven,
        uint32 fromPeriod,
        uint32 toPeriod
    ) private view returns (uint32) {
        if (toPeriod <= fromPeriod) return 0;
        mapping(uint256 => uint256) storage proven = _proven[provider];
        return uint32(proven.countBefore(toPeriod, lastProven) - proven.countBefore(fromPeriod, lastProven));
    }

    function _agreementId(uint32 provider, uint256 leaf) private pure returns (uint64) {
        // A leaf number fits 32 bits, as `add` checks.
        return (uint64(provider) << 32) | uint64(leaf);
    }
}
