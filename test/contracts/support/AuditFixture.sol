// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";
import {AuditAnswers} from "./AuditAnswers.sol";

/// @notice The market with one provider, one agreement, and a challenger with money.
abstract contract AuditFixture is AuditAnswers {
    bytes32 internal constant OBJECT = keccak256("object");
    uint32 internal constant UNITS = 4;
    uint24 internal constant TERM = 20;
    uint256 internal constant AUDIT_BURN = AUDIT_BOND / 10;

    address internal challenger = makeAddr("challenger");
    AgreementId internal id;
    uint32 internal start;

    function setUp() public virtual override {
        super.setUp();
        _addProviders(2);
        _fund(challenger, 100 ether);
        start = proofs.currentPeriod() + 1;
        id = _formNew(providers[0], OBJECT, UNITS, TERM);
    }

    function _openAudit() internal returns (uint256) {
        vm.prank(challenger);
        return audits.openAudit(id, challenger);
    }

    /// @dev In the block after, when the leaves are known.
    function _openAuditAndPass() internal returns (uint256 audit) {
        audit = _openAudit();
        vm.roll(block.number + 1);
    }

    /// @dev Four misses in a row, recorded.
    function _failProvider() internal {
        _toPeriod(start + 4);
        proofs.recordMisses(providers[0].id, 0);
        assertTrue(collateral.hasFailed(providers[0].id));
    }

    function _pastDeadline(uint256 audit) internal {
        vm.roll(audits.audits(audit).deadline + 1);
    }

    function _notOpen(uint256 audit) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IAudits.Audits_NotOpen.selector, audit);
    }
}
