// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {CollateralFixture} from "../support/CollateralFixture.sol";

contract CollateralSettleTest is CollateralFixture {
    function setUp() public override {
        super.setUp();
        _stake(10_000);
        _lock(10_000);
    }

    function test_RevertWhen_CallerIsNotAgreements() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAMarketContract.selector, client));
        vm.prank(client);
        collateral.settleSlashes(1, clientAccount, 1, 1, 2, 1);
    }

    function test_NothingLostMovesNothing() public {
        _strike(10, 1);
        vm.recordLogs();
        assertEq(_settle(1, 1, 10, 10_000), 0);
        assertEq(_settle(11, 11, 20, 10_000), 0);
        assertEq(_settle(1, 11, 20, 10_000), 0);
        assertEq(_settle(1, 1, 20, 0), 0);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(collateral.stakes(1).locked, 10_000);
    }

    function test_PaysTheClientFirstAndBurnsTheRest() public {
        _strike(10, 2);
        vm.expectEmit();
        emit ICollateral.Slashed(1, clientAccount, 70, 30);
        assertEq(_settle(1, 1, 11, 10_000), 100);
        vm.expectEmit();
        emit ICollateral.Slashed(1, clientAccount, 346, 149);
        assertEq(_settle(1, 11, 12, 10_000), 495);
        assertEq(escrow.availableOf(client), 1 + 416);
        assertEq(_burned(), 179);
        assertEq(collateral.stakes(1).locked, 10_000 - 595);
        assertEq(escrow.lockedBy(address(collateral)), BOND + 10_000 - 595);
    }

    function test_AgreementFormedAfterASlashStartsWhole() public {
        _strike(10, 1);
        assertEq(_settle(11, 11, 12, 5000), 0);
        _strike(12, 1);
        assertEq(_settle(11, 12, 13, 5000), 250);
    }

    function test_FailedProviderLosesEverything() public {
        _strike(10, 4);
        assertEq(_settle(5, 5, 14, 10_000), 10_000);
        assertEq(collateral.stakes(1).locked, 0);
        assertEq(escrow.availableOf(client), 1 + 7000);
        assertEq(_burned(), 3000);
        assertEq(_release(5, 14, 10_000, true), 0);
        assertEq(_burned(), 3000);
    }

    /// What one settlement takes, any number of settlements takes, to the wei.
    function testFuzz_SettlingInPiecesTelescopes(uint256 seed, uint96 amount) public {
        amount = uint96(bound(amount, 1, 1e23));
        _stake(amount);
        _lock(amount);
        uint32 from = 3;
        uint256 lost;
        for (uint32 period = 3; period < 40; ++period) {
            uint256 dice = uint256(keccak256(abi.encode(seed, period)));
            if (dice % 6 == 0) _strike(period, 1);
            if (dice % 5 == 0) {
                lost += _settle(3, from, period + 1, amount);
                from = period + 1;
            }
        }
        lost += _settle(3, from, 40, amount);
        uint256 remaining = collateral.remainingOf(1, 3, 40, amount);
        assertEq(lost, amount - remaining);
        assertEq(_release(3, 40, amount, false), remaining);
        assertEq(collateral.stakes(1).locked, 10_000);
        assertEq(escrow.availableOf(client) + _burned(), 1 + lost);
        assertEq(escrow.lockedBy(address(collateral)), uint256(collateral.stakes(1).free) + 10_000);
    }
}

