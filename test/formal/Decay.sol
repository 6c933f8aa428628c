// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev For the half-life of our deployments, 90 periods. Assertions without a name are steps on the way, proved like the others.
contract Decay is StandIns {
    uint256 constant halfLifePeriods = 90;

    // take contracts/Reputation.sol: _decay

    function within(uint96 value, uint32 from, uint32 to) external {
        require(from < to && to / 90 == from / 90);
        uint256 left = 180 - (to % 90);
        uint256 had = 180 - (from % 90);
        assert(left <= had && had > 90 && had <= 180);
        assert(value * left <= value * had);
        assert((value * left) / had <= value);
        // property decay-within: Within a half-life, decay never makes a value larger.
        assert(_decay(value, from, to) <= value);
    }

    function beyond(uint96 value, uint32 from, uint32 to) external {
        require(to / 90 > from / 90);
        uint256 left = 180 - (to % 90);
        uint256 had = 180 - (from % 90);
        assert(had > 90 && left <= 180 && left <= 2 * had);
        assert(value * left <= value * had * 2);
        assert((value * left) / had <= 2 * uint256(value));
        // property decay-beyond: Nor across the end of one.
        assert(_decay(value, from, to) <= value);
    }
}
