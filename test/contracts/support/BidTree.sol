// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The Merkle tree over (shard index, shard root) as wallets' libraries build it: OpenZeppelin's standard tree of `uint8, bytes32`.
library BidTree {
    function rootOf(bytes32[] memory shardRoots) internal pure returns (bytes32) {
        return _tree(shardRoots)[0];
    }

    function proofOf(bytes32[] memory shardRoots, uint8 shardIndex) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory tree = _tree(shardRoots);
        bytes32 leaf = leafOf(shardIndex, shardRoots[shardIndex]);
        uint256 node = tree.length - 1;
        while (tree[node] != leaf) --node;
        uint256 depth;
        for (uint256 i = node; i != 0; i = (i - 1) / 2) ++depth;
        proof = new bytes32[](depth);
        for (uint256 i; i < depth; ++i) {
            proof[i] = tree[node % 2 == 0 ? node - 1 : node + 1];
            node = (node - 1) / 2;
        }
    }

    function leafOf(uint8 shardIndex, bytes32 shardRoot) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(shardIndex, shardRoot))));
    }

    /// @dev Leaves in ascending order at the end, the first of them last; each node above is the hash of its two children, in ascending order.
    function _tree(bytes32[] memory shardRoots) private pure returns (bytes32[] memory tree) {
        uint256 count = shardRoots.length;
        bytes32[] memory leaves = new bytes32[](count);
        for (uint8 i; i < count; ++i) {
            bytes32 leaf = leafOf(i, shardRoots[i]);
            uint256 place = i;
            for (; place != 0 && leaves[place - 1] > leaf; --place) leaves[place] = leaves[place - 1];
            leaves[place] = leaf;
        }
        tree = new bytes32[](2 * count - 1);
        for (uint256 i; i < count; ++i) {
            tree[2 * count - 2 - i] = leaves[i];
        }
        for (uint256 i = count - 1; i != 0; --i) {
            (bytes32 a, bytes32 b) = (tree[2 * i - 1], tree[2 * i]);
            tree[i - 1] = a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
        }
    }
}
