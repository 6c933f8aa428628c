// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {BlockRandomness} from "../../../contracts/BlockRandomness.sol";
import {PossessionProofs} from "../../../contracts/PossessionProofs.sol";
import {ProofParams} from "../../../contracts/possession/ProofStore.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {FakeCollateral, FakeReputation} from "../../../contracts/mocks/ProofFakes.sol";
import {SaltedShard} from "./SaltedShard.sol";
import {SharedProof} from "./SharedProof.sol";

/// @notice PossessionProofs with stand-ins around it; the test contract plays Agreements.
abstract contract ProofFixture is Test {
    uint32 internal constant PROVIDER = 3;
    uint32 internal constant PERIOD_BLOCKS = 600;
    uint32 internal constant DRAWS = 4;
    uint256 internal constant GENESIS = 1_000;
    uint128 internal constant RENT = 1e12;

    address internal operator = makeAddr("operator");
    BlockRandomness internal randomness;
    FakeCollateral internal collateral;
    FakeReputation internal reputation;
    PossessionProofs internal proofs;
    /// @dev Units of every agreement ever added; its shard is salted with its id.
    mapping(uint64 agreement => uint256 units) internal unitsAdded;

    function setUp() public virtual {
        vm.roll(GENESIS + 5);
        randomness = new BlockRandomness();
        collateral = new FakeCollateral();
        reputation = new FakeReputation();
        proofs = _deploy();
    }

    /// @dev The test contract plays the registry, too: whoever it names may act for the provider.
    function isAuthorized(uint32, address caller) external view returns (bool) {
        return caller == operator;
    }

    function _deploy() internal returns (PossessionProofs) {
        return _deployWith(DRAWS);
    }

    function _deployWith(uint32 drawCount) internal returns (PossessionProofs) {
        return
            new PossessionProofs(
                ProofParams({
                    genesisBlock: uint64(GENESIS),
                    periodBlocks: PERIOD_BLOCKS,
                    drawCount: drawCount,
                    maintenancePeriods: 3,
                    maintenanceCycle: 10
                }),
                randomness,
                INodeRegistry(address(this)),
                ICollateral(address(collateral)),
                IReputation(address(reputation)),
                address(this)
            );
    }

    // ------------------------------------------------------------------- time

    function _period() internal view returns (uint32) {
        return proofs.currentPeriod();
    }

    /// @dev Moves to the first block in which proofs of `period` are possible.
    function _open(uint32 period) internal {
        _rollTo(proofs.openingBlock(period) + 1);
    }

    function _openNext() internal returns (uint32 period) {
        period = _period() + 1;
        _open(period);
    }

    /// @dev Gives the chain the hashes of the last block and of the periods' openings among the last 256.
    function _rollTo(uint256 blockNumber) internal {
        vm.roll(blockNumber);
        for (uint256 i = 1; i <= 256; i += 51) {
            vm.setBlockhash(blockNumber - i, _hashOf(blockNumber - i));
        }
        uint256 opening = proofs.openingBlock(_period());
        for (; opening < blockNumber; opening += 256) {
            if (blockNumber - opening <= 256) vm.setBlockhash(opening, _hashOf(opening));
        }
    }

    function _hashOf(uint256 blockNumber) internal pure returns (bytes32) {
        return keccak256(abi.encode("block", blockNumber));
    }

    // ---------------------------------------------------------------- the set

    function _id(uint32 provider, uint256 leaf) internal pure returns (uint64) {
        return (uint64(provider) << 32) | uint64(leaf);
    }

    /// @dev Adds a shard that can be proven: few units, all leaves different.
    function _add(uint32 provider, uint32 units) internal returns (uint64 agreement) {
        agreement = _id(provider, proofs.duties(provider).leaves);
        (uint32 leaf, ) = proofs.add(provider, SaltedShard.rootOf(_salt(agreement), units), units, RENT * units);
        assertEq(_id(provider, leaf), agreement);
        unitsAdded[agreement] = units;
    }

    /// @dev Adds weight without a shard behind it: cheap, for tests that do not prove.
    function _addHollow(uint32 provider, uint32 units) internal returns (uint64 agreement) {
        (uint32 leaf, ) = proofs.add(provider, keccak256(abi.encode(provider, units)), units, RENT * units);
        agreement = _id(provider, leaf);
        unitsAdded[agreement] = units;
    }

    function _remove(uint64 agreement, bool conceded) internal {
        proofs.remove(agreement, uint128(RENT * unitsAdded[agreement]), conceded);
    }

    function _salt(uint64 agreement) internal pure returns (bytes32) {
        return keccak256(abi.encode("shard", agreement));
    }

    // ----------------------------------------------------------------- proofs

    function _proofFor(IPossessionProofs.Draw[] memory list) internal view returns (bytes memory) {
        bytes[] memory paths = new bytes[](list.length);
        for (uint256 i; i < list.length; ++i) {
            if (!list[i].conceded) paths[i] = _pathFor(list[i]);
        }
        return SharedProof.join(list, paths);
    }

    function _pathFor(IPossessionProofs.Draw memory draw) internal view returns (bytes memory) {
        return SaltedShard.proofOf(_salt(draw.agreement), unitsAdded[draw.agreement], draw.leaf);
    }

    function _prove(uint32 provider) internal {
        bytes memory proof = _proofFor(proofs.draws(provider));
        proofs.prove(provider, _period(), proof);
    }

    function _wrongLength(uint256 length, uint256 expected) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongLength.selector, length, expected);
    }

    /// @dev The error of a draw whose path leads to some other root.
    function _expectWrongRoot() internal {
        vm.expectPartialRevert(IPossessionProofs.PossessionProofs_WrongRoot.selector);
    }
}
