// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {AuditFixture} from "../support/AuditFixture.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract AuditsMutantsTest is AuditFixture {
    /// @dev Or a provider that lost one shard to an audit could not prove the others in that period.
    function test_WhatAnAuditFailedNeedsNoProof() public {
        uint256 audit = _openAudit();
        _pastDeadline(audit);
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.LossConceded(providers[0].id, AgreementId.unwrap(id));
        audits.close(audit);
    }

    /// @dev Maintenance that is over shortens no window, on the day it ended or long after.
    function test_MaintenanceThatIsOverChangesNoDeadline() public {
        vm.prank(providers[0].operator);
        proofs.declareMaintenance(providers[0].id, start + 1, 1);
        uint256 end = proofs.openingBlock(start + 2);
        for (uint256 later; later < 2; ++later) {
            vm.roll(end + later * AUDIT_WINDOW);
            assertEq(audits.audits(_openAudit()).deadline, block.number + AUDIT_WINDOW);
        }
    }
}
