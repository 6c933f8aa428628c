// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../../contracts/interfaces/IAudits.sol";
import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 47 to 50 of README.md: audits, maintenance, session keys, report fees.
abstract contract DelegationProperties is Sums {
    function _checkDelegation() internal view {
        _i47_audits();
        _i49_sessionKeys();
        _i50_reportFees();
    }

    function _checkAuditsOf(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) internal view {
        _i47_openAuditsOf(id, g, a);
    }

    function _checkMaintenanceOf(uint32 provider) internal view {
        _i48_maintenance(provider, providerGhosts[provider]);
    }

    function _i47_audits() private view {
        _unbroken(47, "I47 an audit had another outcome, bond or window than it may have");
        _same(escrow.lockedBy(address(audits)), openAudits.length * AUDIT_BOND, "I47 bonds locked", 0);
        for (uint256 i; i < openAudits.length; ++i) {
            IAudits.Audit memory audit = audits.audits(openAudits[i]);
            _holds(audit.open, "I47 open audit", openAudits[i]);
            _same(audit.deadline, auditGhosts[openAudits[i]].deadline, "I47 deadline of audit", openAudits[i]);
        }
    }

    function _i47_openAuditsOf(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) private view {
        _same(a.openAudits, g.openAudits, "I47 open audits of agreement", id);
    }

    function _i48_maintenance(uint32 provider, ProviderGhost storage g) private view {
        _unbroken(48, "I48 struck in maintenance, or too much of it");
        IPossessionProofs.Maintenance memory m = proofs.maintenanceOf(provider);
        _same(m.fromPeriod, g.nextMaintenance, "I48 maintenance of provider", provider);
        _same(m.untilPeriod, g.maintainedUntil, "I48 end of maintenance of provider", provider);
    }

    function _i49_sessionKeys() private view {
        _unbroken(49, "I49 a session key spent more than its budget, or after its time");
        for (uint256 i; i < clients.length; ++i) {
            (uint96 budget, uint40 expiry) = escrow.sessions(clients[i], _keyOf(clients[i]));
            SessionGhost storage g = sessionGhosts[clients[i]][_keyOf(clients[i])];
            _same(budget, g.budget, "I49 budget of client's key", i);
            _same(expiry, g.expiry, "I49 expiry of client's key", i);
        }
    }

    function _i50_reportFees() private view {
        _unbroken(50, "I50 a report fee of another amount, for another account, or twice");
    }
}
