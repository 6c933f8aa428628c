// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Shards whose 64-byte leaves are all alike, so that a shard of any size has a root and proofs that cost a hash per level to
/// make. The verifier cannot tell them from others: it sees a leaf and a path.
library ConstantShard {
    function depthOf(uint256 units) internal pure returns (uint256 depth) {
        depth = 10;
        while ((uint256(1) << (depth - 10)) < units) ++depth;
    }

    /// @param units a power of two
    function rootOf(bytes32 fill, uint256 units) internal pure returns (bytes32 node) {
        node = sha256(abi.encodePacked(fill, fill));
        uint256 depth = depthOf(units);
        for (uint256 i; i < depth; ++i) {
            node = sha256(abi.encodePacked(node, node));
        }
    }

    /// @notice A whole unit, and the siblings of its root from the bottom up; the same for each unit.
    function openingOf(bytes32 fill, uint256 units) internal pure returns (bytes memory opening) {
        opening = new bytes(65_536);
        assembly ("memory-safe") {
            let end := add(opening, 0x10020)
            for {
                let at := add(opening, 0x20)
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                mstore(at, fill)
            }
        }
        bytes32 node = rootOf(fill, 1);
        for (uint256 depth = depthOf(units); depth > 10; --depth) {
            opening = bytes.concat(opening, node);
            node = sha256(abi.encodePacked(node, node));
        }
    }

    /// @notice Leaf and siblings from the bottom up; the same for each leaf.
    function proofOf(bytes32 fill, uint256 depth) internal pure returns (bytes memory proof) {
        proof = abi.encodePacked(fill, fill);
        bytes32 node = sha256(proof);
        for (uint256 i; i < depth; ++i) {
            proof = abi.encodePacked(proof, node);
            node = sha256(abi.encodePacked(node, node));
        }
    }
}
