// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {ProvenPeriods} from "../../../contracts/libraries/ProvenPeriods.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract ProvenPeriodsMutantsTest is Test {
    using ProvenPeriods for mapping(uint256 => uint256);

    mapping(uint256 => uint256) private _periods;

    function test_TheFirstPeriodCountsInLaterWords() public {
        _periods.mark(1, 0);
        _periods.mark(300, 1);
        assertEq(_periods.countBefore(300, 300), 1);
        assertEq(_periods.countBefore(301, 300), 2);
    }
}
