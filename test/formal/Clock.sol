// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev For the period length of a public chain: with the length a variable the checker cannot decide. Assertions without a name are
/// steps on the way, proved like the others.
contract Clock is StandIns {
    // take contracts/libraries/Periods.sol: ofBlock, opening

    function opened(uint64 blocks, uint64 genesis) external {
        require(blocks < 7200 * (2 ** 32 - 2));
        uint32 period = ofBlock(uint256(genesis) + blocks, genesis, 7200);
        uint256 whole = blocks / 7200;
        assert(period == whole + 1);
        // property clock-opened: A block lies at or after the opening of its period.
        assert(opening(period, genesis, 7200) <= uint256(genesis) + blocks);
    }

    function notOver(uint64 blocks, uint64 genesis) external {
        require(blocks < 7200 * (2 ** 32 - 2));
        uint32 period = ofBlock(uint256(genesis) + blocks, genesis, 7200);
        // property clock-not-over: A block lies before the opening of the next period.
        assert(uint256(genesis) + blocks < opening(period + 1, genesis, 7200));
    }

    function value(uint64 blocks) external {
        require(blocks < 7200 * (2 ** 32 - 2));
        // property clock-counts: Periods count from 1, one for every 7,200 blocks.
        assert(ofBlock(blocks, 0, 7200) == blocks / 7200 + 1);
    }

    function opens(uint32 period, uint64 genesis) external {
        require(period != 0);
        // property clock-openings: Period p opens (p - 1) × 7,200 blocks after the first.
        assert(opening(period, genesis, 7200) == uint256(genesis) + (uint256(period) - 1) * 7200);
    }

    function next(uint32 period, uint64 genesis) external {
        require(period != 0 && period != type(uint32).max);
        // property clock-length: Every period is 7,200 blocks long: none overlap and no block is left out.
        assert(opening(period + 1, genesis, 7200) == opening(period, genesis, 7200) + 7200);
    }

    function insideZero(uint64 blocks) external {
        require(blocks < 7200 * (2 ** 32 - 2));
        uint32 period = ofBlock(blocks, 0, 7200);
        // property clock-inside: A block lies between the opening of its period and the next.
        assert(opening(period, 0, 7200) <= blocks && blocks < opening(period + 1, 0, 7200));
    }
}
