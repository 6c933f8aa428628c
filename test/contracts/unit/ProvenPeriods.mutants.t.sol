// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {ProvenPeriods} from "../../../contracts/libraries/ProvenPeriods.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract ProvenPeriodsMutantsTest is Test {
    using ProvenPeriods for mapping(uint256 => uint256);

    mapping(uint256 => uint256) private _periods;

    /// @dev Every period of a word counts, the last ones, too, whichever they stand in together.
    function test_EveryPeriodOfAWordCounts() public {
        uint256 last;
        for (uint256 period = 1; period < 2 * 224 + 3; ++period) {
            _periods.mark(period, last);
            last = period;
            assertEq(_periods.countBefore(period + 1, last), period);
        }
        for (uint256 period = 1; period < 2 * 224 + 3; ++period) {
            assertEq(_periods.countBefore(period, last), period - 1);
        }
    }

    function test_TheFirstPeriodCountsInLaterWords() public {
        _periods.mark(1, 0);
        _periods.mark(300, 1);
        assertEq(_periods.countBefore(300, 300), 1);
        assertEq(_periods.countBefore(301, 300), 2);
    }
}
