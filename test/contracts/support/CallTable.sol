// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditAnswers} from "./AuditAnswers.sol";
import {Signing} from "./Signing.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Calls that are valid or fail for one exact reason, made one after the other from the same state.
/// @dev Provider 0 holds `id` of `client` for the periods [start, end), provider 1 could take it over.
abstract contract CallTable is AuditAnswers {
    using Signing for *;

    /// @notice A call as its caller would make it now.
    struct Call {
        address caller;
        address target;
        bytes data;
    }

    bytes32 internal constant OBJECT = keccak256("object");
    uint32 internal constant UNITS = 4;
    uint24 internal constant TERM = 5;
    uint256 internal constant RENT = uint256(UNITS) * PRICE;
    bytes internal constant OK = "";
    /// @dev Who tops up; every test that does funds it.
    address internal constant PAYER = address(0xA11);

    Provider internal holder;
    Provider internal successor;
    AgreementId internal id;
    uint32 internal start;
    uint32 internal end;

    function setUp() public virtual override {
        super.setUp();
        _addProviders(2);
        (holder, successor) = (providers[0], providers[1]);
        id = _formNew(holder, OBJECT, UNITS, TERM);
        start = proofs.currentPeriod() + 1;
        end = start + TERM;
    }

    /// @dev Makes the call: it must revert with `err`, or succeed when that is empty.
    function _expect(Call memory call, bytes memory err, string memory what) internal {
        vm.prank(call.caller);
        (bool ok, bytes memory answer) = call.target.call(call.data);
        assertEq(ok, err.length == 0, string.concat("outcome ", what));
        if (!ok) assertEq(answer, err, string.concat("error ", what));
    }

    /// @dev The valid call succeeds, and from the same state the one with a single change fails with `err`.
    function _single(Call memory valid, Call memory changed, bytes memory err) internal {
        assertTrue(err.length != 0, "an error is expected");
        uint256 snapshot = vm.snapshotState();
        _expect(valid, OK, "of the valid call");
        vm.revertToState(snapshot);
        _expect(changed, err, "of the changed call");
    }

    /// @dev The same, with another caller of the same call.
    function _byAnother(Call memory valid, address caller, bytes memory err) internal {
        _single(valid, Call(caller, valid.target, valid.data), err);
    }

    /// @dev The same, with other data of the same call.
    function _with(Call memory valid, bytes memory data, bytes memory err) internal {
        _single(valid, Call(valid.caller, valid.target, data), err);
    }

    // ------------------------------------------------------------------- calls

    function _proveCall() internal view returns (Call memory) {
        uint32 period = proofs.currentPeriod();
        bytes memory proof = _proof(holder.id);
        return Call(address(this), address(proofs), abi.encodeCall(proofs.prove, (holder.id, period, proof)));
    }

    function _recordMissesCall() internal view returns (Call memory) {
        return Call(address(this), address(proofs), abi.encodeCall(proofs.recordMisses, (holder.id, 0)));
    }

    function _settleCall() internal view returns (Call memory) {
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = id;
        return Call(address(this), address(agreements), abi.encodeCall(agreements.settle, (ids)));
    }

    function _endCall() internal view returns (Call memory) {
        return Call(address(this), address(agreements), abi.encodeCall(agreements.end, (id)));
    }

    function _concedeCall() internal view returns (Call memory) {
        return Call(holder.operator, address(agreements), abi.encodeCall(agreements.concede, (id)));
    }

    function _noticeCall() internal view returns (Call memory) {
        return Call(client, address(agreements), abi.encodeCall(agreements.giveNotice, (id)));
    }

    function _topUpCall() internal view returns (Call memory) {
        bytes memory data = abi.encodeCall(agreements.topUp, (id, PAYER, 3, holder.askId));
        return Call(PAYER, address(agreements), data);
    }

    function _formCall(StorageAgreement memory a, Provider memory p) internal view returns (Call memory) {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(p.nodeKey, _agreementsDigest(a.hashOf()));
        return Call(a.client, address(agreements), abi.encodeCall(agreements.form, (list, signatures, "")));
    }

    function _renewal() internal returns (Renewal memory) {
        return Renewal(id, client, 3, nextNonce++, uint64(block.timestamp + 1 days));
    }

    function _renewCall(Renewal memory r) internal view returns (Call memory) {
        bytes memory signature = _sign(holder.nodeKey, _agreementsDigest(r.hashOf()));
        return Call(client, address(agreements), abi.encodeCall(agreements.renew, (r, signature, "")));
    }

    function _handover() internal returns (Handover memory) {
        return Handover(id, OBJECT, successor.id, nextNonce++, uint64(block.timestamp + 1 days));
    }

    function _handOverCall(Handover memory h) internal view returns (Call memory) {
        bytes memory signature = _sign(successor.nodeKey, _agreementsDigest(h.hashOf()));
        return Call(holder.operator, address(agreements), abi.encodeCall(agreements.handOver, (h, signature)));
    }

    function _agreementsDigest(bytes32 structHash) internal view returns (bytes32) {
        return _digest("Stowmarket Agreements", address(agreements), structHash);
    }
}
