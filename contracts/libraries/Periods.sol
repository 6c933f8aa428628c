// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The proving and paying clock: period p holds blocks [opening(p), opening(p + 1)). Periods count from 1, so that 0 can mean never.
library Periods {
    /// @dev Requirement, left to the caller: `blockNumber` >= `genesisBlock`. 32 bits last for 4 billion periods.
    function ofBlock(uint256 blockNumber, uint256 genesisBlock, uint256 periodBlocks) internal pure returns (uint32) {
        unchecked {
            return uint32((blockNumber - genesisBlock) / periodBlocks + 1);
        }
    }

    /// @dev Requirement, left to the caller: `period` >= 1.
    function opening(uint32 period, uint256 genesisBlock, uint256 periodBlocks) internal pure returns (uint256) {
        // Below 2^64 + 2^32 × 2^32
        unchecked {
            return genesisBlock + uint256(period - 1) * periodBlocks;
        }
    }
}
