// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Where unpredictable numbers come from
/// @notice One small interface, so that another source (a drand beacon) can replace block hashes in a new deployment.
interface IRandomness {
    /// @notice The seed of a block is fixed for ever.
    /// @param blockNumber the block that was asked for
    /// @param anchor the block whose hash serves
    event SeedFixed(uint256 indexed blockNumber, uint256 anchor, bytes32 seed);

    error Randomness_NotYet(uint256 blockNumber, uint256 current);
    /// @notice The chain gives no hash for a block among its last 256.
    error Randomness_NoBlockHash(uint256 anchor);

    /// @notice The seed that belongs to `blockNumber`, fixed for ever by the first call after that block.
    /// @dev Requirements: `blockNumber` < current block. The seed is that block's hash; when nobody came while the chain still knew it (256 blocks, or
    /// 8,191 with the history contract of EIP-2935) it is the hash of the latest block `blockNumber + 256 j` before now, whoever calls.
    function seedOf(uint256 blockNumber) external returns (bytes32 seed);

    /// @notice What `seedOf` would return now, without storing it; zero when the block is not over.
    function peekSeed(uint256 blockNumber) external view returns (bytes32 seed);
}
