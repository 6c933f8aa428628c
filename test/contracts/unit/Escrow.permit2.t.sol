// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {FeeOnTransferToken} from "../../../contracts/mocks/FeeOnTransferToken.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {SignatureTransfer} from "../support/SignatureTransfer.sol";

contract EscrowPermit2Test is EscrowFixture {
    SignatureTransfer private permit2;
    DevToken private token;
    Escrow private escrow;

    function setUp() public {
        permit2 = new SignatureTransfer();
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrowWithPermit2(token);
        vm.prank(alice);
        token.approve(address(permit2), type(uint256).max);
    }

    function _newEscrowWithPermit2(IERC20 token_) private returns (Escrow) {
        return new Escrow(token_, permit2, new address[](0));
    }

    function _sign(IERC20 token_, address spender, uint256 amount, uint256 nonce) private view returns (bytes memory) {
        IPermit2.PermitTransferFrom memory permit = IPermit2.PermitTransferFrom(
            IPermit2.TokenPermissions(address(token_), amount),
            nonce,
            block.timestamp
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, permit2.digestOf(permit, spender));
        return abi.encodePacked(r, s, v);
    }

    function test_AnyoneSendsWhatTheOwnerSigned() public {
        bytes memory signature = _sign(token, address(escrow), 100, 7);
        vm.expectEmit(address(escrow));
        emit IEscrow.Deposited(1, alice, 100);
        vm.prank(mallory);
        assertEq(escrow.depositWithPermit2(alice, 100, 7, block.timestamp, signature), 1);
        assertEq(escrow.availableOf(alice), 100);
        assertEq(escrow.availableOf(mallory), 0);
        assertEq(token.balanceOf(address(escrow)), 100);
        assertEq(token.allowance(alice, address(escrow)), 0);
    }

    function test_RevertWhen_TheMarketHasNoPermit2() public {
        Escrow without = _newEscrow(address(token));
        assertEq(address(without.permit2()), address(0));
        vm.expectRevert(IEscrow.Escrow_NoPermit2.selector);
        without.depositWithPermit2(alice, 100, 7, block.timestamp, "");
    }

    function test_RevertWhen_UsedTwice() public {
        bytes memory signature = _sign(token, address(escrow), 100, 7);
        escrow.depositWithPermit2(alice, 100, 7, block.timestamp, signature);
        vm.expectRevert(SignatureTransfer.InvalidNonce.selector);
        escrow.depositWithPermit2(alice, 100, 7, block.timestamp, signature);
    }

    function test_RevertWhen_MoreIsTakenThanWasSigned() public {
        bytes memory signature = _sign(token, address(escrow), 100, 7);
        vm.expectRevert(SignatureTransfer.InvalidSigner.selector);
        escrow.depositWithPermit2(alice, 101, 7, block.timestamp, signature);
    }

    function test_RevertWhen_CreditedToAnother() public {
        bytes memory signature = _sign(token, address(escrow), 100, 7);
        vm.expectRevert(SignatureTransfer.InvalidSigner.selector);
        escrow.depositWithPermit2(mallory, 100, 7, block.timestamp, signature);
    }

    function test_RevertWhen_SignedForAnotherMarket() public {
        Escrow other = _newEscrowWithPermit2(token);
        bytes memory signature = _sign(token, address(other), 100, 7);
        vm.expectRevert(SignatureTransfer.InvalidSigner.selector);
        escrow.depositWithPermit2(alice, 100, 7, block.timestamp, signature);
    }

    function test_RevertWhen_AmountIsZero() public {
        bytes memory signature = _sign(token, address(escrow), 0, 7);
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.depositWithPermit2(alice, 0, 7, block.timestamp, signature);
    }

    function test_RevertWhen_TheTokenKeepsAFee() public {
        FeeOnTransferToken taxed = new FeeOnTransferToken(alice, SUPPLY);
        taxed.setFee(100, false);
        vm.prank(alice);
        taxed.approve(address(permit2), 10_000);
        Escrow taxing = _newEscrowWithPermit2(taxed);
        bytes memory signature = _sign(taxed, address(taxing), 10_000, 7);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 9_900, 10_000));
        taxing.depositWithPermit2(alice, 10_000, 7, block.timestamp, signature);
    }
}
