// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Opens one 64-byte leaf of a shard: binary SHA-256 over 32-byte chunks, as SSZ merkleizes, over whole units padded with zero
/// units to a power of two. Leaves and inner nodes are hashed alike, so a path is only sound with a depth that is fixed beforehand:
/// it comes from the stored unit count, never from the prover.
library MerkleSha256 {
    uint256 internal constant LEAF_BYTES = 64;
    uint256 private constant NODE_BYTES = 32;
    /// @notice A unit has 2^10 leaves.
    uint256 internal constant UNIT_DEPTH = 10;
    /// @notice The bits of a leaf's index that count within its unit.
    uint256 internal constant UNIT_LEAF_MASK = 0x3ff;

    error MerkleSha256_WrongPathLength(uint256 length, uint256 expected);
    error MerkleSha256_LeafOutOfRange(uint256 leaf, uint256 depth);
    /// @notice The SHA-256 precompile failed, which it does only when it is given too little gas.
    error MerkleSha256_HashFailed();

    /// @notice Number of siblings between a leaf and the root of a shard of `units` > 0.
    function depthOf(uint256 units) internal pure returns (uint256) {
        // ceil(log2(n)) = floor(log2(n - 1)) + 1 for n > 1
        unchecked {
            return units == 1 ? UNIT_DEPTH : UNIT_DEPTH + 1 + Math.log2(units - 1);
        }
    }

    /// @notice Bytes of a path: the leaf and its siblings.
    /// @dev Requirement, left to the caller: `depth` is one of `depthOf`, so at most 42.
    function pathBytes(uint256 depth) internal pure returns (uint256) {
        unchecked {
            return LEAF_BYTES + NODE_BYTES * depth;
        }
    }

    /// @notice The root that follows from a leaf and its siblings.
    /// @param path the 64-byte leaf, then the siblings from the bottom up
    /// @param leaf index of the leaf in the shard; its bits say on which side each sibling stands
    /// @param depth number of siblings
    function rootOf(bytes calldata path, uint256 leaf, uint256 depth) internal view returns (bytes32 root) {
        uint256 expected = pathBytes(depth);
        require(path.length == expected, MerkleSha256_WrongPathLength(path.length, expected));
        require(leaf >> depth == 0, MerkleSha256_LeafOutOfRange(leaf, depth));
        bool ok;
        // Hashes in scratch space, bytes 0 to 63: each hash is written where its parent's hash needs it, left or right, and its sibling
        // is copied from calldata to the other side. Bit 5 of `sides` shifted right by i is 32 where level i's node stands on the right.
        // A failed hash would leave the former bytes standing. All of them cost the same, and gas only runs down: when the last one
        // did not fail, none did. A chain without the precompile gives nothing back.
        assembly ("memory-safe") {
            let sides := shl(5, leaf)
            let others := not(sides)
            let next := add(path.offset, 0x40)
            let end := add(path.offset, path.length)
            calldatacopy(0x00, path.offset, 0x40)
            ok := staticcall(gas(), 2, 0x00, 0x40, and(sides, 0x20), 0x20)
            // Eight levels at a time, then one at a time: the loop itself costs a sixth of a hash.
            for {} gt(sub(end, next), 0xff) {
                next := add(next, 0x100)
            } {
                calldatacopy(and(others, 0x20), next, 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(1, sides), 0x20), 0x20))
                calldatacopy(and(shr(1, others), 0x20), add(next, 0x20), 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(2, sides), 0x20), 0x20))
                calldatacopy(and(shr(2, others), 0x20), add(next, 0x40), 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(3, sides), 0x20), 0x20))
                calldatacopy(and(shr(3, others), 0x20), add(next, 0x60), 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(4, sides), 0x20), 0x20))
                calldatacopy(and(shr(4, others), 0x20), add(next, 0x80), 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(5, sides), 0x20), 0x20))
                calldatacopy(and(shr(5, others), 0x20), add(next, 0xa0), 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(6, sides), 0x20), 0x20))
                calldatacopy(and(shr(6, others), 0x20), add(next, 0xc0), 0x20)
                pop(staticcall(gas(), 2, 0x00, 0x40, and(shr(7, sides), 0x20), 0x20))
                calldatacopy(and(shr(7, others), 0x20), add(next, 0xe0), 0x20)
                sides := shr(8, sides)
                others := shr(8, others)
                ok := staticcall(gas(), 2, 0x00, 0x40, and(sides, 0x20), 0x20)
            }
            for {} lt(next, end) {
                next := add(next, 0x20)
            } {
                calldatacopy(and(others, 0x20), next, 0x20)
                sides := shr(1, sides)
                others := shr(1, others)
                ok := staticcall(gas(), 2, 0x00, 0x40, and(sides, 0x20), 0x20)
            }
            ok := and(ok, eq(returndatasize(), 0x20))
            // All bits of the index are used up: the last hash went to the left.
            root := mload(0x00)
        }
        require(ok, MerkleSha256_HashFailed());
    }
}
