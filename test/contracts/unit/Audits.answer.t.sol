// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {AuditFixture} from "../support/AuditFixture.sol";

contract AuditsAnswerTest is AuditFixture {
    function _root() private view returns (bytes32) {
        return proofs.rootOf(uint64(providers[0].id) << 32);
    }

    function test_AnyoneAnswersAndTheProviderGetsTheBondLessTheBurn() public {
        uint256 audit = _openAuditAndPass();
        uint256 before = escrow.availableOf(providers[0].operator);
        (, uint96 burned) = escrow.accounts(0);
        bytes memory proof = _answerTo(audit);
        vm.expectEmit(address(audits));
        emit IAudits.AuditAnswered(audit, id, address(this), AUDIT_BOND - AUDIT_BURN, AUDIT_BURN);
        audits.answer(audit, proof);

        assertEq(escrow.availableOf(providers[0].operator) - before, AUDIT_BOND - AUDIT_BURN);
        (, uint96 burnedAfter) = escrow.accounts(0);
        assertEq(burnedAfter - burned, AUDIT_BURN);
        assertEq(escrow.lockedBy(address(audits)), 0);
        assertEq(agreements.agreements(id).openAudits, 0);
        assertEq(reputation.records(providers[0].id).audited, 1);
        _assertConserved();
    }

    function test_AnsweredInTheLastBlock() public {
        uint256 audit = _openAudit();
        vm.roll(audits.audits(audit).deadline);
        audits.answer(audit, _answerTo(audit));
        assertFalse(audits.audits(audit).open);
    }

    function test_RevertWhen_AnsweredTooLate() public {
        uint256 audit = _openAudit();
        uint256 deadline = audits.audits(audit).deadline;
        _pastDeadline(audit);
        bytes memory proof = _answerTo(audit);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_TooLate.selector, audit, deadline, deadline + 1));
        audits.answer(audit, proof);
    }

    function test_RevertWhen_TheOpeningBlockIsNotOver() public {
        uint256 audit = _openAudit();
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_NoSeedYet.selector, audit, block.number));
        audits.answer(audit, "");
    }

    function test_RevertWhen_TheAgreementIsOver() public {
        uint256 audit = _openAuditAndPass();
        bytes memory proof = _answerTo(audit);
        vm.prank(providers[0].operator);
        agreements.concede(id);
        assertEq(audits.leavesOf(audit).length, 0);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_AgreementOver.selector, audit, id));
        audits.answer(audit, proof);
    }

    function test_RevertWhen_AnsweredTwiceOrNeverOpened() public {
        uint256 audit = _openAuditAndPass();
        bytes memory proof = _answerTo(audit);
        audits.answer(audit, proof);
        vm.expectRevert(_notOpen(audit));
        audits.answer(audit, proof);
        vm.expectRevert(_notOpen(audit + 1));
        audits.answer(audit + 1, proof);
    }

    function test_RevertWhen_ABitIsWrong() public {
        uint256 audit = _openAuditAndPass();
        bytes memory proof = _answerTo(audit);
        proof[0] ^= 0x01;
        vm.expectPartialRevert(IAudits.Audits_WrongRoot.selector);
        audits.answer(audit, proof);
    }

    function test_RevertWhen_TheProofIsTooShort() public {
        uint256 audit = _openAuditAndPass();
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_WrongRoot.selector, 0, bytes32(0), _root()));
        audits.answer(audit, "");
    }

    function test_RevertWhen_TheProofIsTooLong() public {
        uint256 audit = _openAuditAndPass();
        bytes memory proof = _answerTo(audit);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_WrongLength.selector, proof.length + 1, proof.length));
        audits.answer(audit, bytes.concat(proof, hex"00"));
    }

    function test_EachAuditAsksForOtherLeaves() public {
        (uint256 audit, uint256 other) = (_openAudit(), _openAudit());
        vm.roll(block.number + 1);
        assertNotEq(keccak256(abi.encode(audits.leavesOf(audit))), keccak256(abi.encode(audits.leavesOf(other))));
    }

    function test_RevertWhen_ReputationIsToldByAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IReputation.Reputation_NotAMarketContract.selector, address(this)));
        reputation.recordAudited(providers[0].id);
    }

    // -------------------------------------------------- what has to wait for it

    function test_RevertWhen_HandedOverDuringAnAudit() public {
        _openAudit();
        Handover memory handover = Handover(id, OBJECT, providers[1].id, 1, uint64(block.timestamp));
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_AuditsOpen.selector, id, 1));
        vm.prank(providers[0].operator);
        agreements.handOver(handover, "");
    }
}
