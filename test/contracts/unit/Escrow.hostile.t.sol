// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {FeeOnTransferToken} from "../../../contracts/mocks/FeeOnTransferToken.sol";
import {ReturnsFalseToken} from "../../../contracts/mocks/ReturnsFalseToken.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";
import {CallbackToken} from "../../../contracts/mocks/CallbackToken.sol";

contract EscrowHostileTokenTest is EscrowFixture {
    function test_RevertWhen_FeeIsTakenFromTheDeposit() public {
        FeeOnTransferToken token = new FeeOnTransferToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        token.setFee(100, false);
        vm.startPrank(alice);
        token.approve(address(escrow), 1000);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 990, 1000));
        escrow.deposit(alice, 1000);
    }

    function test_RevertWhen_FeeIsTakenFromEveryoneElse() public {
        FeeOnTransferToken token = new FeeOnTransferToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        _fund(escrow, alice, 1000);
        _fund(escrow, bob, 1000);
        token.setFee(100, true);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 1010, 1000));
        vm.prank(bob);
        escrow.withdraw(bob, 1000);
        assertEq(token.balanceOf(address(escrow)), _owed(escrow));
    }

    function test_RevertWhen_TransferFromReturnsFalse() public {
        ReturnsFalseToken token = new ReturnsFalseToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vm.prank(alice);
        escrow.deposit(alice, 1);
    }

    function test_RevertWhen_TransferReturnsFalse() public {
        ReturnsFalseToken token = new ReturnsFalseToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        _fund(escrow, bob, 10);
        token.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vm.prank(bob);
        escrow.withdraw(bob, 10);
        assertEq(escrow.availableOf(bob), 10);
    }

    function test_NoReturnTokenWorks() public {
        NoReturnToken token = new NoReturnToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        vm.startPrank(alice);
        token.approve(address(escrow), 10);
        escrow.deposit(bob, 10);
        vm.stopPrank();
        vm.prank(bob);
        escrow.withdraw(bob, 4);
        assertEq(token.balanceOf(bob), 4);
        assertEq(escrow.availableOf(bob), 6);
    }

    function test_BlocklistedPartyBlocksNobodyElse() public {
        BlocklistToken token = new BlocklistToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        uint32 bobs = _fund(escrow, bob, 100);
        uint32 mallorys = _fund(escrow, mallory, 100);
        vm.prank(agreements);
        escrow.lock(bob, 100, 0);
        token.setBlocked(mallory, true);

        vm.prank(agreements);
        escrow.release(mallorys, 70, bobs, 30);
        vm.prank(bob);
        escrow.withdraw(bob, 30);
        assertEq(token.balanceOf(bob), 30);

        vm.startPrank(mallory);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.BlocklistToken_Blocked.selector, mallory));
        escrow.withdraw(mallory, 170);
        escrow.withdraw(alice, 170);
        assertEq(token.balanceOf(address(escrow)), 0);
    }

    function test_BlockedBurnAddressStopsOnlyTheSweep() public {
        BlocklistToken token = new BlocklistToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        _fund(escrow, bob, 100);
        token.setBlocked(escrow.BURN_ADDRESS(), true);
        vm.prank(agreements);
        escrow.lock(bob, 40, 10);
        address burnAddress = escrow.BURN_ADDRESS();
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.BlocklistToken_Blocked.selector, burnAddress));
        escrow.sweepBurned();
        vm.prank(bob);
        escrow.withdraw(bob, 50);
    }

    function test_RevertWhen_TokenReenters() public {
        CallbackToken token = new CallbackToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        _fund(escrow, address(token), 100);
        _fund(escrow, bob, 100);
        vm.prank(alice);
        token.approve(address(escrow), 100);

        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(Escrow.deposit, (bob, 1));
        calls[1] = abi.encodeCall(Escrow.withdraw, (bob, 1));
        calls[2] = abi.encodeCall(Escrow.sweepBurned, ());
        calls[3] = abi.encodeCall(Escrow.depositWithPermit, (1, 0, 0, 0, 0));
        for (uint256 i = 0; i < calls.length; ++i) {
            token.setCallback(address(escrow), calls[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.prank(alice);
            escrow.deposit(bob, 1);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.prank(bob);
            escrow.withdraw(bob, 1);
        }
        assertEq(_owed(escrow), 200);
    }

    function test_TokenCannotLockOrRelease() public {
        CallbackToken token = new CallbackToken(alice, SUPPLY);
        Escrow escrow = _newEscrow(address(token));
        _fund(escrow, bob, 100);
        token.setCallback(address(escrow), abi.encodeCall(Escrow.lock, (bob, 1, 0)));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, address(token)));
        vm.prank(bob);
        escrow.withdraw(bob, 1);
    }
}
