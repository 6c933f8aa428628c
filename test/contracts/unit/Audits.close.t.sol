// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {AuditFixture} from "../support/AuditFixture.sol";

contract AuditsCloseTest is AuditFixture {
    function test_UnansweredFailsTheAgreementAndReturnsTheBond() public {
        uint256 audit = _openAudit();
        uint256 clientBefore = escrow.availableOf(client);
        _pastDeadline(audit);
        // One period began and none was proven, so one is refunded and its slash comes first.
        vm.expectEmit(address(audits));
        emit IAudits.AuditFailed(audit, id);
        audits.close(audit);

        assertEq(escrow.availableOf(challenger), 100 ether);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Failed));
        assertEq(collateral.stakes(providers[0].id).locked, 0);
        uint256 rent = uint256(PRICE) * UNITS;
        uint256 compensation = (rent * COLLATERAL_PERIODS * 7_000) / 10_000;
        assertApproxEqAbs(escrow.availableOf(client) - clientBefore, rent * TERM + compensation, 2);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertEq(reputation.records(providers[0].id).failed, 1);
        _assertConserved();
    }

    function test_RevertWhen_TheWindowIsOpen() public {
        uint256 audit = _openAudit();
        uint256 deadline = audits.audits(audit).deadline;
        vm.roll(deadline);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_StillOpen.selector, audit, deadline, deadline));
        audits.close(audit);
    }

    function test_BondComesBackAtOnceWhenTheAgreementIsOver() public {
        uint256 audit = _openAudit();
        vm.prank(providers[0].operator);
        agreements.concede(id);
        vm.expectEmit(address(audits));
        emit IAudits.AuditVoided(audit, id);
        audits.close(audit);
        assertEq(escrow.availableOf(challenger), 100 ether);
        assertEq(escrow.lockedBy(address(audits)), 0);
        _assertConserved();
    }

    function test_SecondOverdueAuditOfAFailedAgreementIsVoid() public {
        (uint256 first, uint256 second) = (_openAudit(), _openAudit());
        _pastDeadline(second);
        audits.close(first);
        vm.expectEmit(address(audits));
        emit IAudits.AuditVoided(second, id);
        audits.close(second);
        assertEq(escrow.availableOf(challenger), 100 ether);
    }

    function test_RevertWhen_ClosedTwiceOrAfterTheAnswer() public {
        uint256 audit = _openAuditAndPass();
        audits.answer(audit, _answerTo(audit));
        vm.expectRevert(_notOpen(audit));
        audits.close(audit);
        uint256 second = _openAudit();
        _pastDeadline(second);
        audits.close(second);
        vm.expectRevert(_notOpen(second));
        audits.close(second);
    }

    // ----------------------------------------------------- the end of the term

    /// @dev Proves everything but leaves the audit unanswered.
    function _serveTheTerm() private {
        for (uint32 period = start; period < start + TERM; ++period) {
            _toPeriod(period);
            _prove(providers[0].id);
        }
        _toPeriod(start + TERM);
    }

    function test_RevertWhen_EndedWithAnAuditOpen() public {
        uint256 audit = _openAudit();
        _serveTheTerm();
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_AuditsOpen.selector, id, 1));
        agreements.end(id);
        // Nobody has to wait: it is overdue.
        audits.close(audit);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Failed));
    }

    function test_FailedProvidersAgreementEndsWhateverIsOpen() public {
        uint256 audit = _openAudit();
        _failProvider();
        agreements.end(id);
        audits.close(audit);
        assertEq(escrow.availableOf(challenger), 100 ether);
        _assertConserved();
    }
}
