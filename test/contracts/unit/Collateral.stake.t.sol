// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CollateralParams} from "../../../contracts/Collateral.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {CollateralFixture} from "../support/CollateralFixture.sol";

contract CollateralConstructorTest is CollateralFixture {
    function test_RevertWhen_CompensationIsAboveOne() public {
        CollateralParams memory params = _params();
        params.compensationBps = 10_001;
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InvalidParams.selector, "compensationBps"));
        _newCollateral(params);
    }

    function test_RevertWhen_HealPeriodsIsZero() public {
        CollateralParams memory params = _params();
        params.healPeriods = 0;
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InvalidParams.selector, "healPeriods"));
        _newCollateral(params);
    }

    function test_RevertWhen_LadderStepIsAboveOne() public {
        CollateralParams memory params = _params();
        params.ladderBps[1] = 10_001;
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InvalidParams.selector, "ladderBps"));
        _newCollateral(params);
    }

    function test_RevertWhen_LastStepLeavesSomething() public {
        CollateralParams memory params = _params();
        params.ladderBps[3] = 9999;
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InvalidParams.selector, "ladderBps"));
        _newCollateral(params);
    }

    function test_KeepsItsParameters() public view {
        assertEq(collateral.bond(), BOND);
        assertEq(collateral.unbondDelay(), DELAY);
        assertEq(collateral.reportFee(), FEE);
        assertEq(collateral.compensationBps(), 7000);
        assertEq(collateral.healPeriods(), HEAL);
        uint16[4] memory ladder = collateral.ladderBps();
        assertEq(ladder[0], 100);
        assertEq(ladder[1], 500);
        assertEq(ladder[2], 2500);
        assertEq(ladder[3], 10_000);
    }
}

contract CollateralStakeTest is CollateralFixture {
    function test_RevertWhen_AmountIsZero() public {
        vm.expectRevert(ICollateral.Collateral_ZeroAmount.selector);
        collateral.stake(1, client, 0);
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 2));
        vm.prank(operator);
        collateral.stake(2, operator, 1);
    }

    function test_RevertWhen_EscrowIsShort() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, client, 1, 2));
        vm.prank(client);
        collateral.stake(1, client, 2);
    }

    function test_RevertWhen_AmountIsWiderThanAStake() public {
        uint256 amount = 2 ** 96;
        vm.expectRevert(
            abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, operator, 1e24 - BOND, amount)
        );
        vm.prank(operator);
        collateral.stake(1, operator, amount);
    }

    function test_AnyoneMayStake() public {
        vm.expectEmit();
        emit ICollateral.Staked(1, client, 1);
        vm.prank(client);
        collateral.stake(1, client, 1);
        assertEq(collateral.stakes(1).free, BOND + 1);
        assertEq(collateral.lockableOf(1), 1);
        assertEq(escrow.availableOf(client), 0);
        assertEq(escrow.lockedBy(address(collateral)), BOND + 1);
    }
}

contract CollateralLockBondTest is CollateralFixture {
    function test_RevertWhen_CallerIsNotTheRegistry() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAMarketContract.selector, operator));
        vm.prank(operator);
        collateral.lockBond(2, operator);
    }

    function test_RevertWhen_EscrowIsShort() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, client, 1, BOND));
        vm.prank(address(registry));
        collateral.lockBond(2, client);
    }

    function test_TakesTheBondFromTheOperator() public {
        vm.expectEmit();
        emit ICollateral.Staked(2, operator, BOND);
        vm.prank(address(registry));
        assertEq(collateral.lockBond(2, operator), operatorAccount);
        assertEq(collateral.stakes(2).free, BOND);
        assertEq(collateral.lockableOf(2), 0);
        assertEq(escrow.availableOf(operator), 1e24 - 2 * BOND);
    }
}

