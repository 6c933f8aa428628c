// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateral} from "../interfaces/ICollateral.sol";

/// @notice Moves stake behind an agreement with one read and one write; member by member the compiler reads the slot four times and writes it twice.
library StakeSlot {
    uint256 private constant _LOCKED_SHIFT = 96;
    uint256 private constant _STRIKES_SHIFT = 192;

    /// @return word the slot
    /// @return free token wei not locked
    /// @return strikes misses since the ladder last started over
    function read(ICollateral.Stake storage self) internal view returns (uint256 word, uint256 free, uint256 strikes) {
        assembly ("memory-safe") {
            word := sload(self.slot)
        }
        return (word, uint96(word), uint8(word >> _STRIKES_SHIFT));
    }

    /// @dev Requirements, left to the caller: `word` is the slot; `amount` is at most the free stake. Free and locked together stay below 2^96, so
    /// neither member runs into its neighbour.
    function lock(ICollateral.Stake storage self, uint256 word, uint256 amount) internal {
        unchecked {
            word = word - amount + (amount << _LOCKED_SHIFT);
        }
        assembly ("memory-safe") {
            sstore(self.slot, word)
        }
    }
}
