// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {ConstantShard} from "../../support/ConstantShard.sol";
import {SharedProof} from "../../support/SharedProof.sol";
import {ProofHandler} from "./ProofHandler.sol";

/// @notice What challengers do, and how providers answer.
abstract contract AuditHandler is ProofHandler {
    /// @dev By its client, by a stranger, or by the pair.
    function audit_open(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _isAuditable);
        address challenger = agreementGhosts[id].client;
        if ((seed >> 8) % 3 == 1) challenger = pairOperator;
        if ((seed >> 8) % 3 == 2) challenger = reporter;
        if (escrow.availableOf(challenger) < AUDIT_BOND) _fund(challenger, AUDIT_BOND);
        vm.prank(challenger);
        audits.openAudit(_idOf(id), challenger);
    }

    function audit_answer(uint256 seed) external witnessed {
        _answer(_auditWhere(seed, _isAnswerable), reporter);
    }

    function audit_close(uint256 seed) external witnessed {
        uint256 audit = _auditWhere(seed, _isClosable);
        vm.prank(reporter);
        audits.close(audit);
    }

    /// @dev Every provider but those that `silent` names answers what is due before block `until`.
    function _answerUntil(uint256 silent, uint256 until) internal {
        uint256[] memory open = openAudits;
        for (uint256 i; i < open.length; ++i) {
            uint32 provider = agreementGhosts[auditGhosts[open[i]].agreement].provider;
            if ((silent >> provider) & 1 == 1 || auditGhosts[open[i]].deadline >= until) continue;
            if (_isAnswerable(open[i])) _answer(open[i], address(this));
        }
        _readEvents();
    }

    function _auditWhere(
        uint256 seed,
        function(uint256) internal view returns (bool) fits
    ) internal view returns (uint256 audit) {
        for (uint256 i; i < openAudits.length; ++i) {
            audit = openAudits[((seed % openAudits.length) + i) % openAudits.length];
            if (fits(audit)) return audit;
        }
        revert("no such audit");
    }

    function _isAnswerable(uint256 audit) internal view returns (bool) {
        AuditGhost storage g = auditGhosts[audit];
        return block.number <= g.deadline && audits.leavesOf(audit).length != 0;
    }

    function _isClosable(uint256 audit) internal view returns (bool) {
        AuditGhost storage g = auditGhosts[audit];
        return block.number > g.deadline || proofs.unitsOf(g.agreement) == 0;
    }

    function _auditProof(uint256 audit) internal view returns (bytes memory) {
        uint64 id = auditGhosts[audit].agreement;
        AgreementGhost storage a = agreementGhosts[id];
        uint64[] memory leaves = audits.leavesOf(audit);
        uint8 depth = uint8(ConstantShard.depthOf(a.units));
        IPossessionProofs.Draw[] memory draws = new IPossessionProofs.Draw[](leaves.length);
        bytes[] memory paths = new bytes[](leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            draws[i] = IPossessionProofs.Draw(id, a.root, leaves[i], depth, false);
            paths[i] = ConstantShard.proofOf(fillOf[a.root], depth);
        }
        return SharedProof.join(draws, paths);
    }

    function _answer(uint256 audit, address from) private {
        bytes memory proof = _auditProof(audit);
        vm.prank(from);
        audits.answer(audit, proof);
    }

    function _isAuditable(uint64 id) internal view returns (bool) {
        return agreementGhosts[id].openAudits < AUDIT_MAX_OPEN && _lastsForAWindow(id);
    }

    /// @dev The window of what is asked for now, put off by maintenance at most, ends before the term does.
    function _lastsForAWindow(uint64 id) internal view returns (bool) {
        AgreementGhost storage g = agreementGhosts[id];
        ProviderGhost storage p = providerGhosts[g.provider];
        if (p.failed) return false;
        uint256 latest = block.number + AUDIT_WINDOW;
        if (p.maintainedUntil > proofs.currentPeriod()) latest = proofs.openingBlock(p.maintainedUntil) + AUDIT_WINDOW;
        return latest < proofs.openingBlock(_end(g));
    }
}
