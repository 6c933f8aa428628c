// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ask} from "../types/Ask.sol";

/// @notice Reads an ask word by word: a fixed one costs two reads, and only a pegged one the third.
library AskSlots {
    function load(Ask storage self) internal view returns (Ask memory ask) {
        uint256 first;
        uint256 second;
        assembly ("memory-safe") {
            first := sload(self.slot)
            second := sload(add(self.slot, 1))
        }
        // Casts cut each member out of its word.
        ask.provider = uint32(first);
        ask.pricePerUnitPeriod = uint64(first >> 32);
        ask.unitsLeft = uint32(first >> 96);
        ask.minUnits = uint32(first >> 128);
        ask.maxUnits = uint32(first >> 160);
        ask.expiry = uint40(first >> 192);
        ask.collateralPeriods = uint24(first >> 232);
        ask.minPeriods = uint24(second);
        ask.maxPeriods = uint24(second >> 24);
        ask.region = uint16(second >> 48);
        ask.minClientDeposit = uint96(second >> 64);
        ask.retrievalPricePerMiB = uint64(second >> 160);
        ask.premiumBps = uint16(second >> 224);
        if (ask.premiumBps != 0) ask.ceiling = self.ceiling;
    }
}
