// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ask} from "../types/Ask.sol";

/// @notice An ask as the two words that it is stored in, `head` and `tail`: a fill looks at each member once, and never builds the struct.
/// @dev Casts cut each member out of its word. Laid out as the compiler lays out the struct.
library AskWords {
    uint256 private constant _PRICE_SHIFT = 32;
    uint256 private constant _UNITS_LEFT_SHIFT = 96;

    function load(Ask storage self) internal view returns (uint256 head, uint256 tail) {
        assembly ("memory-safe") {
            head := sload(self.slot)
            tail := sload(add(self.slot, 1))
        }
    }

    /// @dev Requirements, left to the caller: `head` is what is stored; `units` is at most what is left.
    function take(Ask storage self, uint256 head, uint256 units) internal {
        assembly ("memory-safe") {
            sstore(self.slot, sub(head, shl(_UNITS_LEFT_SHIFT, units)))
        }
    }

    /// @notice The same ask at another price.
    function withPrice(uint256 head, uint64 wanted) internal pure returns (uint256) {
        return (head & ~(uint256(type(uint64).max) << _PRICE_SHIFT)) | (uint256(wanted) << _PRICE_SHIFT);
    }

    /// @notice The same ask with as many units left as an ask can have.
    function unbounded(uint256 head) internal pure returns (uint256) {
        return head | (uint256(type(uint32).max) << _UNITS_LEFT_SHIFT);
    }

    function provider(uint256 head) internal pure returns (uint32) {
        return uint32(head);
    }

    function price(uint256 head) internal pure returns (uint64) {
        return uint64(head >> _PRICE_SHIFT);
    }

    function unitsLeft(uint256 head) internal pure returns (uint32) {
        return uint32(head >> _UNITS_LEFT_SHIFT);
    }

    function minUnits(uint256 head) internal pure returns (uint32) {
        return uint32(head >> 128);
    }

    function maxUnits(uint256 head) internal pure returns (uint32) {
        return uint32(head >> 160);
    }

    function expiry(uint256 head) internal pure returns (uint40) {
        return uint40(head >> 192);
    }

    function collateralPeriods(uint256 head) internal pure returns (uint24) {
        return uint24(head >> 232);
    }

    function minPeriods(uint256 tail) internal pure returns (uint24) {
        return uint24(tail);
    }

    function maxPeriods(uint256 tail) internal pure returns (uint24) {
        return uint24(tail >> 24);
    }

    function minClientDeposit(uint256 tail) internal pure returns (uint96) {
        return uint96(tail >> 64);
    }

    function premiumBps(uint256 tail) internal pure returns (uint16) {
        return uint16(tail >> 224);
    }
}
