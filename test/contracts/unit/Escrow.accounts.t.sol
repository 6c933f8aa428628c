// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";

contract EscrowConstructorTest is EscrowFixture {
    function test_RevertWhen_TokenIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        new Escrow(IERC20(address(0)), IPermit2(address(0)), new address[](0));
    }

    function test_RevertWhen_MarketContractIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        new Escrow(IERC20(address(1)), IPermit2(address(0)), new address[](1));
    }

    function test_OpensTheBurnAccount() public {
        vm.expectEmit();
        emit IEscrow.AccountOpened(0, address(0));
        Escrow escrow = _newEscrow(address(1));

        assertEq(escrow.accountCount(), 1);
        (address owner, uint96 available) = escrow.accounts(0);
        assertEq(owner, address(0));
        assertEq(available, 0);
        assertEq(address(escrow.token()), address(1));
    }
}

contract EscrowDepositTest is EscrowFixture {
    DevToken internal token;
    Escrow internal escrow;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
    }

    function test_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.deposit(alice, 0);
    }

    function test_RevertWhen_OwnerIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        escrow.deposit(address(0), 1);
    }

    function test_RevertWhen_NotApproved() public {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, 1)
        );
        vm.prank(alice);
        escrow.deposit(alice, 1);
    }

    function test_RevertWhen_CapIsExceeded() public {
        uint256 cap = type(uint96).max;
        DevToken vast = new DevToken(alice, type(uint256).max);
        escrow = _newEscrow(address(vast));
        _fund(escrow, bob, cap);

        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_CapExceeded.selector, cap + 1, cap));
        vm.prank(alice);
        escrow.deposit(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_CapExceeded.selector, type(uint256).max, cap));
        vm.prank(alice);
        escrow.deposit(alice, type(uint256).max);
    }

    function test_CapCountsWhatIsHeldNotWhatEverCame() public {
        uint256 cap = type(uint96).max;
        DevToken vast = new DevToken(alice, type(uint256).max);
        escrow = _newEscrow(address(vast));
        for (uint256 i = 0; i < 3; ++i) {
            _fund(escrow, bob, cap);
            vm.prank(bob);
            escrow.withdraw(bob, cap);
        }
        assertEq(vast.balanceOf(bob), 3 * cap);
    }

    function test_CreditsTheOwnerNotTheSender() public {
        vm.startPrank(alice);
        token.approve(address(escrow), 70);
        vm.expectEmit();
        emit IEscrow.AccountOpened(1, bob);
        vm.expectEmit();
        emit IEscrow.Deposited(1, alice, 70);
        uint32 account = escrow.deposit(bob, 70);
        vm.stopPrank();

        assertEq(account, 1);
        assertEq(escrow.accountOf(bob), 1);
        assertEq(escrow.accountCount(), 2);
        assertEq(escrow.availableOf(bob), 70);
        assertEq(escrow.availableOf(alice), 0);
        assertEq(token.balanceOf(address(escrow)), 70);
    }

    function test_SecondDepositKeepsTheAccount() public {
        uint32 first = _fund(escrow, bob, 1);
        uint32 other = _fund(escrow, alice, 2);
        assertEq(_fund(escrow, bob, 4), first);
        assertNotEq(other, first);
        assertEq(escrow.accountCount(), 3);
        assertEq(escrow.availableOf(bob), 5);
    }

    function test_BareTransferIsNotCredited() public {
        _fund(escrow, bob, 10);
        vm.prank(alice);
        token.transfer(address(escrow), 99);
        assertEq(_owed(escrow), 10);
        vm.prank(bob);
        escrow.withdraw(bob, 10);
        assertEq(token.balanceOf(address(escrow)), 99);
    }

    function testFuzz_Deposit(uint96 first, uint96 second) public {
        first = uint96(bound(first, 1, SUPPLY / 2));
        second = uint96(bound(second, 1, SUPPLY / 2));
        _fund(escrow, bob, first);
        _fund(escrow, mallory, second);
        assertEq(escrow.availableOf(bob), first);
        assertEq(escrow.availableOf(mallory), second);
        assertEq(token.balanceOf(address(escrow)), _owed(escrow));
    }
}

