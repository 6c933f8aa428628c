// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPossessionProofs} from "../../contracts/interfaces/IPossessionProofs.sol";
import {StandIns} from "./StandIns.sol";

// in place: self
contract DutyRecord is StandIns {
    IPossessionProofs.Duty self;

    // take contracts/libraries/Duties.sol: atOpen, touch, unproven, rentOver

    function range(uint32 current) external {
        (uint32 from, uint32 count) = unproven(current);
        // property duty-only-over: Unproven periods lie before the current one.
        assert(count == 0 || uint256(from) + count <= current);
        // property duty-counted-once: Periods that were resolved before are never counted again.
        assert(count == 0 || from > self.resolvedThrough);
    }

    function reaches(uint32 current) external {
        require(self.units != 0);
        (uint32 from, uint32 count) = unproven(current);
        // property duty-complete: While a provider has units, every unresolved period up to the current one is counted.
        assert(count == 0 || uint256(from) + count == current);
    }

    function nothing(uint32 current) external {
        require(self.units == 0 && (self.touched != self.resolvedThrough + 1 || self.unitsAtOpen == 0));
        (, uint32 count) = unproven(current);
        // property duty-none: Without units there is nothing to prove.
        assert(count == 0);
    }

    function resolved(uint32 current) external {
        require(current != 0 && self.resolvedThrough >= current - 1 && self.resolvedThrough != type(uint32).max);
        (, uint32 count) = unproven(current);
        // property duty-resolved: Once everything before the current period is resolved, nothing is unproven.
        assert(count == 0);
    }

    function opening(uint32 current, uint32 units, uint32 leaves, uint128 rent) external {
        require(current != 0);
        (uint32 unitsThen, uint32 leavesThen, uint128 rentThen) = atOpen(current);
        touch(current);
        self.units = units;
        self.leaves = leaves;
        self.rent = rent;
        (uint32 unitsNow, uint32 leavesNow, uint128 rentNow) = atOpen(current);
        // property duty-set-fixed: Whatever changes after a period opened, the set that it draws from stays the one at its opening.
        assert(unitsThen == unitsNow && leavesThen == leavesNow && rentThen == rentNow);
    }

    function again(uint32 current, uint32 units) external {
        require(current != 0);
        (uint32 unitsThen, , ) = atOpen(current);
        touch(current);
        self.units = units;
        touch(current);
        (uint32 unitsNow, , ) = atOpen(current);
        // property duty-second-change: A second change in a period does not move its opening either.
        assert(unitsThen == unitsNow);
    }

    function order(uint32 current) external {
        require(current != 0 && self.touched <= current);
        require(self.touched == 0 || self.touched - 1 <= self.resolvedThrough);
        uint32 before = self.resolvedThrough;
        touch(current);
        // property duty-order: Touching never takes back what is resolved, and keeps `touched` <= `resolvedThrough` + 1.
        assert(self.resolvedThrough >= before && self.touched - 1 <= self.resolvedThrough);
    }

    function pieces(uint32 current, uint32 later) external {
        require(current != 0 && current < later && self.units != 0);
        require(self.touched == 0 || self.touched - 1 <= self.resolvedThrough);
        require(self.resolvedThrough < current);
        (, uint32 whole) = unproven(later);
        (, uint32 first) = unproven(current);
        self.resolvedThrough = current - 1;
        (, uint32 second) = unproven(later);
        // property duty-pieces: Recording misses in two steps counts the same periods as recording them at once.
        assert(whole == first + second);
    }
}
