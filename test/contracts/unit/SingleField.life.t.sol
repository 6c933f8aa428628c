// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {Signing} from "../support/Signing.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Every step of an agreement's life, one member or argument changed at a time: each with its exact error.
contract SingleFieldLifeTest is CallTable {
    using Signing for *;

    AgreementId private constant UNKNOWN = AgreementId.wrap((uint64(1) << 32) | 9);

    function setUp() public override {
        super.setUp();
        _fund(PAYER, 1_000 ether);
    }

    function _unknown() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, UNKNOWN, IAgreements.Status.None);
    }

    // ------------------------------------------------------------------- renew

    function _renewFails(Renewal memory good, Renewal memory changed, bytes memory err) private {
        _single(_renewCall(good), _renewCall(changed), err);
    }

    function test_RevertWhen_RenewingAnUnknownAgreement() public {
        (Renewal memory good, Renewal memory r) = (_renewal(), _renewal());
        r.agreement = UNKNOWN;
        _renewFails(good, r, _unknown());
    }

    function test_RevertWhen_RenewingForAnotherClient() public {
        (Renewal memory good, Renewal memory r) = (_renewal(), _renewal());
        r.client = PAYER;
        _renewFails(good, r, abi.encodeWithSelector(IAgreements.Agreements_NotClient.selector, id, PAYER));
    }

    function test_RevertWhen_RenewingForNoPeriods() public {
        (Renewal memory good, Renewal memory r) = (_renewal(), _renewal());
        r.periods = 0;
        _renewFails(good, r, abi.encodeWithSelector(IAgreements.Agreements_ZeroPeriods.selector, 0));
    }

    function test_RevertWhen_RenewingForTooManyPeriods() public {
        (Renewal memory good, Renewal memory r) = (_renewal(), _renewal());
        r.periods = type(uint24).max;
        uint256 total = uint256(type(uint24).max) + TERM;
        bytes4 err = IAgreements.Agreements_TermTooLong.selector;
        _renewFails(good, r, abi.encodeWithSelector(err, id, total, type(uint24).max));
    }

    function test_RevertWhen_RenewingWithAUsedNonce() public {
        (Renewal memory good, Renewal memory r) = (_renewal(), _renewal());
        r.nonce = 0;
        _renewFails(good, r, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, 0));
    }

    function test_RevertWhen_RenewingPastTheDeadline() public {
        (Renewal memory good, Renewal memory r) = (_renewal(), _renewal());
        r.deadline = uint64(block.timestamp - 1);
        bytes4 err = IAgreements.Agreements_Expired.selector;
        _renewFails(good, r, abi.encodeWithSelector(err, 0, r.deadline, block.timestamp));
    }

    function test_RevertWhen_RenewingByACallerWithoutSession() public {
        Call memory valid = _renewCall(_renewal());
        _byAnother(valid, PAYER, abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, PAYER, 0));
    }

    // ------------------------------------------------------------------- topUp

    function _topUpFails(bytes memory data, bytes memory err) private {
        _with(_topUpCall(), data, err);
    }

    function test_RevertWhen_ToppingUpAnUnknownAgreement() public {
        _topUpFails(abi.encodeCall(agreements.topUp, (UNKNOWN, PAYER, 3, holder.askId)), _unknown());
    }

    function test_RevertWhen_ToppingUpOutOfAnothersAccount() public {
        _topUpFails(
            abi.encodeCall(agreements.topUp, (id, client, 3, holder.askId)),
            abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, PAYER, 0)
        );
    }

    function test_RevertWhen_ToppingUpForLongerThanTheAskAllows() public {
        bytes4 err = IAsks.OrderBook_PeriodsOutOfRange.selector;
        _topUpFails(
            abi.encodeCall(agreements.topUp, (id, PAYER, 2_001, holder.askId)),
            abi.encodeWithSelector(err, holder.askId, 2_001, 1, 2_000)
        );
    }

    function test_RevertWhen_ToppingUpForNoPeriods() public {
        bytes4 err = IAsks.OrderBook_PeriodsOutOfRange.selector;
        _topUpFails(
            abi.encodeCall(agreements.topUp, (id, PAYER, 0, holder.askId)),
            abi.encodeWithSelector(err, holder.askId, 0, 1, 2_000)
        );
    }

    function test_RevertWhen_ToppingUpByAnAskOfAnother() public {
        bytes4 err = IAsks.OrderBook_WrongProvider.selector;
        _topUpFails(
            abi.encodeCall(agreements.topUp, (id, PAYER, 3, successor.askId)),
            abi.encodeWithSelector(err, successor.askId, successor.id, holder.id)
        );
    }

    function test_RevertWhen_ToppingUpByAnUnknownAsk() public {
        _topUpFails(
            abi.encodeCall(agreements.topUp, (id, PAYER, 3, 99)),
            abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 99)
        );
    }

    // ---------------------------------------------------------------- handOver

    function _handOverFails(Handover memory good, Handover memory changed, bytes memory err) private {
        _single(_handOverCall(good), _handOverCall(changed), err);
    }

    function test_RevertWhen_HandingOverAnUnknownAgreement() public {
        (Handover memory good, Handover memory h) = (_handover(), _handover());
        h.agreement = UNKNOWN;
        _handOverFails(good, h, _unknown());
    }

    function test_RevertWhen_HandingOverAnotherObject() public {
        (Handover memory good, Handover memory h) = (_handover(), _handover());
        h.objectKey = keccak256("another");
        bytes4 err = IAgreements.Agreements_WrongObject.selector;
        _handOverFails(good, h, abi.encodeWithSelector(err, id, h.objectKey));
    }

    function test_RevertWhen_HandingOverToItself() public {
        (Handover memory good, Handover memory h) = (_handover(), _handover());
        h.successor = holder.id;
        bytes4 err = IAgreements.Agreements_SameProvider.selector;
        _handOverFails(good, h, abi.encodeWithSelector(err, id, holder.id));
    }

    function test_RevertWhen_HandingOverToNobody() public {
        (Handover memory good, Handover memory h) = (_handover(), _handover());
        h.successor = 0;
        _handOverFails(good, h, abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 0));
    }

    function test_RevertWhen_HandingOverWithARevokedNonce() public {
        (Handover memory good, Handover memory h) = (_handover(), _handover());
        address node = vm.addr(successor.nodeKey);
        h.nonce = 256;
        vm.prank(node);
        agreements.revokeNonces(1, 1);
        _handOverFails(good, h, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, node, 256));
    }

    function test_RevertWhen_HandingOverPastTheDeadline() public {
        (Handover memory good, Handover memory h) = (_handover(), _handover());
        h.deadline = uint64(block.timestamp - 1);
        bytes4 err = IAgreements.Agreements_Expired.selector;
        _handOverFails(good, h, abi.encodeWithSelector(err, 0, h.deadline, block.timestamp));
    }

    function test_RevertWhen_HandingOverByTheSuccessor() public {
        address caller = successor.operator;
        bytes memory err = abi.encodeWithSelector(IAgreements.Agreements_NotProvider.selector, id, caller);
        _byAnother(_handOverCall(_handover()), caller, err);
    }

    // ------------------------------------------------- settle, end, notice, concede

    function test_RevertWhen_SettlingAnUnknownAgreement() public {
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = UNKNOWN;
        _with(_settleCall(), abi.encodeCall(agreements.settle, (ids)), _unknown());
    }

    function test_RevertWhen_EndingAnUnknownAgreement() public {
        vm.roll(proofs.openingBlock(end));
        _with(_endCall(), abi.encodeCall(agreements.end, (UNKNOWN)), _unknown());
    }

    function test_RevertWhen_GivingNoticeOfAnUnknownAgreement() public {
        _with(_noticeCall(), abi.encodeCall(agreements.giveNotice, (UNKNOWN)), _unknown());
    }

    function test_RevertWhen_GivingNoticeByTheProvider() public {
        address caller = holder.operator;
        _byAnother(
            _noticeCall(),
            caller,
            abi.encodeWithSelector(IAgreements.Agreements_NotClient.selector, id, caller)
        );
    }

    function test_RevertWhen_ConcedingAnUnknownAgreement() public {
        _with(_concedeCall(), abi.encodeCall(agreements.concede, (UNKNOWN)), _unknown());
    }

    function test_RevertWhen_ConcedingAnAgreementOfNoProvider() public {
        AgreementId nobodys = AgreementId.wrap(uint64(9) << 32);
        bytes memory err = abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9);
        _with(_concedeCall(), abi.encodeCall(agreements.concede, (nobodys)), err);
    }

    function test_RevertWhen_ConcedingByTheClient() public {
        bytes4 err = IAgreements.Agreements_NotProvider.selector;
        _byAnother(_concedeCall(), client, abi.encodeWithSelector(err, id, client));
    }
}
