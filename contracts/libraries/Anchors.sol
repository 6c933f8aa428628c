// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Which block's hash serves as the seed that belongs to a block.
library Anchors {
    /// @notice The EVM knows the hashes of this many blocks before the current one.
    uint256 internal constant BLOCKHASH_WINDOW = 256;

    /// @notice The latest block `blockNumber + 256 j` before `current`, so `blockNumber` itself for 256 blocks.
    /// @dev Depends on nothing but the two block numbers. The result lies in [current - 256, current - 1]: BLOCKHASH always knows it.
    /// Requirement, left to the caller: `blockNumber` < `current`.
    function latest(uint256 blockNumber, uint256 current) internal pure returns (uint256) {
        return blockNumber + BLOCKHASH_WINDOW * ((current - blockNumber - 1) / BLOCKHASH_WINDOW);
    }
}
