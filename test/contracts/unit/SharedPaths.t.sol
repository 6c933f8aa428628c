// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {SharedPaths} from "../../../contracts/libraries/SharedPaths.sol";
import {SaltedShard} from "../support/SaltedShard.sol";

/// @notice Two paths in one proof, wherever their leaves lie.
contract SharedPathsTest is Test {
    using SharedPaths for SharedPaths.Paths;

    bytes32 private constant SALT = keccak256("shard");
    uint256 private constant DEPTH = 10;
    uint64 private constant AGREEMENT = 7;

    struct Climb {
        bytes32 node;
        bytes32 expected;
        uint256 end;
    }

    /// @dev External, for a proof in calldata.
    function climbBoth(
        bytes calldata proof,
        uint256 leaf,
        uint64 other,
        uint256 otherLeaf
    ) external view returns (Climb memory) {
        SharedPaths.Paths memory paths = SharedPaths.create(2);
        bytes32 root = SaltedShard.rootOf(SALT, 1);
        (bytes32 node, bytes32 expected) = paths.climb(proof, SharedPaths.placeOf(AGREEMENT, leaf), DEPTH, root);
        assertEq(expected, root);
        assertEq(node, root);
        (node, expected) = paths.climb(proof, SharedPaths.placeOf(other, otherLeaf), DEPTH, root);
        return Climb(node, expected, paths.end);
    }

    function _path(uint256 leaf, uint256 levels) private view returns (bytes memory path) {
        bytes memory whole = SaltedShard.proofOf(SALT, 1, leaf);
        path = new bytes(64 + 32 * levels);
        for (uint256 i; i < path.length; ++i) {
            path[i] = whole[i];
        }
    }

    function test_SameLeafBringsNothing() public view {
        bytes memory proof = _path(5, DEPTH);
        Climb memory second = this.climbBoth(proof, 5, AGREEMENT, 5);
        assertEq(second.node, second.expected);
        assertEq(second.end, proof.length);
    }

    /// @dev The filter looks at the lowest eight bits of an agreement's number alone.
    function test_AgreementsBeyondTheFilterShareAsWell() public view {
        uint64[3] memory agreements = [uint64(0x100), 0x1ff, type(uint64).max];
        bytes memory proof = _path(5, DEPTH);
        bytes32 root = SaltedShard.rootOf(SALT, 1);
        for (uint256 i; i < 3; ++i) {
            (bytes32 node, bytes32 expected, uint256 end) = this.climbTwice(proof, agreements[i], 5);
            assertEq(node, expected);
            assertEq(expected, root);
            assertEq(end, proof.length);
        }
    }

    /// @dev External, for a proof in calldata.
    function climbTwice(
        bytes calldata proof,
        uint64 agreement,
        uint256 leaf
    ) external view returns (bytes32 node, bytes32 expected, uint256 end) {
        SharedPaths.Paths memory paths = SharedPaths.create(2);
        bytes32 root = SaltedShard.rootOf(SALT, 1);
        (node, expected) = paths.climb(proof, SharedPaths.placeOf(agreement, leaf), DEPTH, root);
        (bytes32 second, bytes32 wanted) = paths.climb(proof, SharedPaths.placeOf(agreement, leaf), DEPTH, root);
        assertEq(second, wanted);
        end = paths.end;
    }

    /// @dev The same number in another shard is another place, and its path a whole one.
    function test_SameLeafOfAnotherShardBringsItsWholePath() public view {
        bytes memory proof = bytes.concat(_path(5, DEPTH), _path(5, DEPTH));
        Climb memory second = this.climbBoth(proof, 5, AGREEMENT + 1, 5);
        assertEq(second.node, SaltedShard.rootOf(SALT, 1));
        assertEq(second.expected, second.node);
        assertEq(second.end, proof.length);
    }

    /// @dev Leaf 0 and its fellow 2^i: the paths meet i levels above the leaves.
    function test_LaterPathEndsBelowWhereTheyMeet() public view {
        for (uint256 levels; levels < DEPTH; ++levels) {
            uint256 leaf = 1 << levels;
            bytes memory proof = bytes.concat(_path(0, DEPTH), _path(leaf, levels));
            Climb memory second = this.climbBoth(proof, 0, AGREEMENT, leaf);
            assertEq(second.node, second.expected);
            assertEq(second.end, proof.length);
            // What it leads to is the earlier path's sibling there, and not zero.
            assertEq(second.expected, bytes32(_word(proof, 64 + 32 * levels)));
        }
    }

    /// @dev Though the filter lets it be compared: an agreement's neighbour differs in the bit just above the leaves.
    function test_NeighbouringAgreementsShareNothing() public pure {
        SharedPaths.Paths memory paths = SharedPaths.create(3);
        uint64[3] memory agreements = [uint64(0x101), 0, 1];
        for (uint256 i; i < 3; ++i) {
            (uint256 levels, uint256 sibling) = paths.add(SharedPaths.placeOf(agreements[i], 5), DEPTH);
            assertEq(levels, DEPTH);
            assertEq(sibling, 0);
        }
    }

    function test_WrongLeafLeadsElsewhere() public view {
        bytes memory wrong = _path(3, 1);
        wrong[0] ^= 0x01;
        Climb memory second = this.climbBoth(bytes.concat(_path(0, DEPTH), wrong), 0, AGREEMENT, 3);
        assertNotEq(second.node, second.expected);
    }

    function test_ProofThatEndsTooSoonLeadsToNothing() public view {
        bytes memory proof = _path(0, DEPTH);
        Climb memory second = this.climbBoth(proof, 0, AGREEMENT, 3);
        assertEq(second.node, 0);
        assertNotEq(second.expected, 0);
        assertEq(second.end, proof.length + 64 + 32);
    }

    function _word(bytes memory data, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }
}
