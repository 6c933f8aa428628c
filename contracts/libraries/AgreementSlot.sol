// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgreements} from "../interfaces/IAgreements.sol";

/// @notice Reads and writes an agreement's one slot as one word; member by member the compiler reads it ten times and writes it twice.
library AgreementSlot {
    function load(IAgreements.Agreement storage self) internal view returns (IAgreements.Agreement memory a) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(self.slot)
        }
        // Casts cut each member out of the word.
        a.clientAccount = uint32(word);
        a.startPeriod = uint32(word >> 32);
        a.periods = uint24(word >> 64);
        a.pricePerUnitPeriod = uint64(word >> 88);
        a.settledPeriods = uint24(word >> 152);
        a.provenPeriods = uint24(word >> 176);
        a.collateralPeriods = uint24(word >> 200);
        a.shardIndex = uint8(word >> 224);
        a.status = IAgreements.Status(uint8(word >> 232));
        a.openAudits = uint8(word >> 240);
        a.repair = word >> 248 != 0;
    }

    /// @dev Laid out as the compiler lays out the struct.
    function store(IAgreements.Agreement memory a, IAgreements.Agreement storage self) internal {
        uint256 word =
            uint256(a.clientAccount) |
                (uint256(a.startPeriod) << 32) |
                (uint256(a.periods) << 64) |
                (uint256(a.pricePerUnitPeriod) << 88) |
                (uint256(a.settledPeriods) << 152) |
                (uint256(a.provenPeriods) << 176) |
                (uint256(a.collateralPeriods) << 200) |
                (uint256(a.shardIndex) << 224) |
                (uint256(a.status) << 232) |
                (uint256(a.openAudits) << 240) |
                (a.repair ? 1 << 248 : 0);
        assembly ("memory-safe") {
            sstore(self.slot, word)
        }
    }
}
