// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev For the half-life of our deployments: with it a variable the checker cannot decide.
contract Decay is StandIns {
    // take contracts/Reputation.sol: _decay

    uint256 constant halfLifePeriods = 90;

    function decay(uint96 value, uint32 from, uint32 to) external {
        // property decay-shrinks: Decay never makes a value larger (half-life 90 periods).
        assert(_decay(value, from, to) <= value);
    }
}
