// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";

contract EscrowLockTest is EscrowFixture {
    DevToken internal token;
    Escrow internal escrow;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
        _fund(escrow, bob, 100);
    }

    function test_RevertWhen_CallerIsNotAMarketContract() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, bob));
        vm.prank(bob);
        escrow.lock(bob, 1, 0);
    }

    function test_RevertWhen_BalanceIsShortOfAmountAndBurn() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, bob, 100, 101));
        vm.prank(agreements);
        escrow.lock(bob, 99, 2);
    }

    function test_RevertWhen_OwnerNeverDeposited() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, mallory, 0, 1));
        vm.prank(agreements);
        escrow.lock(mallory, 1, 0);
    }

    function test_RevertWhen_OwnerIsZero() public {
        vm.prank(agreements);
        escrow.lock(bob, 0, 50);
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        vm.prank(agreements);
        escrow.lock(address(0), 50, 0);
    }

    function test_RevertWhen_AmountAndBurnOverflow() public {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        vm.prank(agreements);
        escrow.lock(bob, type(uint256).max, 1);
    }

    function test_MovesIntoTheCallersLockAndBurns() public {
        vm.expectEmit();
        emit IEscrow.Locked(agreements, 1, 55);
        vm.expectEmit();
        emit IEscrow.Released(agreements, 0, 5);
        vm.prank(agreements);
        assertEq(escrow.lock(bob, 50, 5), 1);

        assertEq(escrow.availableOf(bob), 45);
        assertEq(escrow.lockedBy(agreements), 50);
        assertEq(escrow.lockedBy(collateral), 0);
        (, uint96 burned) = escrow.accounts(0);
        assertEq(burned, 5);
    }

    function test_LockingNothingOpensAnAccount() public {
        vm.expectEmit();
        emit IEscrow.AccountOpened(2, mallory);
        vm.prank(collateral);
        assertEq(escrow.lock(mallory, 0, 0), 2);
        assertEq(escrow.accountOf(mallory), 2);
    }
}

