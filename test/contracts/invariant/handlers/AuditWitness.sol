// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../../contracts/interfaces/IAudits.sol";
import {AgreementWitness} from "./AgreementWitness.sol";

/// @notice Reads the events of Audits into the ghosts.
abstract contract AuditWitness is AgreementWitness {
    function _seeAudits(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        uint256 audit = uint256(log.topics[1]);
        if (topic == IAudits.AuditOpened.selector) return _seeOpened(audit, log);
        AuditGhost storage g = auditGhosts[audit];
        AgreementGhost storage a = agreementGhosts[g.agreement];
        if (!g.open) return _breach(47);
        if (topic == IAudits.AuditAnswered.selector) {
            _seeAnswered(g, a, log);
        } else {
            bool live = a.status == IAgreements.Status.Active;
            // Only what is overdue fails, and only what is over is void.
            if (live != (topic == IAudits.AuditFailed.selector)) _breach(47);
            if (live && block.number <= g.deadline) _breach(47);
            _credit(g.challenger, AUDIT_BOND);
            if (_isPair(accountGhosts[g.challenger].owner)) pairBonds -= AUDIT_BOND;
        }
        g.open = false;
        --a.openAudits;
        uint256 last = openAudits[openAudits.length - 1];
        (openAudits[auditPlace[audit]], auditPlace[last]) = (last, auditPlace[audit]);
        openAudits.pop();
    }

    function _seeOpened(uint256 audit, Vm.Log memory log) private {
        AuditGhost storage g = auditGhosts[audit];
        if (g.challenger != 0) _breach(47);
        address challenger = address(uint160(uint256(log.topics[3])));
        (, uint256 deadline, uint256 bond) = abi.decode(log.data, (uint256, uint256, uint256));
        (g.agreement, g.challenger) = (uint64(uint256(log.topics[2])), escrow.accountOf(challenger));
        (g.deadline, g.open) = (deadline, true);
        // A full window, whatever the provider declared.
        if (bond != AUDIT_BOND || deadline < block.number + AUDIT_WINDOW) _breach(47);
        if (++agreementGhosts[g.agreement].openAudits > AUDIT_MAX_OPEN) _breach(47);
        auditPlace[audit] = openAudits.length;
        openAudits.push(audit);
        _charge(challenger, bond);
        if (_isPair(challenger)) pairBonds += bond;
    }

    function _seeAnswered(AuditGhost storage g, AgreementGhost storage a, Vm.Log memory log) private {
        (, uint256 paid, uint256 burned) = abi.decode(log.data, (address, uint256, uint256));
        if (block.number > g.deadline || a.status != IAgreements.Status.Active) _breach(47);
        if (burned != (uint256(AUDIT_BOND) * _auditParams().burnBps) / BPS || paid + burned != AUDIT_BOND) _breach(47);
        burnedByAudits += burned;
        _credit(0, burned);
        _credit(registry.operatorAccountOf(a.provider), paid);
        ++providerGhosts[a.provider].audited;

        bool byPair = _isPair(accountGhosts[g.challenger].owner);
        if (byPair) {
            pairBonds -= AUDIT_BOND;
            pairPaidOthers += paid;
            pairBurned += burned;
        }
        if (_isPairProvider(a.provider)) pairEarnedFromOthers += paid;
    }
}
