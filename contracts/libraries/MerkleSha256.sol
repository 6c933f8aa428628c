// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Opens one 64-byte leaf of a shard: binary SHA-256 over 32-byte chunks, as SSZ merkleizes, over whole units padded with zero
/// units to a power of two. Leaves and inner nodes are hashed alike, so a path is only sound with a depth that is fixed beforehand:
/// it comes from the stored unit count, never from the prover.
library MerkleSha256 {
    uint256 internal constant LEAVES_PER_UNIT = 1024;
    uint256 internal constant LEAF_BYTES = 64;
    uint256 private constant NODE_BYTES = 32;
    /// @dev log2(LEAVES_PER_UNIT)
    uint256 private constant UNIT_DEPTH = 10;

    error MerkleSha256_WrongPathLength(uint256 length, uint256 expected);
    error MerkleSha256_LeafOutOfRange(uint256 leaf, uint256 depth);
    /// @notice The SHA-256 precompile failed, which it does only when it is given too little gas.
    error MerkleSha256_HashFailed();

    /// @notice Number of siblings between a leaf and the root of a shard of `units` > 0.
    function depthOf(uint256 units) internal pure returns (uint256) {
        return UNIT_DEPTH + Math.log2(units, Math.Rounding.Ceil);
    }

    /// @notice Bytes of a path: the leaf and its siblings.
    function pathBytes(uint256 depth) internal pure returns (uint256) {
        return LEAF_BYTES + NODE_BYTES * depth;
    }

    /// @notice The root that follows from a leaf and its siblings.
    /// @param path the 64-byte leaf, then the siblings from the bottom up
    /// @param leaf index of the leaf in the shard; its bits say on which side each sibling stands
    /// @param depth number of siblings
    function rootOf(bytes calldata path, uint256 leaf, uint256 depth) internal view returns (bytes32 root) {
        require(path.length == pathBytes(depth), MerkleSha256_WrongPathLength(path.length, pathBytes(depth)));
        require(leaf >> depth == 0, MerkleSha256_LeafOutOfRange(leaf, depth));
        bool ok;
        // Hashes in scratch space, bytes 0 to 63: each hash is written where its parent's hash needs it, left or right, and its sibling
        // is copied from calldata to the other side. A failed hash would leave the former bytes there, so each success is kept.
        assembly ("memory-safe") {
            let next := path.offset
            let end := add(next, path.length)
            calldatacopy(0x00, next, 0x40)
            let side := shl(5, and(leaf, 1))
            ok := staticcall(gas(), 2, 0x00, 0x40, side, 0x20)
            next := add(next, 0x40)
            for {} lt(next, end) { next := add(next, 0x20) } {
                calldatacopy(xor(side, 0x20), next, 0x20)
                leaf := shr(1, leaf)
                side := and(shl(5, leaf), 0x20)
                ok := and(ok, staticcall(gas(), 2, 0x00, 0x40, side, 0x20))
            }
            root := mload(side)
        }
        require(ok, MerkleSha256_HashFailed());
    }
}
