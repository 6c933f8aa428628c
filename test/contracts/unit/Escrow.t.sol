// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {FeeOnTransferToken} from "../../../contracts/mocks/FeeOnTransferToken.sol";
import {ReturnsFalseToken} from "../../../contracts/mocks/ReturnsFalseToken.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";
import {CallbackToken} from "../../../contracts/mocks/CallbackToken.sol";

/// @dev Shared by the test contracts below: one escrow, two market contracts, three people.
abstract contract EscrowFixture is Test {
    uint256 internal constant SUPPLY = 1e27;

    address internal agreements = makeAddr("agreements");
    address internal collateral = makeAddr("collateral");
    address internal alice;
    uint256 internal aliceKey;
    address internal bob = makeAddr("bob");
    address internal mallory = makeAddr("mallory");

    constructor() {
        (alice, aliceKey) = makeAddrAndKey("alice");
    }

    function _newEscrow(address token) internal returns (Escrow) {
        address[] memory marketContracts = new address[](2);
        marketContracts[0] = agreements;
        marketContracts[1] = collateral;
        return new Escrow(IERC20(token), marketContracts);
    }

    function _fund(Escrow escrow, address owner, uint256 amount) internal returns (uint32 account) {
        vm.startPrank(alice);
        IERC20(escrow.token()).approve(address(escrow), amount);
        account = escrow.deposit(owner, amount);
        vm.stopPrank();
    }

    /// @dev Everything that the escrow owes; account numbers run from 0 to accountCount - 1.
    function _owed(Escrow escrow) internal view returns (uint256 sum) {
        for (uint32 i = 0; i < escrow.accountCount(); ++i) {
            (, uint96 available) = escrow.accounts(i);
            sum += available;
        }
        sum += escrow.lockedBy(agreements) + escrow.lockedBy(collateral);
    }
}

contract EscrowConstructorTest is EscrowFixture {
    function test_RevertWhen_TokenIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        new Escrow(IERC20(address(0)), new address[](0));
    }

    function test_RevertWhen_MarketContractIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        new Escrow(IERC20(address(1)), new address[](1));
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
        emit IEscrow.Released(agreements, mallorys, 40);
        vm.expectEmit();
        emit IEscrow.Released(agreements, bobs, 20);
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
                amount = bound(amount, 0, escrow.lockedBy(locker));
                vm.prank(locker);
                escrow.release(bobs, amount / 3, mallorys, amount - amount / 3);
            } else if (escrow.availableOf(owner) != 0) {
                amount = bound(amount, 1, escrow.availableOf(owner));
                vm.prank(owner);
                escrow.withdraw(owner, amount);
            }
            assertEq(token.balanceOf(address(escrow)), _owed(escrow));
        }
    }
}

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
