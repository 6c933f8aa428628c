// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {Duties} from "../libraries/Duties.sol";
import {MerkleSha256} from "../libraries/MerkleSha256.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {ProofStore} from "./ProofStore.sol";

/// @title Which leaves a period asks for
abstract contract Draws is ProofStore {
    using Duties for Duty;
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

    /// @dev Seed of the last proven period: see `_pinSeed`. Starts as that of period 0, which never is: so no proof pays for a slot's first use.
    bytes32 private _seed = bytes32(~uint256(type(uint32).max));

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

    /// @dev The first proof of a period fixes its seed for everybody. A slot of its own, overwritten each period, costs a quarter of what
    /// keeping every seed for ever does.
    function _pinSeed(uint32 period) internal returns (bytes32 seed) {
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
    ) internal view returns (Drawing memory drawing) {
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
    ) internal view returns (uint64 agreement, uint256 leaf, uint256 depth, bool conceded) {
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
}
