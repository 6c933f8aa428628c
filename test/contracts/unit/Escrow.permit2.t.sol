// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallets.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {FeeOnTransferToken} from "../../../contracts/mocks/FeeOnTransferToken.sol";
import {Permit2Mock} from "../../../contracts/mocks/Permit2Mock.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";

contract EscrowPermit2Test is EscrowFixture {
    uint256 private constant AMOUNT = 100;
    uint256 private constant NONCE = 7;

    Permit2Mock private permit2;
    DevToken private token;
    Escrow private escrow;
    uint256 private deadline;

    function setUp() public {
        vm.warp(1_800_000_000);
        deadline = block.timestamp + 1 hours;
        permit2 = new Permit2Mock();
        token = new DevToken(alice, SUPPLY);
        escrow = _newEscrowWith(token, permit2);
        vm.prank(alice);
        token.approve(address(permit2), type(uint256).max);
    }

    function _newEscrowWith(IERC20 token_, IPermit2 permit2_) private returns (Escrow) {
        return new Escrow(token_, permit2_, new address[](0));
    }

    function _permit(uint256 nonce) private view returns (IPermit2.PermitTransferFrom memory) {
        return IPermit2.PermitTransferFrom(IPermit2.TokenPermissions(address(token), AMOUNT), nonce, deadline);
    }

    function _sign(IPermit2.PermitTransferFrom memory permit, address spender) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, permit2.digestOf(permit, spender));
        return abi.encodePacked(r, s, v);
    }

    function _good(uint256 nonce) private view returns (bytes memory) {
        return _sign(_permit(nonce), address(escrow));
    }

    function _deposit(uint256 nonce, bytes memory signature) private returns (uint32) {
        return escrow.depositWithPermit2(alice, AMOUNT, nonce, deadline, signature);
    }

    function _checkCredited(uint256 amount) private view {
        assertEq(escrow.availableOf(alice), amount);
        assertEq(token.balanceOf(address(escrow)), amount);
        assertEq(_owed(escrow), amount);
    }

    // --------------------------------------------------------------- the stand-in

    /// @dev By hand, so that stand-in and test cannot be wrong together: Permit2's type strings, and a domain with a name and no version.
    function test_StandInSignsWhatPermit2Signs() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                address(permit2)
            )
        );
        bytes32 permitted = keccak256(
            abi.encode(keccak256("TokenPermissions(address token,uint256 amount)"), address(token), AMOUNT)
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
                ),
                permitted,
                address(escrow),
                NONCE,
                deadline
            )
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", domain, message));
        assertEq(permit2.digestOf(_permit(NONCE), address(escrow)), digest);
    }

    // ------------------------------------------------------------------ depositing

    function test_AnyoneSendsWhatTheOwnerSigned() public {
        bytes memory signature = _good(NONCE);
        vm.expectEmit(address(escrow));
        emit IEscrow.Deposited(1, alice, AMOUNT);
        vm.prank(mallory);
        assertEq(_deposit(NONCE, signature), 1);
        _checkCredited(AMOUNT);
        assertEq(escrow.availableOf(mallory), 0);
        assertEq(token.allowance(alice, address(escrow)), 0);
    }

    /// @dev [28] Sent by somebody else first, the money is where it was to go; only the second sending fails.
    function test_FrontRunThroughTheEscrowCreditsTheOwner() public {
        bytes memory signature = _good(NONCE);
        vm.prank(mallory);
        _deposit(NONCE, signature);
        _checkCredited(AMOUNT);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        vm.prank(alice);
        _deposit(NONCE, signature);
        _checkCredited(AMOUNT);
    }

    /// @dev [28] Taken out of the transaction and brought to Permit2 directly, it moves nothing: the spender is who calls.
    function test_RevertWhen_FrontRunAtPermit2() public {
        bytes memory signature = _good(NONCE);
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        vm.prank(mallory);
        permit2.permitTransferFrom(
            _permit(NONCE),
            IPermit2.SignatureTransferDetails(mallory, AMOUNT),
            alice,
            signature
        );
        _deposit(NONCE, signature);
        _checkCredited(AMOUNT);
    }

    function test_RevertWhen_AnotherIsToBeCredited() public {
        bytes memory signature = _good(NONCE);
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        vm.prank(mallory);
        escrow.depositWithPermit2(mallory, AMOUNT, NONCE, deadline, signature);
    }

    function test_RevertWhen_SignedForAnotherSpender() public {
        Escrow other = _newEscrowWith(token, permit2);
        bytes memory signature = _sign(_permit(NONCE), address(other));
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        _deposit(NONCE, signature);
    }

    function test_RevertWhen_TheAmountIsAnother() public {
        bytes memory signature = _good(NONCE);
        uint256[2] memory others = [AMOUNT - 1, AMOUNT + 1];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(Permit2Mock.InvalidSigner.selector);
            escrow.depositWithPermit2(alice, others[i], NONCE, deadline, signature);
        }
    }

    function test_RevertWhen_TheAmountIsZero() public {
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.depositWithPermit2(alice, 0, NONCE, deadline, "");
    }

    function test_RevertWhen_SignedForAnotherToken() public {
        IPermit2.PermitTransferFrom memory permit = _permit(NONCE);
        permit.permitted.token = address(new DevToken(alice, SUPPLY));
        bytes memory signature = _sign(permit, address(escrow));
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        _deposit(NONCE, signature);
    }

    function test_RevertWhen_SignedForAnotherChain() public {
        bytes memory signature = _good(NONCE);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        _deposit(NONCE, signature);
    }

    function test_DeadlineIsInclusive() public {
        bytes memory signature = _good(NONCE);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Mock.SignatureExpired.selector, deadline));
        _deposit(NONCE, signature);
        vm.warp(deadline);
        _deposit(NONCE, signature);
    }

    /// @dev Nonces need no order; word and bit both count.
    function test_NoncesAreUnordered() public {
        uint256[5] memory nonces = [type(uint256).max, 0, 256, 255, 511];
        for (uint256 i; i < nonces.length; ++i) {
            _deposit(nonces[i], _good(nonces[i]));
        }
        _checkCredited(5 * AMOUNT);
        bytes memory again = _good(255);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        _deposit(255, again);
    }

    function test_RevertWhen_TheOwnerRevokedTheNonce() public {
        bytes memory signature = _good(NONCE);
        vm.prank(alice);
        permit2.invalidateUnorderedNonces(0, 1 << NONCE);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        _deposit(NONCE, signature);
    }

    // ------------------------------------------------------------------ signatures

    function test_ShortSignatureServes() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, permit2.digestOf(_permit(NONCE), address(escrow)));
        bytes32 vs = v == 28 ? s | bytes32(uint256(1) << 255) : s;
        _deposit(NONCE, abi.encodePacked(r, vs));
        _checkCredited(AMOUNT);
    }

    /// @dev [24] The other encoding of a used signature is another signature, but the same nonce.
    function test_RevertWhen_ReplayedInAnotherEncoding() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, permit2.digestOf(_permit(NONCE), address(escrow)));
        _deposit(NONCE, abi.encodePacked(r, s, v));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory high = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        _deposit(NONCE, high);
    }

    function test_RevertWhen_TheSignatureIsMalformed() public {
        vm.expectRevert(Permit2Mock.InvalidSignatureLength.selector);
        _deposit(NONCE, new bytes(66));
        vm.expectRevert(Permit2Mock.InvalidSignature.selector);
        _deposit(NONCE, new bytes(65));
    }

    function test_ContractWalletOwns() public {
        ContractWallet wallet = new ContractWallet(alice);
        vm.prank(alice);
        token.transfer(address(wallet), 2 * AMOUNT);
        vm.prank(address(wallet));
        token.approve(address(permit2), 2 * AMOUNT);

        bytes memory signature = _good(NONCE);
        escrow.depositWithPermit2(address(wallet), AMOUNT, NONCE, deadline, signature);
        assertEq(escrow.availableOf(address(wallet)), AMOUNT);
        assertEq(escrow.availableOf(alice), 0);

        wallet.close();
        signature = _good(NONCE + 1);
        vm.expectRevert(Permit2Mock.InvalidContractSignature.selector);
        escrow.depositWithPermit2(address(wallet), AMOUNT, NONCE + 1, deadline, signature);
    }

    // ------------------------------------------------------------------- the chain

    function test_RevertWhen_TheMarketHasNoPermit2() public {
        Escrow without = _newEscrow(address(token));
        assertEq(address(without.permit2()), address(0));
        vm.expectRevert(IEscrow.Escrow_NoPermit2.selector);
        without.depositWithPermit2(alice, AMOUNT, NONCE, deadline, "");
    }

    function test_RevertWhen_TheOwnerDidNotApprovePermit2() public {
        vm.prank(alice);
        token.approve(address(permit2), AMOUNT - 1);
        bytes memory signature = _good(NONCE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(permit2),
                AMOUNT - 1,
                AMOUNT
            )
        );
        _deposit(NONCE, signature);
    }

    function test_RevertWhen_TheTokenKeepsAFee() public {
        FeeOnTransferToken taxed = new FeeOnTransferToken(alice, SUPPLY);
        taxed.setFee(100, false);
        vm.prank(alice);
        taxed.approve(address(permit2), AMOUNT);
        Escrow taxing = _newEscrowWith(taxed, permit2);
        IPermit2.PermitTransferFrom memory permit = _permit(NONCE);
        permit.permitted.token = address(taxed);
        bytes memory signature = _sign(permit, address(taxing));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, AMOUNT - 1, AMOUNT));
        taxing.depositWithPermit2(alice, AMOUNT, NONCE, deadline, signature);
    }

    /// @dev A contract at Permit2's place that says yes and moves nothing credits nothing.
    function test_RevertWhen_NothingArrives() public {
        Escrow fooled = _newEscrowWith(token, IPermit2(address(new SilentPermit2())));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 0, AMOUNT));
        fooled.depositWithPermit2(alice, AMOUNT, NONCE, deadline, "");
    }
}

contract SilentPermit2 is IPermit2 {
    // solhint-disable-next-line no-empty-blocks
    function permitTransferFrom(
        PermitTransferFrom calldata,
        SignatureTransferDetails calldata,
        address,
        bytes calldata
    ) external {}
}
