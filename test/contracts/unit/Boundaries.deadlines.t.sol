// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {CallTable} from "../support/CallTable.sol";
import {NodeKeys} from "../support/NodeKeys.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [12] Every entry point that depends on the time of day: one second before, at and one second after its bound.
contract DeadlineBoundariesTest is CallTable {
    /// @dev The bound of every test, far enough off for the set-up.
    uint64 private bound_;

    function setUp() public override {
        super.setUp();
        _fund(PAYER, 1 ether);
        bound_ = uint64(block.timestamp + 1 hours);
    }

    /// @dev Makes the call one second before, at and one second after the bound.
    function _around(Call memory call, bytes memory early, bytes memory exact, bytes memory late) private {
        bytes[3] memory errors = [early, exact, late];
        for (uint256 i; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.warp(bound_ + i - 1);
            _expect(call, errors[i], string.concat("at column ", vm.toString(i)));
            vm.revertToState(snapshot);
        }
    }

    function _expired() private view returns (bytes memory) {
        return abi.encodeWithSelector(IAgreements.Agreements_Expired.selector, 0, bound_, bound_ + 1);
    }

    function test_FormUntilTheDeadline() public {
        StorageAgreement memory a = _agreement(successor, keccak256("another"), 0, UNITS, TERM);
        a.deadline = bound_;
        _around(_formCall(a, successor), OK, OK, _expired());
    }

    function test_RenewUntilTheDeadline() public {
        Renewal memory r = _renewal();
        r.deadline = bound_;
        _around(_renewCall(r), OK, OK, _expired());
    }

    function test_HandOverUntilTheDeadline() public {
        Handover memory h = _handover();
        h.deadline = bound_;
        _around(_handOverCall(h), OK, OK, _expired());
    }

    function test_RegisterUntilTheDeadline() public {
        address operator = holder.operator;
        _fund(operator, 100 ether);
        bytes memory signature = _bind(operator, 0xA003, 826, bound_);
        bytes memory data = abi.encodeCall(
            registry.register,
            (NodeKeys.publicKeyOf(0xA003), 826, "", bound_, signature)
        );
        _around(
            Call(operator, address(registry), data),
            OK,
            OK,
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_Expired.selector, bound_, bound_ + 1)
        );
    }

    /// @dev An ask's expiry is the first second in which it is gone.
    function test_FormBeforeTheAskExpires() public {
        (StorageAgreement memory a, uint64 askId) = _agreementWithAsk();
        bytes memory expired = abi.encodeWithSelector(IAsks.OrderBook_AskExpired.selector, askId, bound_);
        _around(_formCall(a, successor), OK, expired, expired);
    }

    function _agreementWithAsk() private returns (StorageAgreement memory a, uint64 askId) {
        Ask memory ask = _ask(successor.id);
        ask.expiry = uint40(bound_);
        vm.prank(successor.operator);
        askId = orderBook.postAsk(ask);
        a = _agreement(successor, keccak256("another"), 0, UNITS, TERM);
        (a.askId, a.deadline) = (askId, bound_ + 1);
    }

    function test_TopUpBeforeTheAskExpires() public {
        Ask memory ask = _ask(holder.id);
        ask.expiry = uint40(bound_);
        vm.prank(holder.operator);
        orderBook.amendAsk(holder.askId, ask);
        bytes memory expired = abi.encodeWithSelector(IAsks.OrderBook_AskExpired.selector, holder.askId, bound_);
        _around(_topUpCall(), OK, expired, expired);
    }

    function test_PostAnAskThatExpiresLater() public {
        Ask memory ask = _ask(holder.id);
        ask.expiry = uint40(bound_);
        bytes memory invalid = abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, "expiry");
        Call memory post = Call(holder.operator, address(orderBook), abi.encodeCall(orderBook.postAsk, (ask)));
        _around(post, OK, invalid, invalid);
        post.data = abi.encodeCall(orderBook.amendAsk, (holder.askId, ask));
        _around(post, OK, invalid, invalid);
    }

    function test_WithdrawUnbondedFromTheReleaseTimeOn() public {
        vm.prank(holder.operator);
        collateral.requestUnbond(holder.id, 1 ether);
        bound_ = uint64(block.timestamp + 7 days);
        _around(
            Call(address(this), address(collateral), abi.encodeCall(collateral.withdrawUnbonded, (holder.id))),
            abi.encodeWithSelector(ICollateral.Collateral_StillUnbonding.selector, holder.id, bound_),
            OK,
            OK
        );
    }

    /// @dev What is void is told by the deadline that was signed, not by the clock.
    function test_RevokedThroughADeadline() public {
        vm.prank(successor.operator);
        registry.revokeSignatures(successor.id, bound_);
        StorageAgreement memory a = _agreement(successor, keccak256("another"), 0, UNITS, TERM);
        for (uint64 i; i < 3; ++i) {
            a.deadline = bound_ + i - 1;
            bytes memory err = abi.encodeWithSelector(
                IAgreements.Agreements_SignatureRevoked.selector,
                0,
                a.deadline,
                bound_
            );
            _expect(_formCall(a, successor), i == 2 ? OK : err, vm.toString(i));
        }
    }

    function test_PermitUntilTheDeadline() public {
        (address payer, uint256 key) = makeAddrAndKey("payer");
        token.transfer(payer, 1 ether);
        bytes32 typeHash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, payer, address(escrow), 1 ether, 0, bound_));
        bytes32 digest = _digest("Stowmarket Dev Token", address(token), structHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes memory data = abi.encodeCall(escrow.depositWithPermit, (1 ether, bound_, v, r, s));
        // The token's own refusal is not passed on, since an allowance may serve: without one the transfer fails.
        bytes memory late = abi.encodeWithSelector(
            IERC20Errors.ERC20InsufficientAllowance.selector,
            address(escrow),
            0,
            1 ether
        );
        _around(Call(payer, address(escrow), data), OK, OK, late);
    }
}
