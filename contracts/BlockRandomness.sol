// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "./interfaces/IRandomness.sol";
import {Anchors} from "./libraries/Anchors.sol";

/// @title Seeds from block hashes
/// @notice A block's proposer can choose between proposing and losing the slot, so it has one bit of influence for the price of a block.
/// @dev A block's own hash is the seed for as long as the chain knows it: 256 blocks, or 8,191 where it has the history contract of EIP-2935. After that the
/// rule of Anchors names another block. Whoever wants the first seed to stay has it fixed by `seedOf`, which anyone may call.
contract BlockRandomness is IRandomness {
    /// @dev Source: EIP-2935.
    address private constant _HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant _HISTORY_WINDOW = 8_191;

    mapping(uint256 blockNumber => bytes32 seed) private _seeds;

    /// @inheritdoc IRandomness
    function seedOf(uint256 blockNumber) external returns (bytes32 seed) {
        seed = _seeds[blockNumber];
        if (seed != 0) return seed;

        require(blockNumber < block.number, Randomness_NotYet(blockNumber, block.number));
        uint256 anchor;
        (anchor, seed) = _anchorOf(blockNumber);
        // A chain that does not know the hash would hand out a seed that everybody knows beforehand.
        require(seed != 0, Randomness_NoBlockHash(anchor));

        _seeds[blockNumber] = seed;
        emit SeedFixed(blockNumber, anchor, seed);
    }

    /// @inheritdoc IRandomness
    function peekSeed(uint256 blockNumber) external view returns (bytes32 seed) {
        if (blockNumber >= block.number) return 0;
        // While the chain gives the block's own hash, that is its seed, fixed or not: the read of a fixed one is saved.
        seed = blockhash(blockNumber);
        if (seed == 0) seed = _seeds[blockNumber];
        if (seed == 0) (, seed) = _anchorOf(blockNumber);
    }

    /// @dev Requirement, left to the caller: the block is over.
    function _anchorOf(uint256 blockNumber) private view returns (uint256 anchor, bytes32 hash) {
        anchor = Anchors.latest(blockNumber, block.number);
        if (anchor != blockNumber && block.number - blockNumber <= _HISTORY_WINDOW) {
            // Without the contract the call succeeds and gives nothing back.
            (bool ok, bytes memory data) = _HISTORY.staticcall(abi.encode(blockNumber));
            if (ok && data.length == 32) hash = abi.decode(data, (bytes32));
            if (hash != 0) return (blockNumber, hash);
        }
        hash = blockhash(anchor);
    }
}
