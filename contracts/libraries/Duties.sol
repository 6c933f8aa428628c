// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";

/// @notice What a provider owes in which period. Always: `touched` <= `resolvedThrough` + 1, since a change first resolves what lies before it.
library Duties {
    /// @notice Units, leaves and rent when the current period opened.
    function atOpen(IPossessionProofs.Duty memory self, uint32 current)
        internal
        pure
        returns (uint32 units, uint32 leaves, uint128 rent)
    {
        return self.touched == current
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
    /// @return rent token wei over all of them
    function missed(IPossessionProofs.Duty memory self, uint32 current)
        internal
        pure
        returns (uint32 from, uint32 count, uint256 rent)
    {
        from = self.resolvedThrough + 1;
        if (from >= current) return (from, 0, 0);
        // The set changed in this period: its own duty is that of its opening.
        bool changed = self.touched == from;
        uint32 own = changed && self.unitsAtOpen != 0 ? 1 : 0;
        uint32 later = self.units == 0 ? 0 : current - from - (changed ? 1 : 0);
        if (changed && own == 0) ++from;
        count = own + later;
        rent = uint256(self.rentAtOpen) * own + uint256(self.rent) * later;
    }
}
