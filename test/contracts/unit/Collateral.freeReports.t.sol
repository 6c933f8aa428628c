// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CollateralParams} from "../../../contracts/Collateral.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {CollateralFixture} from "../support/CollateralFixture.sol";

/// @notice A market that pays nothing for reports.
contract CollateralFreeReportsTest is CollateralFixture {
    function test_NothingIsOwedToTheReporter() public {
        CollateralParams memory params = _params();
        params.reportFee = 0;
        collateral = _newCollateral(params);
        vm.prank(address(proofs));
        collateral.strike(1, 5, 1, clientAccount);
        assertEq(collateral.stakes(1).strikes, 1);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NoReportFee.selector, 1, 0));
        collateral.claimReportFee(1, 0);
    }
}
