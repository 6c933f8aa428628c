// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {CollateralParams} from "../../../contracts/Collateral.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {CollateralFixture} from "../support/CollateralFixture.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract CollateralMutantsTest is CollateralFixture {
    function setUp() public override {
        super.setUp();
        _stake(10_000);
    }

    /// @dev Whatever the last missed period, even or odd, stands beside the strikes.
    function test_RevertWhen_AFailedProviderLocks() public {
        for (uint32 last = 20; last < 22; ++last) {
            uint256 snapshot = vm.snapshotState();
            assertTrue(_strike(last - 3, 4));
            assertEq(collateral.stakes(1).lastMiss, last);
            vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_ProviderFailed.selector, 1));
            _lock(1);
            vm.revertToState(snapshot);
        }
    }

    function _params(uint16[4] memory ladder, uint16 compensationBps) private pure returns (CollateralParams memory p) {
        p = _params();
        (p.ladderBps, p.compensationBps) = (ladder, compensationBps);
    }

    /// @dev Each step of the ladder is read back whole, the widest that there can be beside narrow ones.
    function test_EachStepOfTheLadderIsItsOwn() public {
        uint16[4][4] memory ladders = [
            [uint16(10_000), 1, 10_000, 10_000],
            [uint16(1), 10_000, 1, 10_000],
            [uint16(0), 0, 0, 10_000],
            [uint16(8_191), 4_096, 255, 10_000]
        ];
        for (uint256 i; i < ladders.length; ++i) {
            uint16[4] memory read = _newCollateral(_params(ladders[i], 7_000)).ladderBps();
            for (uint256 j; j < 4; ++j) {
                assertEq(read[j], ladders[i][j]);
            }
        }
    }

    /// @dev A step of which the bit above counts, too: 9,999 of 10,000 leaves a ten-thousandth.
    function test_AStepMayTakeNearlyEverything() public {
        collateral = _newCollateral(_params([uint16(9_999), 9_999, 9_999, 10_000], 7_000));
        vm.expectEmit(address(collateral));
        emit ICollateral.Struck(1, 10, 1, 1e14);
        _strike(10, 1);
        vm.expectEmit(address(collateral));
        emit ICollateral.Struck(1, 11, 2, 1e10);
        _strike(11, 1);
        // A ten-thousandth of that would be 1e6: too little to divide by.
        vm.expectEmit(address(collateral));
        emit ICollateral.Struck(1, 12, 255, 0);
        assertTrue(_strike(12, 1));
    }

    /// @dev An index of 1e9 itself still counts.
    function test_AnIndexOfABillionthIsNotWornOut() public {
        collateral = _newCollateral(_params([uint16(9_990), 9_990, 9_990, 10_000], 7_000));
        _strike(10, 3);
        assertFalse(collateral.hasFailed(1));
        collateral = _newCollateral(_params([uint16(9_990), 9_990, 9_991, 10_000], 7_000));
        assertTrue(_strike(10, 3));
    }

    function test_AllMayGoToTheClient() public {
        collateral = _newCollateral(_params([uint16(100), 500, 2_500, 10_000], 10_000));
        assertEq(collateral.compensationBps(), 10_000);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InvalidParams.selector, "compensationBps"));
        _newCollateral(_params([uint16(100), 500, 2_500, 10_000], 10_001));
    }

    function _announcedFailures() private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == ICollateral.ProviderFailed.selector) ++count;
        }
    }

    function test_AFailureIsAnnouncedOnceAndOnlyWhenItHappens() public {
        vm.recordLogs();
        _strike(10, 3);
        assertEq(_announcedFailures(), 0);
        _strike(13, 1);
        assertEq(_announcedFailures(), 1);
        _strike(14, 1);
        assertEq(_announcedFailures(), 0);
    }

    function test_ASlashSaysWhoGetsWhat() public {
        _lock(1_003);
        _strike(10, 1);
        // 1% of 1,003, rounded in the client's favour: what remains is rounded down.
        vm.expectEmit(address(collateral));
        emit ICollateral.Slashed(1, clientAccount, 7, 4);
        assertEq(_settle(5, 5, 11, 1_003), 11);
    }
}
