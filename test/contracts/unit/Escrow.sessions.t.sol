// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";

contract EscrowSessionTest is EscrowFixture {
    address private key = makeAddr("key");
    Escrow private escrow;

    function setUp() public {
        vm.warp(1_800_000_000);
        escrow = _newEscrow(address(new DevToken(alice, SUPPLY)));
        _fund(escrow, bob, 100);
    }

    function _authorize(uint96 budget, uint256 expiry) private {
        vm.prank(bob);
        escrow.authorizeSession(key, budget, uint40(expiry));
    }

    function _lockBy(address by, uint256 amount, uint256 burn) private {
        vm.prank(agreements);
        escrow.lockBy(bob, by, amount, burn);
    }

    function _expectInvalid(string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InvalidSession.selector, field));
    }

    function _expectNoSession(uint256 expiry) private {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, bob, key, expiry));
    }

    function _budget() private view returns (uint96 budget) {
        (budget, ) = escrow.sessions(bob, key);
    }

    function test_RevertWhen_TheSessionIsInvalid() public {
        vm.startPrank(bob);
        _expectInvalid("key");
        escrow.authorizeSession(address(0), 1, uint40(block.timestamp + 1));
        _expectInvalid("key");
        escrow.authorizeSession(bob, 1, uint40(block.timestamp + 1));
        _expectInvalid("budget");
        escrow.authorizeSession(key, 0, uint40(block.timestamp + 1));
        _expectInvalid("expiry");
        escrow.authorizeSession(key, 1, uint40(block.timestamp));
    }

    function test_KeySpendsItsBudgetBurnIncluded() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.SessionAuthorized(bob, key, 60, uint40(block.timestamp + 10));
        _authorize(60, block.timestamp + 10);
        vm.expectEmit(address(escrow));
        emit IEscrow.SessionSpent(bob, key, 50, 10);
        _lockBy(key, 45, 5);
        assertEq(_budget(), 10);
        assertEq(escrow.availableOf(bob), 50);
        assertEq(escrow.lockedBy(agreements), 45);
        _lockBy(key, 10, 0);
        assertEq(_budget(), 0);
    }

    function test_RevertWhen_TheBudgetIsShort() public {
        _authorize(60, block.timestamp + 10);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_SessionBudgetExceeded.selector, bob, key, 60, 61));
        _lockBy(key, 56, 5);
    }

    function test_RevertWhen_TheBudgetIsMoreThanThereIs() public {
        _authorize(type(uint96).max, block.timestamp + 10);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, bob, 100, 101));
        _lockBy(key, 101, 0);
    }

    function test_RevertWhen_NeverAuthorizedOrExpired() public {
        _expectNoSession(0);
        _lockBy(key, 1, 0);
        uint256 expiry = block.timestamp + 10;
        _authorize(60, expiry);
        vm.warp(expiry - 1);
        _lockBy(key, 1, 0);
        vm.warp(expiry);
        _expectNoSession(expiry);
        _lockBy(key, 1, 0);
    }

    function test_RevertWhen_Revoked() public {
        _authorize(60, block.timestamp + 10);
        vm.expectEmit(address(escrow));
        emit IEscrow.SessionRevoked(bob, key);
        vm.prank(bob);
        escrow.revokeSession(key);
        _expectNoSession(0);
        _lockBy(key, 1, 0);
        _expectNoSession(0);
        vm.prank(bob);
        escrow.revokeSession(key);
    }

    function test_NewSessionReplacesTheOldOne() public {
        _authorize(60, block.timestamp + 10);
        _lockBy(key, 50, 0);
        _authorize(20, block.timestamp + 5);
        (uint96 budget, uint40 expiry) = escrow.sessions(bob, key);
        assertEq(budget, 20);
        assertEq(expiry, block.timestamp + 5);
    }

    function test_OwnerNeedsNoSession() public {
        _lockBy(bob, 100, 0);
        assertEq(escrow.availableOf(bob), 0);
    }

    function test_KeyOfOneOwnerIsNobodyToAnother() public {
        _fund(escrow, mallory, 100);
        _authorize(60, block.timestamp + 10);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, mallory, key, 0));
        vm.prank(agreements);
        escrow.lockBy(mallory, key, 1, 0);
    }

    /// @dev Not the key itself either: what it may spend goes into the market and nowhere else.
    function test_RevertWhen_CallerIsNotAMarketContract() public {
        _authorize(60, block.timestamp + 10);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, key));
        vm.prank(key);
        escrow.lockBy(bob, key, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoAccount.selector, key));
        vm.prank(key);
        escrow.withdraw(key, 1);
        assertEq(_budget(), 60);
    }
}