contract CollateralRequestUnbondTest is CollateralFixture {
    function test_RevertWhen_CallerIsNotTheOperator() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAuthorized.selector, 1, client));
        vm.prank(client);
        collateral.requestUnbond(1, 1);
    }

    function test_RevertWhen_AmountIsZero() public {
        vm.expectRevert(ICollateral.Collateral_ZeroAmount.selector);
        vm.prank(operator);
        collateral.requestUnbond(1, 0);
    }

    function test_RevertWhen_StakeIsShort() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, 1, BOND, BOND + 1));
        vm.prank(operator);
        collateral.requestUnbond(1, BOND + 1);
    }

    function test_RevertWhen_BondIsHeldByALock() public {
        _stake(100);
        _lock(60);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, 1, 40, 41));
        vm.prank(operator);
        collateral.requestUnbond(1, 41);
    }

    function test_RevertWhen_BondIsHeldByUnitsInTheTree() public {
        _stake(100);
        proofs.setUnits(1);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, 1, 100, 101));
        vm.prank(operator);
        collateral.requestUnbond(1, 101);
    }

    function test_RevertWhen_ReportFeesAteIntoTheBond() public {
        proofs.setUnits(1);
        vm.prank(address(proofs));
        collateral.strike(1, 10, 1, clientAccount);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, 1, 0, 1));
        vm.prank(operator);
        collateral.requestUnbond(1, 1);
    }

    function test_StartsTheDelay() public {
        _stake(100);
        proofs.setUnits(1);
        vm.expectEmit();
        emit ICollateral.UnbondRequested(1, 100, block.timestamp + DELAY);
        vm.prank(operator);
        collateral.requestUnbond(1, 100);
        assertEq(collateral.stakes(1).free, BOND);
        assertEq(collateral.unbondings(1).amount, 100);
        assertEq(collateral.unbondings(1).releaseTime, block.timestamp + DELAY);
    }

    function test_WithoutDutiesTheBondMayGoToo() public {
        vm.prank(operator);
        collateral.requestUnbond(1, BOND);
        assertEq(collateral.stakes(1).free, 0);
        assertEq(collateral.unbondings(1).amount, BOND);
    }

    function test_SecondRequestAddsAndStartsAgain() public {
        _stake(100);
        vm.startPrank(operator);
        collateral.requestUnbond(1, 30);
        skip(DELAY - 1);
        collateral.requestUnbond(1, 70);
        skip(1);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateral.Collateral_StillUnbonding.selector, 1, block.timestamp - 1 + DELAY)
        );
        collateral.withdrawUnbonded(1);
        assertEq(collateral.unbondings(1).amount, 100);
    }

    function test_FailedProviderMayTakeWhatIsFree() public {
        _stake(100);
        _lock(100);
        _strike(10, 4);
        _settle(1, 1, 14, 100);
        vm.prank(operator);
        collateral.requestUnbond(1, BOND);
        assertEq(collateral.stakes(1).free, 0);
    }

    function test_UnbondingStakeCannotBeLocked() public {
        _stake(100);
        vm.prank(operator);
        collateral.requestUnbond(1, 60);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, 1, 40, 41));
        _lock(41);
    }
}

contract CollateralWithdrawUnbondedTest is CollateralFixture {
    function test_RevertWhen_NothingIsUnbonding() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NothingUnbonding.selector, 1));
        collateral.withdrawUnbonded(1);
    }

    function test_RevertWhen_DelayIsNotOver() public {
        vm.prank(operator);
        collateral.requestUnbond(1, 5);
        uint256 releaseTime = block.timestamp + DELAY;
        vm.warp(releaseTime - 1);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_StillUnbonding.selector, 1, releaseTime));
        collateral.withdrawUnbonded(1);
    }

    function test_PaysTheOperatorOnce() public {
        uint256 before = escrow.availableOf(operator);
        vm.prank(operator);
        collateral.requestUnbond(1, BOND);
        skip(DELAY);
        vm.expectEmit();
        emit ICollateral.Unbonded(1, BOND);
        vm.prank(client);
        collateral.withdrawUnbonded(1);
        assertEq(escrow.availableOf(operator), before + BOND);
        assertEq(escrow.lockedBy(address(collateral)), 0);

        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NothingUnbonding.selector, 1));
        collateral.withdrawUnbonded(1);
    }
}

contract CollateralLockTest is CollateralFixture {
    function test_RevertWhen_CallerIsNotAgreements() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAMarketContract.selector, operator));
        vm.prank(operator);
        collateral.lock(1, 1);
    }

    function test_RevertWhen_OnlyTheBondIsLeft() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, 1, 0, 1));
        _lock(1);
    }

    function test_RevertWhen_ProviderFailed() public {
        _stake(100);
        _strike(10, 4);
        assertEq(collateral.lockableOf(1), 0);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_ProviderFailed.selector, 1));
        _lock(1);
    }

    function test_MovesFreeToLocked() public {
        _stake(100);
        _lock(100);
        assertEq(collateral.stakes(1).free, BOND);
        assertEq(collateral.stakes(1).locked, 100);
        assertEq(collateral.lockableOf(1), 0);
    }

    function test_ZeroIsAllowed() public {
        _lock(0);
        assertEq(collateral.stakes(1).locked, 0);
    }
}
