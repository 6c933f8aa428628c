// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MerkleSha256} from "./MerkleSha256.sol";

/// @notice Opens a whole unit of a shard, as MerkleSha256 opens one of its leaves: all of its 65,536 bytes, and the path from its root up.
library UnitSha256 {
    uint256 internal constant UNIT_BYTES = 0x10000;
    uint256 private constant NODE_BYTES = 32;

    /// @notice Bytes of a unit and its siblings, in a shard of `units`.
    function openingBytes(uint256 units) internal pure returns (uint256) {
        return UNIT_BYTES + NODE_BYTES * (MerkleSha256.depthOf(units) - MerkleSha256.UNIT_DEPTH);
    }

    /// @notice The shard's root that follows from a unit and its siblings.
    /// @dev Requirements, left to the caller: `opening` has the length that `openingBytes` gives for the shard's stored units, and `unit` is below these.
    /// @param opening the unit, then the siblings of its root from the bottom up
    /// @param unit index of the unit in the shard; its bits say on which side each sibling stands
    function rootOf(bytes calldata opening, uint256 unit) internal view returns (bytes32 root) {
        bool ok;
        // The unit's tree in memory that nobody has, each level over the one below it: a write never overtakes a read. Then the siblings, in scratch space. A failed
        // hash would leave the former bytes standing. All of them cost the same, and gas only runs down: when the last one did not fail, none did.
        assembly ("memory-safe") {
            let tree := mload(0x40)
            calldatacopy(tree, opening.offset, UNIT_BYTES)
            for {
                let width := UNIT_BYTES
            } gt(width, 0x20) {
                width := shr(1, width)
            } {
                let end := add(tree, width)
                let parent := tree
                for {
                    let pair := tree
                } lt(pair, end) {
                    pair := add(pair, 0x40)
                    parent := add(parent, 0x20)
                } {
                    ok := staticcall(gas(), 2, pair, 0x40, parent, 0x20)
                }
            }
            root := mload(tree)
            // Bit 5 of `side` is set where the node stands on the right.
            let side := shl(5, unit)
            let end := add(opening.offset, opening.length)
            for {
                let next := add(opening.offset, UNIT_BYTES)
            } lt(next, end) {
                next := add(next, 0x20)
                side := shr(1, side)
            } {
                mstore(and(side, 0x20), root)
                calldatacopy(and(not(side), 0x20), next, 0x20)
                ok := staticcall(gas(), 2, 0x00, 0x40, 0x00, 0x20)
                root := mload(0x00)
            }
            // A chain without the precompile gives nothing back.
            ok := and(ok, eq(returndatasize(), 0x20))
        }
        require(ok, MerkleSha256.MerkleSha256_HashFailed());
    }
}
