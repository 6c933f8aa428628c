// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Audits, AuditParams} from "../../../contracts/Audits.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";
import {AuditFixture} from "../support/AuditFixture.sol";

contract AuditsConstructorTest is AuditFixture {
    function _expectInvalid(AuditParams memory params, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_InvalidParams.selector, field));
        new Audits(params, escrow, registry, randomness, proofs, reputation, agreements);
    }

    function test_RevertWhen_AParameterIsOutOfRange() public {
        AuditParams memory params = _auditParams();
        params.bond = 0;
        _expectInvalid(params, "bond");
        params = _auditParams();
        params.burnBps = 0;
        _expectInvalid(params, "burnBps");
        params.burnBps = 10_001;
        _expectInvalid(params, "burnBps");
        params = _auditParams();
        params.windowBlocks = 0;
        _expectInvalid(params, "windowBlocks");
        params = _auditParams();
        params.drawCount = 0;
        _expectInvalid(params, "drawCount");
        params.drawCount = 65;
        _expectInvalid(params, "drawCount");
        params = _auditParams();
        params.maxOpen = 0;
        _expectInvalid(params, "maxOpen");
    }

    function test_LargestParametersServe() public {
        AuditParams memory params = _auditParams();
        (params.burnBps, params.drawCount) = (10_000, 64);
        Audits largest = new Audits(params, escrow, registry, randomness, proofs, reputation, agreements);
        assertEq(largest.bond(), AUDIT_BOND);
        assertEq(largest.burnBps(), 10_000);
        assertEq(largest.windowBlocks(), AUDIT_WINDOW);
        assertEq(largest.drawCount(), 64);
        assertEq(largest.maxOpen(), AUDIT_MAX_OPEN);
    }
}

contract AuditsOpenTest is AuditFixture {
    function test_LocksTheBondAndAsksForLeaves() public {
        uint256 deadline = block.number + AUDIT_WINDOW;
        vm.expectEmit(address(audits));
        emit IAudits.AuditOpened(1, id, challenger, uint48(block.number), uint48(deadline), AUDIT_BOND);
        uint256 audit = _openAudit();
        assertEq(audit, 1);
        assertEq(audits.auditCount(), 1);
        assertEq(audits.audits(audit).deadline, deadline);
        assertEq(escrow.lockedBy(address(audits)), AUDIT_BOND);
        assertEq(agreements.agreements(id).openAudits, 1);
        // Nobody, not the challenger either, knows the leaves before the block is over.
        assertEq(audits.leavesOf(audit).length, 0);
        vm.roll(block.number + 1);
        uint64[] memory leaves = audits.leavesOf(audit);
        assertEq(leaves.length, AUDIT_DRAWS);
        for (uint256 i; i < leaves.length; ++i) {
            assertLt(leaves[i], uint256(UNITS) << 10);
        }
        _assertConserved();
    }

    function test_SessionKeyOpensForItsOwner() public {
        address key = makeAddr("key");
        vm.prank(challenger);
        escrow.authorizeSession(key, AUDIT_BOND, uint40(block.timestamp + 1));
        vm.prank(key);
        uint256 audit = audits.openAudit(id, challenger);
        assertEq(audits.audits(audit).challengerAccount, escrow.accountOf(challenger));
        assertEq(escrow.availableOf(challenger), 100 ether - AUDIT_BOND);
    }

    function test_RevertWhen_AnotherPaysTheBond() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, challenger, address(this), 0));
        audits.openAudit(id, challenger);
    }

    function test_RevertWhen_TooManyAreOpen() public {
        for (uint256 i; i < AUDIT_MAX_OPEN; ++i) {
            _openAudit();
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                IAgreements.Agreements_TooManyAudits.selector,
                id,
                AUDIT_MAX_OPEN,
                uint256(AUDIT_MAX_OPEN)
            )
        );
        _openAudit();
    }

    function test_RevertWhen_TheProviderFailed() public {
        _failProvider();
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_ProviderFailed.selector, id, providers[0].id));
        _openAudit();
    }

    function test_RevertWhen_TheAgreementIsOver() public {
        vm.prank(providers[0].operator);
        agreements.concede(id);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, id, IAgreements.Status.Failed)
        );
        _openAudit();
    }

    function test_RevertWhen_AgreementIsUnknown() public {
        AgreementId unknown = AgreementId.wrap(77);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, unknown, IAgreements.Status.None)
        );
        audits.openAudit(unknown, challenger);
    }

    function test_WindowMustEndBeforeTheTerm() public {
        uint256 last = proofs.openingBlock(start + TERM) - 1;
        vm.roll(last - AUDIT_WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_TermTooShort.selector, id, last + 1, last));
        _openAudit();
        vm.roll(last - AUDIT_WINDOW);
        assertEq(audits.audits(_openAudit()).deadline, last);
    }

    function test_RevertWhen_AgreementsIsToldByAnother() public {
        bytes memory refusal = abi.encodeWithSelector(IAgreements.Agreements_NotAudits.selector, address(this));
        vm.expectRevert(refusal);
        agreements.beginAudit(id, 1);
        vm.expectRevert(refusal);
        agreements.passAudit(id);
        vm.expectRevert(refusal);
        agreements.failAudit(id);
    }

    // ------------------------------------------------------------- maintenance

    function _declareMaintenance(uint32 fromPeriod, uint32 periods) private {
        vm.prank(providers[0].operator);
        proofs.declareMaintenance(providers[0].id, fromPeriod, periods);
    }

    function test_MaintenanceInTheWindowPutsItOff() public {
        _declareMaintenance(start, 2);
        assertEq(audits.audits(_openAudit()).deadline, proofs.openingBlock(start + 2) + AUDIT_WINDOW);
        // While it lasts, too.
        _toPeriod(start + 1);
        assertEq(audits.audits(_openAudit()).deadline, proofs.openingBlock(start + 2) + AUDIT_WINDOW);
    }

    function test_MaintenanceOnTheDeadlinePutsItOff() public {
        // The window's last block opens the maintenance.
        vm.roll(proofs.openingBlock(start + 3) - AUDIT_WINDOW);
        _declareMaintenance(start + 3, 1);
        assertEq(audits.audits(_openAudit()).deadline, proofs.openingBlock(start + 4) + AUDIT_WINDOW);
    }

    function test_MaintenanceBehindTheWindowDoesNot() public {
        vm.roll(proofs.openingBlock(start + 3) - AUDIT_WINDOW - 1);
        _declareMaintenance(start + 3, 1);
        assertEq(audits.audits(_openAudit()).deadline, block.number + AUDIT_WINDOW);
    }

    function test_MaintenanceThatIsOverDoesNot() public {
        _declareMaintenance(start, 1);
        vm.roll(proofs.openingBlock(start + 1));
        assertEq(audits.audits(_openAudit()).deadline, block.number + AUDIT_WINDOW);
    }

    function test_MaintenanceTakenBackDoesNot() public {
        _declareMaintenance(start, 1);
        _declareMaintenance(start, 0);
        assertEq(audits.audits(_openAudit()).deadline, block.number + AUDIT_WINDOW);
    }
}
