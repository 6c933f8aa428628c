// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {DoubleEntryToken, LegacyEntry, RebasingToken} from "../../../contracts/mocks/HostileBalances.sol";
import {DeafPermitToken, NoPermitToken} from "../../../contracts/mocks/HostilePermits.sol";

/// @notice [19] [28] What single moves of hostile tokens do not show: several parties, second entrances, permits without an allowance behind them.
contract TokenOdditiesTest is EscrowFixture {
    DevToken private token;
    Escrow private escrow;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrow(address(token));
        _fund(escrow, bob, 100);
        _fund(escrow, mallory, 100);
    }

    /// @dev The known limit of rebasing tokens: what a rebase took is missing to whoever leaves last, and to nobody before. The books stay as they are.
    function test_RebasedDownTheFirstLeaveInFull() public {
        vm.etch(address(token), address(new RebasingToken()).code);
        RebasingToken(address(token)).rebase(75);
        vm.prank(bob);
        escrow.withdraw(bob, 99);
        assertEq(token.balanceOf(bob), 99);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        vm.prank(mallory);
        escrow.withdraw(mallory, 99);
        assertEq(escrow.availableOf(mallory), 100);
        vm.prank(mallory);
        escrow.withdraw(mallory, 51);
        assertEq(token.balanceOf(mallory), 51);
    }

    /// @dev What a rebase adds cannot be taken out by anybody.
    function test_RebasedUpTheSurplusIsNobodys() public {
        vm.etch(address(token), address(new RebasingToken()).code);
        RebasingToken(address(token)).rebase(200);
        vm.prank(bob);
        escrow.withdraw(bob, 100);
        vm.prank(mallory);
        escrow.withdraw(mallory, 100);
        assertEq(_owed(escrow), 0);
        assertEq(token.balanceOf(address(escrow)), 200);
    }

    /// @dev Tokens that come in by a token's other address are a gift like any bare transfer: credited to nobody, and nobody's sweep takes them.
    function test_SecondEntranceCreditsNobody() public {
        vm.etch(address(token), address(new DoubleEntryToken()).code);
        LegacyEntry legacy = new LegacyEntry(DoubleEntryToken(address(token)));
        DoubleEntryToken(address(token)).setLegacy(legacy);
        uint256 owed = _owed(escrow);
        vm.prank(alice);
        legacy.transfer(address(escrow), 1_000);
        assertEq(token.balanceOf(address(escrow)), owed + 1_000);
        assertEq(_owed(escrow), owed);

        vm.prank(agreements);
        escrow.lock(bob, 0, 40);
        escrow.sweepBurned();
        assertEq(token.balanceOf(address(escrow)), owed + 1_000 - 40);
        vm.prank(bob);
        escrow.withdraw(bob, 60);
        vm.prank(mallory);
        escrow.withdraw(mallory, 100);
        assertEq(token.balanceOf(address(escrow)), 1_000);
    }

    /// @dev A permit that says yes and grants nothing, or says no, credits nothing without an allowance.
    function test_RevertWhen_PermitGrantsNothingAndNothingIsAllowed() public {
        bytes[2] memory codes = [address(new DeafPermitToken()).code, address(new NoPermitToken()).code];
        for (uint256 i; i < 2; ++i) {
            vm.etch(address(token), codes[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, 5)
            );
            vm.prank(alice);
            escrow.depositWithPermit(5, block.timestamp, 27, 0, 0);
            assertEq(escrow.availableOf(alice), 0);
        }
    }

    /// @dev [28] An allowance that somebody's permit left is only ever that owner's to deposit: the escrow takes tokens from its caller alone.
    function test_LeftAllowanceServesItsOwnerOnly() public {
        vm.prank(alice);
        token.approve(address(escrow), 50);
        vm.startPrank(mallory);
        bytes4 err = IERC20Errors.ERC20InsufficientAllowance.selector;
        vm.expectRevert(abi.encodeWithSelector(err, address(escrow), 0, 50));
        escrow.deposit(mallory, 50);
        vm.expectRevert(abi.encodeWithSelector(err, address(escrow), 0, 50));
        escrow.depositWithPermit(50, block.timestamp, 27, 0, 0);
        vm.stopPrank();
        vm.prank(alice);
        escrow.deposit(bob, 50);
        assertEq(escrow.availableOf(bob), 150);
    }
}
