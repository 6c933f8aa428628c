// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "./interfaces/IRandomness.sol";
import {Anchors} from "./libraries/Anchors.sol";

/// @title Seeds from block hashes
/// @notice A block's proposer can choose between proposing and losing the slot, so it has one bit of influence for the price of a block.
contract BlockRandomness is IRandomness {
    mapping(uint256 blockNumber => bytes32 seed) private _seeds;

    /// @inheritdoc IRandomness
    function seedOf(uint256 blockNumber) external returns (bytes32 seed) {
        seed = _seeds[blockNumber];
        if (seed != 0) return seed;

        require(blockNumber < block.number, Randomness_NotYet(blockNumber, block.number));
        uint256 anchor = Anchors.latest(blockNumber, block.number);
        seed = blockhash(anchor);
        // A chain that does not know the hash would hand out a seed that everybody knows beforehand.
        require(seed != 0, Randomness_NoBlockHash(anchor));

        _seeds[blockNumber] = seed;
        emit SeedFixed(blockNumber, anchor, seed);
    }

    /// @inheritdoc IRandomness
    function peekSeed(uint256 blockNumber) external view returns (bytes32 seed) {
        seed = _seeds[blockNumber];
        if (seed == 0 && blockNumber < block.number) seed = blockhash(Anchors.latest(blockNumber, block.number));
    }
}