contract CollateralReleaseTest is CollateralFixture {
    function setUp() public override {
        super.setUp();
        _stake(10_000);
        _lock(10_000);
    }

    function test_RevertWhen_CallerIsNotAgreements() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAMarketContract.selector, client));
        vm.prank(client);
        collateral.releaseCollateral(1, clientAccount, 1, 2, 1, false);
    }

    function test_RevertWhen_MoreThanIsLocked() public {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        _release(1, 2, 10_001, false);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        _release(1, 2, 10_001, true);
    }

    function test_KeptGivesBackWhatRemains() public {
        _strike(10, 1);
        _settle(5, 5, 20, 10_000);
        vm.expectEmit();
        emit ICollateral.CollateralReleased(1, 9900);
        assertEq(_release(5, 20, 10_000, false), 9900);
        assertEq(collateral.stakes(1).locked, 0);
        assertEq(collateral.stakes(1).free, BOND + 9900);
    }

    function test_UntouchedGivesBackEverything() public {
        _strike(4, 1);
        assertEq(_release(5, 20, 10_000, false), 10_000);
        assertEq(collateral.stakes(1).free, BOND + 10_000);
    }

    function test_FailedTakesWhatRemains() public {
        _strike(10, 1);
        _settle(5, 5, 20, 10_000);
        vm.expectEmit();
        emit ICollateral.Slashed(1, clientAccount, 6930, 2970);
        assertEq(_release(5, 20, 10_000, true), 0);
        assertEq(collateral.stakes(1).locked, 0);
        assertEq(collateral.stakes(1).free, BOND);
        assertEq(escrow.lockedBy(address(collateral)), BOND);
    }

    function test_NothingLockedMovesNothing() public {
        vm.recordLogs();
        assertEq(_release(5, 20, 0, false), 0);
        assertEq(_release(5, 20, 0, true), 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// Formed in the very period whose miss failed the provider, before anybody recorded it: nothing is left stuck.
    function test_AgreementFormedInTheFailingPeriodIsTakenWhole() public {
        _strike(10, 4);
        assertEq(collateral.remainingOf(1, 14, 15, 4000), 4000);
        assertEq(_settle(5, 5, 14, 6000), 6000);
        assertEq(_settle(14, 14, 14, 4000), 0);
        assertEq(_release(14, 14, 4000, true), 0);
        assertEq(collateral.stakes(1).locked, 0);
        assertEq(escrow.availableOf(client), 1 + 7000);
        assertEq(_burned(), 3000);
    }

    /// Many agreements with their own starts, settled and ended at random: what comes back and what is lost is what was locked.
    function testFuzz_Conservation(uint256 seed) public {
        _release(1, 1, 10_000, false);
        uint256 count = 6;
        uint256[] memory amounts = new uint256[](count);
        uint32[] memory starts = new uint32[](count);
        uint32[] memory settled = new uint32[](count);
        uint256 clientBefore = escrow.availableOf(client);
        uint256 stakeBefore = escrow.lockedBy(address(collateral));

        for (uint32 period = 1; period < 30; ++period) {
            for (uint256 i = 0; i < count; ++i) {
                uint256 dice = uint256(keccak256(abi.encode(seed, period, i)));
                if (starts[i] == 0) {
                    amounts[i] = bound(dice, 0, collateral.lockableOf(1) / 3);
                    if (collateral.hasFailed(1)) continue;
                    _lock(amounts[i]);
                    (starts[i], settled[i]) = (period + 1, period + 1);
                } else if (dice % 4 == 0 && period > settled[i]) {
                    _settle(starts[i], settled[i], period, amounts[i]);
                    settled[i] = period;
                } else if (dice % 11 == 0 && period > settled[i]) {
                    _settle(starts[i], settled[i], period, amounts[i]);
                    _release(starts[i], period, amounts[i], dice % 3 == 0);
                    starts[i] = 0;
                }
            }
            if (uint256(keccak256(abi.encode(seed, period))) % 8 == 0) _strike(period, 1);
        }
        for (uint256 i = 0; i < count; ++i) {
            if (starts[i] == 0) continue;
            uint32 to = starts[i] > 30 ? starts[i] : 30;
            _settle(starts[i], settled[i], to, amounts[i]);
            _release(starts[i], to, amounts[i], collateral.hasFailed(1));
        }

        assertEq(collateral.stakes(1).locked, 0);
        assertEq(escrow.lockedBy(address(collateral)), collateral.stakes(1).free);
        assertEq(escrow.availableOf(client) - clientBefore + _burned() + collateral.stakes(1).free, stakeBefore);
        assertGe(collateral.stakes(1).free, BOND);
    }
}

contract CollateralReportFeeTest is CollateralFixture {
    function _report(uint32 period, uint32 account) internal {
        vm.prank(address(proofs));
        collateral.strike(1, period, 1, account);
    }

    function test_SetsTheFeeAsideAndPaysItOnce() public {
        vm.expectEmit();
        emit ICollateral.ReportFeeOwed(1, 0, clientAccount, FEE);
        _report(10, clientAccount);
        assertEq(collateral.stakes(1).free, BOND - FEE);
        assertEq(escrow.lockedBy(address(collateral)), BOND);

        vm.expectEmit();
        emit ICollateral.ReportFeePaid(1, 0, clientAccount, FEE);
        collateral.claimReportFee(1, 0);
        assertEq(escrow.availableOf(client), 1 + FEE);
        assertEq(escrow.lockedBy(address(collateral)), BOND - FEE);

        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NoReportFee.selector, 1, 0));
        collateral.claimReportFee(1, 0);
    }

    function test_OneReportOfManyMissesIsOneFee() public {
        vm.prank(address(proofs));
        collateral.strike(1, 10, 3, clientAccount);
        assertEq(collateral.stakes(1).free, BOND - FEE);
        collateral.claimReportFee(1, 0);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NoReportFee.selector, 1, 1));
        collateral.claimReportFee(1, 1);
    }

    function test_ClaimingKeepsTheSlashesThemselves() public {
        _report(10, clientAccount);
        _report(11, operatorAccount);
        uint256 afterBoth = collateral.remainingOf(1, 1, 12, WHOLE);
        collateral.claimReportFee(1, 1);
        assertEq(collateral.remainingOf(1, 1, 12, WHOLE), afterBoth);
        collateral.claimReportFee(1, 0);
        assertEq(collateral.remainingOf(1, 1, 12, WHOLE), afterBoth);
        assertEq(collateral.remainingOf(1, 1, 11, WHOLE), (WHOLE * 99) / 100);
    }

    function test_NobodyIsOwedWithoutAnAccountNamed() public {
        _report(10, 0);
        assertEq(collateral.stakes(1).free, BOND);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NoReportFee.selector, 1, 0));
        collateral.claimReportFee(1, 0);
    }

    function test_WaitsForItsAccountToBeOpened() public {
        uint32 next = escrow.accountCount();
        _report(10, next);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NoSuchAccount.selector, next));
        collateral.claimReportFee(1, 0);
        assertEq(escrow.deposit(reporter, 1), next);
        collateral.claimReportFee(1, 0);
        assertEq(escrow.availableOf(reporter), 1 + FEE);
    }

    function test_NothingIsOwedThatFreeStakeDoesNotCover() public {
        vm.prank(operator);
        collateral.requestUnbond(1, BOND - FEE + 1);
        _report(10, clientAccount);
        assertEq(collateral.stakes(1).free, FEE - 1);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NoReportFee.selector, 1, 0));
        collateral.claimReportFee(1, 0);
    }

    function test_NeverTouchesLockedStake() public {
        _stake(50);
        _lock(50);
        for (uint32 i = 0; i < 110; ++i) _report(10 + 20 * i, clientAccount);
        assertEq(collateral.stakes(1).free, 0);
        assertEq(collateral.stakes(1).locked, 50);
        assertEq(collateral.lockableOf(1), 0);
        for (uint24 i = 0; i < BOND / FEE; ++i) collateral.claimReportFee(1, i);
        assertEq(escrow.availableOf(client), 1 + BOND);
    }

    function test_AFailedProviderOwesNoFee() public {
        vm.startPrank(address(proofs));
        collateral.strike(1, 10, 4, 0);
        assertTrue(collateral.strike(1, 14, 1, clientAccount));
        vm.stopPrank();
        assertEq(collateral.stakes(1).free, BOND);
    }
}