contract EscrowReleaseTest is EscrowFixture {
    DevToken internal token;
    Escrow internal escrow;
    uint32 internal bobs;
    uint32 internal mallorys;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
        bobs = _fund(escrow, bob, 100);
        mallorys = _fund(escrow, mallory, 100);
        vm.prank(agreements);
        escrow.lock(bob, 60, 0);
        vm.prank(collateral);
        escrow.lock(mallory, 100, 0);
    }

    function test_RevertWhen_CallerIsNotAMarketContract() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, mallory));
        vm.prank(mallory);
        escrow.release(mallorys, 1, 0, 0);
    }

    function test_RevertWhen_LockIsShort() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientLock.selector, agreements, 60, 61));
        vm.prank(agreements);
        escrow.release(bobs, 30, mallorys, 31);
    }

    function test_RevertWhen_AmountsOverflow() public {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        vm.prank(agreements);
        escrow.release(bobs, type(uint256).max, mallorys, 2);
    }

    function test_CreditsBothAccounts() public {
        vm.expectEmit();
        emit IEscrow.ReleasedToTwo(agreements, mallorys, bobs, 40, 20);
        vm.prank(agreements);
        escrow.release(mallorys, 40, bobs, 20);
        assertEq(escrow.availableOf(mallory), 40);
        assertEq(escrow.availableOf(bob), 60);
        assertEq(escrow.lockedBy(agreements), 0);
        assertEq(escrow.lockedBy(collateral), 100);
    }

    function test_SameAccountTwice() public {
        vm.prank(agreements);
        escrow.release(bobs, 10, bobs, 20);
        assertEq(escrow.availableOf(bob), 70);
    }

    function test_SkipsZeroAmounts() public {
        vm.recordLogs();
        vm.startPrank(agreements);
        escrow.release(bobs, 0, mallorys, 0);
        assertEq(vm.getRecordedLogs().length, 0);
        escrow.release(bobs, 0, mallorys, 1);
        assertEq(vm.getRecordedLogs().length, 1);
        assertEq(escrow.availableOf(mallory), 1);
    }

    function test_RevertWhen_SomebodyElsePaysOut_OrMoreThanTheLock() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, mallory));
        vm.prank(mallory);
        escrow.payOut(mallorys, 1, 0, 0, 1);
        vm.startPrank(agreements);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientLock.selector, agreements, 60, 61));
        escrow.payOut(bobs, 30, mallorys, 30, 1);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        escrow.payOut(bobs, type(uint256).max, mallorys, 1, 0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        escrow.payOut(bobs, 1, mallorys, 1, type(uint256).max - 1);
        vm.stopPrank();
    }

    function test_WhatIsToBeBurnedStaysLockedAndIsNobodysToRelease() public {
        vm.startPrank(agreements);
        escrow.payOut(bobs, 10, mallorys, 20, 7);
        assertEq(escrow.availableOf(bob), 50);
        assertEq(escrow.availableOf(mallory), 20);
        assertEq(escrow.lockedBy(agreements), 30);
        assertEq(escrow.burningOf(agreements), 7);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientLock.selector, agreements, 23, 24));
        escrow.release(bobs, 24, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientLock.selector, agreements, 23, 24));
        escrow.payOut(bobs, 23, 0, 0, 1);
        escrow.payOut(bobs, 0, 0, 0, 23);
        vm.stopPrank();
        assertEq(escrow.burningOf(agreements), 30);
        assertEq(escrow.lockedBy(agreements), 30);
    }

    function test_AnybodyHasBurnsCollected_EachContractsApart() public {
        vm.prank(agreements);
        escrow.payOut(0, 0, 0, 0, 7);
        vm.prank(collateral);
        escrow.payOut(0, 0, 0, 0, 100);
        vm.expectEmit();
        emit IEscrow.Released(agreements, 0, 7);
        vm.prank(mallory);
        escrow.collectBurned(agreements);
        (, uint96 burned) = escrow.accounts(0);
        assertEq(burned, 7);
        assertEq(escrow.lockedBy(agreements), 53);
        assertEq(escrow.burningOf(agreements), 0);
        assertEq(escrow.burningOf(collateral), 100);
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.collectBurned(agreements);
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.collectBurned(mallory);
        // A market contract still is one.
        vm.prank(agreements);
        escrow.release(bobs, 53, 0, 0);
        assertEq(escrow.availableOf(bob), 93);
    }

    function testFuzz_Conservation(uint256 seed) public {
        for (uint256 i = 0; i < 20; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            address owner = seed & 1 == 0 ? bob : mallory;
            address locker = seed & 2 == 0 ? agreements : collateral;
            uint256 action = (seed >> 2) % 4;
            uint256 amount = seed >> 128;
            if (action == 0) _fund(escrow, owner, bound(amount, 1, 1e20));
            else if (action == 1) {
                amount = bound(amount, 0, escrow.availableOf(owner));
                uint256 burn = (amount * 2) / 100;
                vm.prank(locker);
                escrow.lock(owner, amount - burn, burn);
            } else if (action == 2) {
                amount = bound(amount, 0, escrow.lockedBy(locker) - escrow.burningOf(locker));
                uint256 burn = amount / 7;
                if (seed & 64 != 0 && escrow.burningOf(locker) != 0) escrow.collectBurned(locker);
                vm.prank(locker);
                if (seed & 128 != 0) escrow.release(bobs, amount / 3, mallorys, amount - amount / 3);
                else escrow.payOut(bobs, amount / 3, mallorys, amount - amount / 3 - burn, burn);
            } else if (escrow.availableOf(owner) != 0) {
                amount = bound(amount, 1, escrow.availableOf(owner));
                vm.prank(owner);
                escrow.withdraw(owner, amount);
            }
            assertEq(token.balanceOf(address(escrow)), _owed(escrow));
        }
    }
}
