// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

contract QuietPeriods is StandIns {
    // take contracts/interfaces/IPossessionProofs.sol: Duty, Maintenance

    mapping(uint32 provider => Maintenance) _maintenance;

    // take contracts/possession/Misses.sol: _quietWithin

    function within(uint32 provider, Duty memory duty, uint32 from, uint32 end) external {
        require(from <= end);
        (uint32 quietFrom, uint32 quietUntil) = _quietWithin(provider, duty, from, end);
        // property quiet-within: The maintained part of a range lies within the range.
        assert(from <= quietFrom && quietFrom <= end && quietUntil <= end && from <= quietUntil);
    }

    function once(uint32 provider, Duty memory duty, uint32 from, uint32 end) external {
        require(from <= end && _maintenance[provider].fromPeriod <= _maintenance[provider].untilPeriod);
        (uint32 quietFrom, uint32 quietUntil) = _quietWithin(provider, duty, from, end);
        // property quiet-split: Before, maintained and after: the three parts of a range add up to it.
        assert(
            quietFrom <= quietUntil && (quietFrom - from) + (quietUntil - quietFrom) + (end - quietUntil) == end - from
        );
    }

    function undeclared(uint32 provider, Duty memory duty, uint32 from, uint32 end) external {
        require(!duty.maintained && from <= end);
        (uint32 quietFrom, uint32 quietUntil) = _quietWithin(provider, duty, from, end);
        // property quiet-declared: Nothing is maintained that was not declared.
        assert(quietFrom == end && quietUntil == end);
    }
}
