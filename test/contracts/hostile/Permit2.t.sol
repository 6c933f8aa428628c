// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallets.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {Permit2Mock} from "../../../contracts/mocks/Permit2Mock.sol";
import {CallbackToken} from "../../../contracts/mocks/CallbackToken.sol";
import {SilentToken} from "../../../contracts/mocks/HostileTransfers.sol";

/// @dev A Permit2 that takes the signature for granted and calls back.
contract LyingPermit2 is IPermit2 {
    bytes public callback;

    function setCallback(bytes calldata data) external {
        callback = data;
    }

    function permitTransferFrom(
        PermitTransferFrom calldata,
        SignatureTransferDetails calldata,
        address,
        bytes calldata
    ) external {
        if (callback.length == 0) return;
        (bool ok, bytes memory answer) = msg.sender.call(callback);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

/// @notice [18] [19] [24] to [28] for deposits by Permit2, beyond unit/Escrow.permit2: only the owner's account, only what was signed, only here, once.
contract Permit2Test is EscrowFixture {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant AMOUNT = 5 ether;

    DevToken private token;
    Permit2Mock private permit2;
    Escrow private escrow;
    uint256 private deadline;

    function setUp() public {
        token = new DevToken(alice, SUPPLY);
        permit2 = new Permit2Mock();
        escrow = _escrowWith(address(token), permit2);
        vm.prank(alice);
        token.approve(address(permit2), type(uint256).max);
        deadline = block.timestamp + 1 hours;
    }

    function _escrowWith(address token_, IPermit2 permit2_) private returns (Escrow) {
        address[] memory lockers = new address[](1);
        lockers[0] = agreements;
        return new Escrow(DevToken(token_), permit2_, lockers);
    }

    function _sign(
        uint256 key,
        address token_,
        uint256 amount,
        uint256 nonce,
        address spender
    ) private view returns (bytes memory) {
        IPermit2.PermitTransferFrom memory permit = IPermit2.PermitTransferFrom(
            IPermit2.TokenPermissions(token_, amount),
            nonce,
            deadline
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, permit2.digestOf(permit, spender));
        return abi.encodePacked(r, s, v);
    }

    function _good() private view returns (bytes memory) {
        return _sign(aliceKey, address(token), AMOUNT, 0, address(escrow));
    }

    function _refused(address owner, uint256 amount, uint256 nonce, uint256 until, bytes memory signature) private {
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        escrow.depositWithPermit2(owner, amount, nonce, until, signature);
    }

    /// @dev [24] Not a second time in another form, either: the nonce is used.
    function test_RevertWhen_UsedAgainInAnotherForm() public {
        bytes memory signature = _good();
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
        (bytes32 r, bytes32 s, uint8 v) = (_word(signature, 0), _word(signature, 32), uint8(signature[64]));
        bytes memory mirrored = abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, mirrored);
    }

    function _word(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }

    function test_RevertWhen_AmountIsLess() public {
        _refused(alice, AMOUNT - 1, 0, deadline, _good());
    }

    function test_RevertWhen_NonceIsAnother() public {
        _refused(alice, AMOUNT, 1, deadline, _good());
    }

    function test_RevertWhen_DeadlineIsAnother() public {
        _refused(alice, AMOUNT, 0, deadline + 1, _good());
    }

    function test_RevertWhen_SignedForAnotherSpender() public {
        _refused(alice, AMOUNT, 0, deadline, _sign(aliceKey, address(token), AMOUNT, 0, mallory));
    }

    function test_RevertWhen_SignedForAnotherToken() public {
        _refused(alice, AMOUNT, 0, deadline, _sign(aliceKey, address(this), AMOUNT, 0, address(escrow)));
    }

    function test_RevertWhen_SignedForAnotherChain() public {
        bytes memory signature = _good();
        vm.chainId(block.chainid + 1);
        _refused(alice, AMOUNT, 0, deadline, signature);
    }

    function test_RevertWhen_NonceIsRevoked() public {
        bytes memory signature = _good();
        vm.prank(alice);
        permit2.invalidateUnorderedNonces(0, 1);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
    }

    /// @dev [12] Until the deadline, and not a second longer.
    function test_DeadlineIsInclusive() public {
        bytes memory signature = _good();
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Mock.SignatureExpired.selector, deadline));
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
        vm.warp(deadline);
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
    }

    /// @dev [28] Sent first by somebody else it has done all that it was signed for.
    function test_FrontRunDepositsForTheOwner() public {
        bytes memory signature = _good();
        vm.prank(mallory);
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
        assertEq(escrow.availableOf(alice), AMOUNT);
        // Nor can a thief pay somebody else with it, around the escrow.
        IPermit2.PermitTransferFrom memory permit = IPermit2.PermitTransferFrom(
            IPermit2.TokenPermissions(address(token), AMOUNT),
            1,
            deadline
        );
        signature = _sign(aliceKey, address(token), AMOUNT, 1, address(escrow));
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        vm.prank(mallory);
        permit2.permitTransferFrom(permit, IPermit2.SignatureTransferDetails(mallory, AMOUNT), alice, signature);
    }

    function test_ContractWalletDeposits() public {
        address wallet = address(new ContractWallet(alice));
        vm.prank(alice);
        token.transfer(wallet, AMOUNT);
        vm.prank(wallet);
        token.approve(address(permit2), AMOUNT);
        escrow.depositWithPermit2(wallet, AMOUNT, 0, deadline, _good());
        assertEq(escrow.availableOf(wallet), AMOUNT);
    }

    /// @dev [26] Permit2's message names no owner: what one wallet signed, another wallet of its owner has signed, too, and each pays its own account.
    function test_AnotherWalletOfTheOwnerPaysItsOwnAccount() public {
        address wallet = address(new ContractWallet(alice));
        vm.prank(alice);
        token.transfer(wallet, AMOUNT);
        vm.prank(wallet);
        token.approve(address(permit2), AMOUNT);
        bytes memory signature = _good();
        escrow.depositWithPermit2(wallet, AMOUNT, 0, deadline, signature);
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
        assertEq(escrow.availableOf(wallet), AMOUNT);
        assertEq(escrow.availableOf(alice), AMOUNT);
        assertEq(escrow.availableOf(mallory), 0);
    }

    // ------------------------------------------------------------ single fields

    function test_RevertWhen_OwnerIsZero() public {
        bytes memory signature = _good();
        vm.expectRevert(IEscrow.Escrow_ZeroAddress.selector);
        escrow.depositWithPermit2(address(0), AMOUNT, 0, deadline, signature);
    }

    function test_RevertWhen_AmountPassesTheCap() public {
        bytes4 err = IEscrow.Escrow_CapExceeded.selector;
        vm.expectRevert(abi.encodeWithSelector(err, type(uint256).max, type(uint96).max));
        escrow.depositWithPermit2(alice, type(uint256).max, 0, deadline, "");
    }

    // ------------------------------------------------- hostile Permit2s and tokens

    /// @dev [19] Whatever the contract at Permit2's address says: nothing is credited that has not arrived.
    function test_RevertWhen_Permit2MovesNothing() public {
        escrow = _escrowWith(address(token), new LyingPermit2());
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 0, AMOUNT));
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, "");
    }

    /// @dev [18] It cannot deposit inside the deposit and have it counted twice, nor withdraw.
    function test_RevertWhen_Permit2Reenters() public {
        LyingPermit2 liar = new LyingPermit2();
        escrow = _escrowWith(address(token), liar);
        bytes[4] memory calls = [
            abi.encodeCall(escrow.deposit, (alice, AMOUNT)),
            abi.encodeCall(escrow.withdraw, (alice, AMOUNT)),
            abi.encodeCall(escrow.sweepBurned, ()),
            abi.encodeCall(escrow.depositWithPermit2, (alice, AMOUNT, 0, deadline, ""))
        ];
        for (uint256 i; i < calls.length; ++i) {
            liar.setCallback(calls[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, "");
        }
    }

    function test_RevertWhen_TokenMovesNothing() public {
        vm.etch(address(token), address(new SilentToken()).code);
        bytes memory signature = _good();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 0, AMOUNT));
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
    }

    function test_RevertWhen_TokenReenters() public {
        vm.etch(address(token), address(new CallbackToken(address(1), 0)).code);
        CallbackToken(address(token)).setCallback(address(escrow), abi.encodeCall(escrow.deposit, (alice, 1)));
        bytes memory signature = _good();
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        escrow.depositWithPermit2(alice, AMOUNT, 0, deadline, signature);
    }
}
