// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAudits} from "../../../../contracts/interfaces/IAudits.sol";
import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {AttackerHandler} from "./AttackerHandler.sol";

/// @notice Forbidden as well: what audits, session keys, maintenance and report fees must refuse.
abstract contract DelegationAttacker is AttackerHandler {
    /// @dev Audits: too many, answered with nonsense, closed early or again.
    function attacker_audit(uint256 seed) external {
        uint256 kind = (seed >> 8) % 4;
        if (kind == 0) {
            uint64 id = _liveWhere(seed, _isAuditedEnough);
            address owner = agreementGhosts[id].client;
            return _attempt(owner, address(audits), abi.encodeCall(IAudits.openAudit, (_idOf(id), owner)));
        }
        uint256 audit = 1 + ((seed >> 16) % (audits.auditCount() + 1));
        if (kind == 1 && _isAnswerable(audit) && auditGhosts[audit].open) {
            bytes memory proof = _auditProof(audit);
            proof[(seed >> 24) % proof.length] ^= 0x01;
            return _attempt(MALLORY, address(audits), abi.encodeCall(IAudits.answer, (audit, proof)));
        }
        if (kind == 2 && !(auditGhosts[audit].open && _isClosable(audit))) {
            return _attempt(MALLORY, address(audits), abi.encodeCall(IAudits.close, (audit)));
        }
        if (kind == 3 && !auditGhosts[audit].open) {
            return _attempt(MALLORY, address(audits), abi.encodeCall(IAudits.answer, (audit, new bytes(64))));
        }
        revert("nothing to try");
    }

    /// @dev Hot keys: beyond their budget, after their time, for others, to withdraw. Maintenance and fees: too late, too much, twice.
    function attacker_session(uint256 seed) external {
        address owner = _client(seed);
        address key = _keyOf(owner);
        SessionGhost storage g = sessionGhosts[owner][key];
        uint32 provider = _providerWhere(seed >> 8, _any);
        uint256 kind = (seed >> 16) % 6;
        bool expired = block.timestamp >= g.expiry;
        if (kind == 0) {
            uint256 amount = expired ? 1 : g.budget + 1;
            bytes memory data = abi.encodeCall(ICollateral.stake, (provider, owner, amount));
            return _attempt(key, address(collateral), data);
        }
        if (kind == 1) {
            return _attempt(MALLORY, address(collateral), abi.encodeCall(ICollateral.stake, (provider, owner, 1)));
        }
        if (kind == 2) return _attempt(key, address(escrow), abi.encodeCall(IEscrow.withdraw, (key, 1)));
        address operator = providers[provider - 1].operator;
        uint32 period = proofs.currentPeriod();
        if (kind == 3) {
            bytes memory data = abi.encodeCall(IPossessionProofs.declareMaintenance, (provider, period, 1));
            return _attempt(operator, address(proofs), data);
        }
        if (kind == 4) {
            bytes memory data = abi.encodeCall(IPossessionProofs.declareMaintenance, (provider, period + 50, 4));
            return _attempt(operator, address(proofs), data);
        }
        require(lastFee != 0, "no fee paid");
        bytes memory again = abi.encodeCall(ICollateral.claimReportFee, (uint32(lastFee >> 24), uint24(lastFee)));
        return _attempt(MALLORY, address(collateral), again);
    }

    function _isAuditedEnough(uint64 id) private view returns (bool) {
        return agreementGhosts[id].openAudits == AUDIT_MAX_OPEN;
    }
}
