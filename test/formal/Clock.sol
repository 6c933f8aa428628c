// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev For the period lengths of our deployments: with the length a variable the checker cannot decide.
contract Clock is StandIns {
    // take contracts/libraries/Periods.sol: ofBlock, opening

    function publicChain(uint64 blockNumber, uint64 genesis) external {
        require(blockNumber >= genesis);
        require(blockNumber - genesis < 7200 * (2 ** 32 - 2));
        uint32 period = ofBlock(blockNumber, genesis, 7200);
        // property clock-opened: A block lies at or after the opening of its period (7,200 blocks a period).
        assert(opening(period, genesis, 7200) <= blockNumber);
        // property clock-not-over: A block lies before the opening of the next period (7,200 blocks a period).
        assert(blockNumber < opening(period + 1, genesis, 7200));
    }

    function devnet(uint64 blockNumber, uint64 genesis) external {
        require(blockNumber >= genesis);
        require(blockNumber - genesis < 15 * (2 ** 32 - 2));
        uint32 period = ofBlock(blockNumber, genesis, 15);
        // property clock-devnet: A block lies between the opening of its period and the next (15 blocks a period).
        assert(opening(period, genesis, 15) <= blockNumber && blockNumber < opening(period + 1, genesis, 15));
    }

    function openingIsInside(uint32 period, uint64 genesis) external {
        require(period != 0);
        uint256 first = opening(period, genesis, 7200);
        // property clock-round-trip: The opening block of a period belongs to that period, and the block before does not.
        assert(ofBlock(first, genesis, 7200) == period && (period == 1 || ofBlock(first - 1, genesis, 7200) == period - 1));
    }

    function order(uint64 earlier, uint64 later, uint64 genesis) external {
        require(genesis <= earlier && earlier <= later);
        require(later - genesis < 7200 * (2 ** 32 - 2));
        // property clock-monotone: A later block is never in an earlier period, and no period is 0.
        assert(ofBlock(earlier, genesis, 7200) <= ofBlock(later, genesis, 7200) && ofBlock(earlier, genesis, 7200) >= 1);
    }
}
