// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev For any first block, any period length and all of the clock's 2^32 periods. Assertions without a name are steps on the way,
/// proved like the others: products of two variables need them.
contract Clock is StandIns {
    // take contracts/libraries/Periods.sol: ofBlock, opening

    function inside(uint64 blocks, uint64 genesis, uint32 length) external {
        require(length != 0 && blocks / length < 2 ** 32 - 2);
        uint256 blockNumber = uint256(genesis) + blocks;
        uint256 whole = blocks / length;
        assert(whole * length <= blocks && blocks < whole * length + length);
        uint32 period = ofBlock(blockNumber, genesis, length);
        // property clock-counts: Periods count from 1, one for every `length` blocks.
        assert(period == whole + 1);
        // property clock-opened: A block lies at or after the opening of its period.
        assert(opening(period, genesis, length) <= blockNumber);
        // property clock-not-over: A block lies before the opening of the next period.
        assert(blockNumber < opening(period + 1, genesis, length));
    }

    function next(uint32 period, uint64 genesis, uint32 length) external {
        require(period != 0 && period != type(uint32).max);
        // property clock-length: Every period has the same length: none overlap and no block is left out.
        assert(opening(period + 1, genesis, length) == opening(period, genesis, length) + length);
    }

    function order(uint64 blocks, uint64 more, uint64 genesis, uint32 length) external {
        require(length != 0 && (uint256(blocks) + more) / length < 2 ** 32 - 2);
        uint256 whole = blocks / length;
        uint256 wholeLater = (uint256(blocks) + more) / length;
        assert(whole <= wholeLater);
        uint32 earlier = ofBlock(uint256(genesis) + blocks, genesis, length);
        assert(earlier == whole + 1);
        uint32 later = ofBlock(uint256(genesis) + blocks + more, genesis, length);
        // property clock-monotone: The clock never runs backwards.
        assert(earlier <= later);
    }
}
