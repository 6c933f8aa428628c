// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";

/// @notice What a provider owes in which period. Always: `touched` <= `resolvedThrough` + 1, since a change first resolves what lies before it.
library Duties {
    /// @dev Two reads; member by member the compiler reads the first word eight times.
    function load(IPossessionProofs.Duty storage self) internal view returns (IPossessionProofs.Duty memory duty) {
        uint256 head;
        uint256 rents;
        assembly ("memory-safe") {
            head := sload(self.slot)
            rents := sload(add(self.slot, 1))
        }
        // Casts cut each member out of its word.
        duty.units = uint32(head);
        duty.unitsAtOpen = uint32(head >> 32);
        duty.touched = uint32(head >> 64);
        duty.resolvedThrough = uint32(head >> 96);
        duty.leaves = uint32(head >> 128);
        duty.leavesAtOpen = uint32(head >> 160);
        duty.lastProven = uint32(head >> 192);
        duty.failed = uint8(head >> 224) != 0;
        duty.maintained = head >> 232 != 0;
        duty.rent = uint128(rents);
        duty.rentAtOpen = uint128(rents >> 128);
    }

    /// @dev Both words, laid out as the compiler lays out the struct.
    function store(IPossessionProofs.Duty memory duty, IPossessionProofs.Duty storage self) internal {
        storeHead(duty, self);
        uint256 rents = uint256(duty.rent) | (uint256(duty.rentAtOpen) << 128);
        assembly ("memory-safe") {
            sstore(add(self.slot, 1), rents)
        }
    }

    /// @dev All but the rents.
    function storeHead(IPossessionProofs.Duty memory duty, IPossessionProofs.Duty storage self) internal {
        uint256 head =
            uint256(duty.units) |
                (uint256(duty.unitsAtOpen) << 32) |
                (uint256(duty.touched) << 64) |
                (uint256(duty.resolvedThrough) << 96) |
                (uint256(duty.leaves) << 128) |
                (uint256(duty.leavesAtOpen) << 160) |
                (uint256(duty.lastProven) << 192) |
                (uint256(duty.failed ? 1 : 0) << 224) |
                (uint256(duty.maintained ? 1 : 0) << 232);
        assembly ("memory-safe") {
            sstore(self.slot, head)
        }
    }

    /// @notice Units, leaves and rent when the current period opened.
    function atOpen(
        IPossessionProofs.Duty memory self,
        uint32 current
    ) internal pure returns (uint32 units, uint32 leaves, uint128 rent) {
        return
            self.touched == current
                ? (self.unitsAtOpen, self.leavesAtOpen, self.rentAtOpen)
                : (self.units, self.leaves, self.rent);
    }

    /// @notice Keeps units, leaves and rent as they are at the opening of the current period, before the first change in it.
    /// @dev Requirements, left to the caller: `missed` periods before `current` are recorded.
    function touch(IPossessionProofs.Duty memory self, uint32 current) internal pure {
        if (self.touched == current) return;
        self.touched = current;
        (self.unitsAtOpen, self.leavesAtOpen, self.rentAtOpen) = (self.units, self.leaves, self.rent);
        if (self.resolvedThrough < current - 1) self.resolvedThrough = current - 1;
    }

    /// @notice Periods before `current` that were neither proven nor recorded and in which the provider had units: one range.
    /// @return from the first of them
    /// @return count how many
    function unproven(
        IPossessionProofs.Duty memory self,
        uint32 current
    ) internal pure returns (uint32 from, uint32 count) {
        from = self.resolvedThrough + 1;
        if (from >= current) return (from, 0);
        // The set changed in this period: its own duty is that of its opening.
        bool changed = self.touched == from;
        uint32 own = changed && self.unitsAtOpen != 0 ? 1 : 0;
        uint32 later = self.units == 0 ? 0 : current - from - (changed ? 1 : 0);
        if (changed && own == 0) ++from;
        count = own + later;
    }

    /// @notice Rent of `count` periods from `from`, all of them within `unproven`. Token wei.
    function rentOver(IPossessionProofs.Duty memory self, uint32 from, uint32 count) internal pure returns (uint256) {
        // Only the first unproven period can be the one in which the set changed.
        if (self.touched != from) return uint256(self.rent) * count;
        return self.rentAtOpen + uint256(self.rent) * (count - 1);
    }
}