contract EscrowPermitTest is EscrowFixture {
    bytes32 internal constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    DevToken internal token;
    Escrow internal escrow;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
    }

    function _sign(uint256 amount, uint256 deadline) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPEHASH, alice, address(escrow), amount, token.nonces(alice), deadline)
        );
        return vm.sign(aliceKey, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash)));
    }

    function test_RevertWhen_PermitIsWrongAndNothingIsAllowed() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(100, block.timestamp);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, 101)
        );
        vm.prank(alice);
        escrow.depositWithPermit(101, block.timestamp, v, r, s);
    }

    function test_RevertWhen_SomebodyElseUsesThePermit() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(100, block.timestamp);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, 100)
        );
        vm.prank(mallory);
        escrow.depositWithPermit(100, block.timestamp, v, r, s);
    }

    function test_RevertWhen_PermittedAmountIsZero() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(0, block.timestamp);
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        vm.prank(alice);
        escrow.depositWithPermit(0, block.timestamp, v, r, s);
    }

    function test_DepositsWithoutAnApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(100, block.timestamp);
        vm.prank(alice);
        uint32 account = escrow.depositWithPermit(100, block.timestamp, v, r, s);
        assertEq(account, 1);
        assertEq(escrow.availableOf(alice), 100);
        assertEq(token.allowance(alice, address(escrow)), 0);
    }

    function test_FrontRunPermitStillDeposits() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign(100, block.timestamp);
        vm.prank(mallory);
        token.permit(alice, address(escrow), 100, block.timestamp, v, r, s);

        vm.prank(alice);
        escrow.depositWithPermit(100, block.timestamp, v, r, s);
        assertEq(escrow.availableOf(alice), 100);
    }

    function test_TokenWithoutPermitUsesTheAllowance() public {
        NoReturnToken old = new NoReturnToken(alice, SUPPLY);
        escrow = _newEscrow(address(old));
        vm.startPrank(alice);
        old.approve(address(escrow), 5);
        escrow.depositWithPermit(5, block.timestamp, 27, bytes32(uint256(1)), bytes32(uint256(2)));
        assertEq(escrow.availableOf(alice), 5);
    }
}

contract EscrowWithdrawTest is EscrowFixture {
    DevToken internal token;
    Escrow internal escrow;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
        _fund(escrow, bob, 100);
    }

    function test_RevertWhen_ToIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        vm.prank(bob);
        escrow.withdraw(address(0), 1);
    }

    function test_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        vm.prank(bob);
        escrow.withdraw(bob, 0);
    }

    function test_RevertWhen_CallerHasNoAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoAccount.selector, mallory));
        vm.prank(mallory);
        escrow.withdraw(mallory, 1);
    }

    function test_RevertWhen_BalanceIsShort() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, bob, 100, 101));
        vm.prank(bob);
        escrow.withdraw(bob, 101);
    }

    function test_RevertWhen_BalanceIsLocked() public {
        vm.prank(agreements);
        escrow.lock(bob, 60, 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, bob, 40, 41));
        vm.prank(bob);
        escrow.withdraw(bob, 41);
    }

    function test_RevertWhen_ToIsTheEscrow() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 0, 10));
        vm.prank(bob);
        escrow.withdraw(address(escrow), 10);
    }

    function test_SendsToWhomTheOwnerSays() public {
        vm.expectEmit();
        emit IEscrow.Withdrawn(1, mallory, 30);
        vm.prank(bob);
        escrow.withdraw(mallory, 30);
        assertEq(token.balanceOf(mallory), 30);
        assertEq(escrow.availableOf(bob), 70);
    }

    function testFuzz_WithdrawWhatWasDeposited(uint96 amount, uint96 part) public {
        amount = uint96(bound(amount, 2, SUPPLY - 100));
        part = uint96(bound(part, 1, amount - 1));
        _fund(escrow, mallory, amount);
        vm.startPrank(mallory);
        escrow.withdraw(mallory, part);
        assertEq(token.balanceOf(address(escrow)), _owed(escrow));
        escrow.withdraw(mallory, amount - part);
        assertEq(token.balanceOf(mallory), amount);
        assertEq(token.balanceOf(address(escrow)), 100);
    }
}

contract EscrowSweepTest is EscrowFixture {
    DevToken internal token;
    Escrow internal escrow;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
        _fund(escrow, bob, 100);
    }

    function test_RevertWhen_NothingWasBurned() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.sweepBurned();
    }

    function test_SendsBurnedTokensToTheBurnAddress() public {
        vm.prank(agreements);
        escrow.lock(bob, 50, 7);

        vm.expectEmit();
        emit IEscrow.BurnSwept(7);
        vm.prank(mallory);
        escrow.sweepBurned();

        assertEq(token.balanceOf(0x000000000000000000000000000000000000dEaD), 7);
        assertEq(token.balanceOf(address(escrow)), 93);
        assertEq(_owed(escrow), 93);
    }
}
