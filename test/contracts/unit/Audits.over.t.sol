// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";
import {AuditFixture} from "../support/AuditFixture.sol";

/// @notice Audits beside everything else that ends an agreement.
contract AuditsOverTest is AuditFixture {
    function _status() private view returns (uint8) {
        return uint8(agreements.agreements(id).status);
    }

    function _handOver() private returns (AgreementId) {
        Handover memory h = Handover(id, OBJECT, providers[1].id, nextNonce++, uint64(block.timestamp + 1 hours));
        bytes32 typeHash = keccak256(
            "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
        );
        bytes32 structHash = keccak256(bytes.concat(typeHash, abi.encode(h)));
        bytes memory signature = _sign(
            providers[1].nodeKey,
            _digest("Stowmarket Agreements", address(agreements), structHash)
        );
        vm.prank(providers[0].operator);
        return agreements.handOver(h, signature);
    }

    // ------------------------------------------------------------ handing over

    /// @dev What cannot be answered cannot be passed on; once answered it can, and the successor answers for itself.
    function test_HandedOverOnceAnswered() public {
        uint256 audit = _openAuditAndPass();
        audits.answer(audit, _answerTo(audit));
        AgreementId former = id;
        id = _handOver();
        assertEq(agreements.agreements(id).openAudits, 0);

        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, former, IAgreements.Status.HandedOver)
        );
        audits.openAudit(former, challenger);

        uint256 before = escrow.availableOf(providers[1].operator);
        uint256 formers = escrow.availableOf(providers[0].operator);
        uint256 second = _openAuditAndPass();
        audits.answer(second, _answerTo(second));
        assertEq(escrow.availableOf(providers[1].operator) - before, AUDIT_BOND - AUDIT_BURN);
        assertEq(escrow.availableOf(providers[0].operator), formers);
        _assertConserved();
    }

    function test_UnansweredBySuccessorFailsTheSuccessor() public {
        AgreementId former = id;
        id = _handOver();
        uint256 audit = _openAudit();
        _pastDeadline(audit);
        audits.close(audit);
        assertEq(_status(), uint8(IAgreements.Status.Failed));
        assertEq(uint8(agreements.agreements(former).status), uint8(IAgreements.Status.HandedOver));
        assertEq(reputation.records(providers[1].id).failed, 1);
        assertEq(reputation.records(providers[0].id).failed, 0);
    }

    // ----------------------------------------------------------- ending by term

    function test_EndsOnceAnswered() public {
        for (uint32 period = start; period < start + TERM; ++period) {
            _toPeriod(period);
            _prove(providers[0].id);
        }
        vm.roll(proofs.openingBlock(start + TERM) - 1 - AUDIT_WINDOW);
        uint256 audit = _openAuditAndPass();
        vm.roll(audits.audits(audit).deadline);
        audits.answer(audit, _answerTo(audit));
        _toPeriod(start + TERM);
        agreements.end(id);
        assertEq(_status(), uint8(IAgreements.Status.Kept));
        _assertConserved();
    }

    /// @dev A client that gives notice during an audit neither robs the provider of its window nor itself of the audit.
    function test_NoticeDoesNotShortenTheWindow() public {
        _toPeriod(start);
        _prove(providers[0].id);
        vm.roll(proofs.openingBlock(start + 1) - 1);
        uint256 audit = _openAudit();
        uint256 deadline = audits.audits(audit).deadline;
        vm.prank(client);
        agreements.giveNotice(id);
        _toPeriod(start + 1);
        _prove(providers[0].id);
        _toPeriod(start + 2);
        assertLt(block.number, deadline);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_AuditsOpen.selector, id, 1));
        agreements.end(id);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_StillOpen.selector, audit, deadline, block.number));
        audits.close(audit);
        audits.answer(audit, _answerTo(audit));
        agreements.end(id);
        assertEq(_status(), uint8(IAgreements.Status.Kept));
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    function test_UnansweredAfterNoticeFailsBehindTheTerm() public {
        _toPeriod(start);
        _prove(providers[0].id);
        vm.roll(proofs.openingBlock(start + 1) - 1);
        uint256 audit = _openAudit();
        vm.prank(client);
        agreements.giveNotice(id);
        _toPeriod(start + 1);
        _prove(providers[0].id);
        _pastDeadline(audit);
        audits.close(audit);
        assertEq(_status(), uint8(IAgreements.Status.Failed));
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    // ------------------------------------------------------- a failed provider

    function test_FailedProviderCanStillAnswer() public {
        _toPeriod(start + 3);
        uint256 audit = _openAudit();
        _failProvider();
        assertLe(block.number, audits.audits(audit).deadline);
        audits.answer(audit, _answerTo(audit));
        assertEq(agreements.agreements(id).openAudits, 0);
        agreements.end(id);
        _assertConserved();
    }

    function test_FailedProvidersAgreementFailsByItsAudit() public {
        _toPeriod(start + 3);
        uint256 audit = _openAudit();
        _failProvider();
        _pastDeadline(audit);
        vm.expectEmit(address(audits));
        emit IAudits.AuditFailed(audit, id);
        audits.close(audit);
        assertEq(_status(), uint8(IAgreements.Status.Failed));
        assertEq(escrow.availableOf(challenger), 100 ether);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    // -------------------------------------------------------------------- caps

    function test_AnAnswerMakesRoomForAnother() public {
        uint256 audit = _openAudit();
        _openAudit();
        vm.expectPartialRevert(IAgreements.Agreements_TooManyAudits.selector);
        _openAudit();
        vm.roll(block.number + 1);
        audits.answer(audit, _answerTo(audit));
        _openAudit();
        assertEq(agreements.agreements(id).openAudits, AUDIT_MAX_OPEN);
    }

    function test_EachAgreementHasItsOwnRoom() public {
        AgreementId other = _formNew(providers[0], keccak256("other"), UNITS, TERM);
        for (uint256 i; i < AUDIT_MAX_OPEN; ++i) {
            _openAudit();
        }
        vm.prank(challenger);
        audits.openAudit(other, challenger);
        assertEq(agreements.agreements(other).openAudits, 1);
    }

    // ------------------------------------------------------------- what is left

    /// @dev The failed shard's leaves drop out of the period's draws, as a conceded one's: the provider can prove the rest.
    function test_TheRestIsStillProven() public {
        AgreementId other = _formNew(providers[0], keccak256("other"), UNITS, TERM);
        uint256 audit = _openAudit();
        _toPeriod(start);
        _prove(providers[0].id);
        _toPeriod(start + 1);
        _prove(providers[0].id);
        _toPeriod(start + 2);
        audits.close(audit);
        _prove(providers[0].id);
        assertTrue(proofs.isProven(providers[0].id, start + 2));
        assertEq(proofs.duties(providers[0].id).units, UNITS);
        assertEq(uint8(agreements.agreements(other).status), uint8(IAgreements.Status.Active));
    }
}
