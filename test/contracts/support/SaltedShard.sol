// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Small shards whose leaves all differ, so that a path only fits the leaf that it was made for: 32-byte chunk c of the shard is
/// keccak256(salt, c), and units up to the next power of two are zero. Whole trees are hashed in memory.
library SaltedShard {
    function rootOf(bytes32 salt, uint256 units) internal view returns (bytes32) {
        bytes32[] memory nodes = _leaves(salt, units);
        for (uint256 width = nodes.length; width > 1; width /= 2) {
            _fold(nodes, width);
        }
        return nodes[0];
    }

    /// @notice The 64-byte leaf and its siblings from the bottom up.
    function proofOf(bytes32 salt, uint256 units, uint256 leaf) internal view returns (bytes memory proof) {
        bytes32[] memory nodes = _leaves(salt, units);
        proof = abi.encodePacked(nodes[2 * leaf], nodes[2 * leaf + 1]);
        _fold(nodes, nodes.length);
        for (uint256 width = nodes.length / 2; width > 1; width /= 2) {
            proof = abi.encodePacked(proof, nodes[leaf ^ 1]);
            _fold(nodes, width);
            leaf /= 2;
        }
    }

    /// @notice A whole unit, and the siblings of its root from the bottom up.
    function openingOf(bytes32 salt, uint256 units, uint256 unit) internal view returns (bytes memory opening) {
        bytes32[] memory nodes = _leaves(salt, units);
        opening = new bytes(65_536);
        for (uint256 i; i < 2048; ++i) {
            bytes32 chunk = nodes[unit * 2048 + i];
            assembly ("memory-safe") {
                mstore(add(add(opening, 0x20), shl(5, i)), chunk)
            }
        }
        uint256 width = nodes.length;
        for (uint256 level; level < 11; ++level) {
            _fold(nodes, width);
            width /= 2;
        }
        for (; width > 1; width /= 2) {
            opening = bytes.concat(opening, nodes[unit ^ 1]);
            _fold(nodes, width);
            unit /= 2;
        }
    }

    function _leaves(bytes32 salt, uint256 units) private pure returns (bytes32[] memory nodes) {
        uint256 width = 1;
        while (width < units) {
            width *= 2;
        }
        nodes = new bytes32[](width * 2048);
        for (uint256 i; i < units * 2048; ++i) {
            assembly ("memory-safe") {
                mstore(0x00, salt)
                mstore(0x20, i)
                mstore(add(add(nodes, 0x20), shl(5, i)), keccak256(0x00, 0x40))
            }
        }
    }

    /// @dev Replaces the first `width` nodes by the half as many above them.
    function _fold(bytes32[] memory nodes, uint256 width) private view {
        assembly ("memory-safe") {
            let base := add(nodes, 0x20)
            for {
                let i := 0
            } lt(i, width) {
                i := add(i, 2)
            } {
                pop(staticcall(gas(), 2, add(base, shl(5, i)), 0x40, add(base, shl(4, i)), 0x20))
            }
        }
    }
}
