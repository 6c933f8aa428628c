// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditParams} from "../../../contracts/Audits.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {AuditFixture} from "../support/AuditFixture.sol";

/// @notice Where each wei goes when an audit is answered and when it is not.
contract AuditsMoneyTest is AuditFixture {
    uint256 private constant RENT = uint256(PRICE) * UNITS;
    uint256 private constant COLLATERAL = RENT * COLLATERAL_PERIODS;

    struct Purse {
        uint256 client;
        uint256 operator;
        uint256 challenger;
        uint256 burned;
        uint256 stake;
    }

    function _purse() private view returns (Purse memory p) {
        p.client = escrow.availableOf(client);
        p.operator = escrow.availableOf(providers[0].operator);
        p.challenger = escrow.availableOf(challenger);
        (, p.burned) = _burnAccount();
        p.stake = uint256(collateral.stakes(providers[0].id).free) + collateral.stakes(providers[0].id).locked;
    }

    function _burnAccount() private view returns (address owner, uint256 amount) {
        (owner, amount) = escrow.accounts(0);
    }

    function _proveThrough(uint32 last) private {
        for (uint32 period = start; period <= last; ++period) {
            _toPeriod(period);
            _prove(providers[0].id);
        }
    }

    function test_UnansweredAfterProvenPeriods() public {
        _proveThrough(start);
        uint256 audit = _openAudit();
        Purse memory before = _purse();
        _toPeriod(start + 1);
        _prove(providers[0].id);
        _toPeriod(start + 2);
        assertGt(block.number, audits.audits(audit).deadline);
        audits.close(audit);

        Purse memory later = _purse();
        // Two proven periods less what was held back; the client gets that, the other periods and 70% of the collateral.
        assertEq(later.operator - before.operator, (2 * RENT * 8) / 10);
        assertEq(later.client - before.client, (2 * RENT * 2) / 10 + (TERM - 2) * RENT + (COLLATERAL * 7_000) / 10_000);
        assertEq(later.burned - before.burned, (COLLATERAL * 3_000) / 10_000);
        assertEq(later.challenger - before.challenger, AUDIT_BOND);
        assertEq(before.stake - later.stake, COLLATERAL);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertEq(escrow.lockedBy(address(audits)), 0);
        _assertConserved();
    }

    /// @dev Misses are slashed first; what they left is taken with the failure. Each is rounded for itself, the client's share down.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_UnansweredAfterMisses(uint64 price) public {
        price = uint64(bound(price, 1e6, 1e13));
        StorageAgreement memory a = _agreement(providers[0], keccak256("odd"), 0, UNITS, TERM);
        (a.askId, a.pricePerUnitPeriod) = (0, price);
        uint256 rent = uint256(price) * UNITS;
        a.collateral = uint96(rent * COLLATERAL_PERIODS);
        id = _form(providers[0], a);
        uint256 audit = _openAudit();
        Purse memory before = _purse();
        _toPeriod(start + 2);
        audits.close(audit);

        Purse memory later = _purse();
        uint256 amount = a.collateral;
        uint256 remaining = (amount * 0.9405e18) / 1e18;
        uint256 toClient = ((amount - remaining) * 7_000) / 10_000 + (remaining * 7_000) / 10_000;
        assertEq(later.client - before.client, rent * TERM + toClient);
        assertEq(later.burned - before.burned, amount - toClient);
        assertEq(later.operator, before.operator);
        assertEq(later.challenger - before.challenger, AUDIT_BOND);
        assertEq(before.stake - later.stake, amount);
        _assertConserved();
    }

    /// @dev A record of answers costs the burned share of each bond.
    function test_ProviderThatAuditsItselfLosesTheBurn() public {
        challenger = providers[0].operator;
        _fund(challenger, AUDIT_BOND * 2);
        uint256 before = escrow.availableOf(challenger);
        for (uint256 i; i < 3; ++i) {
            uint256 audit = _openAuditAndPass();
            audits.answer(audit, _answerTo(audit));
        }
        assertEq(before - escrow.availableOf(challenger), 3 * AUDIT_BURN);
        assertEq(reputation.records(providers[0].id).audited, 3);
    }

    /// @dev [17] Challenger, provider and client in one hand: whatever they do with audits, they take out less than they put in.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_ColludersLose(uint8 answered, uint8 opened, uint8 wait) public {
        uint256 before = _together();
        (, uint256 burnedBefore) = _burnAccount();
        uint256 number = bound(opened, 1, AUDIT_MAX_OPEN);
        uint256 first = audits.auditCount() + 1;
        for (uint256 i; i < number; ++i) {
            _openAudit();
        }
        vm.roll(block.number + 1 + (wait % AUDIT_WINDOW));
        for (uint256 audit = first; audit < first + number; ++audit) {
            if ((answered >> (audit - first)) & 1 == 1) audits.answer(audit, _answerTo(audit));
        }
        _toPeriod(start + 3);
        for (uint256 audit = first; audit < first + number; ++audit) {
            if (audits.audits(audit).open) audits.close(audit);
        }
        (, uint256 burned) = _burnAccount();
        assertEq(before - _together(), burned - burnedBefore, "nothing else is lost, and nothing gained");
        assertGe(burned - burnedBefore, AUDIT_BURN < (COLLATERAL * 3) / 10 ? AUDIT_BURN : (COLLATERAL * 3) / 10);
        _assertConserved();
    }

    function _together() private view returns (uint256) {
        Purse memory p = _purse();
        return
            p.client +
            p.operator +
            p.challenger +
            p.stake +
            escrow.lockedBy(address(agreements)) +
            escrow.lockedBy(address(audits));
    }
}

/// @notice A bond that does not divide.
contract AuditsOddBondTest is AuditFixture {
    function _auditParams() internal pure override returns (AuditParams memory params) {
        params = super._auditParams();
        (params.bond, params.burnBps) = (10_001, 3_333);
    }

    function test_BurnIsRoundedDownAndNothingIsLost() public {
        uint256 audit = _openAuditAndPass();
        uint256 before = escrow.availableOf(providers[0].operator);
        (, uint96 burned) = escrow.accounts(0);
        audits.answer(audit, _answerTo(audit));
        (, uint96 burnedLater) = escrow.accounts(0);
        assertEq(burnedLater - burned, 3_333);
        assertEq(escrow.availableOf(providers[0].operator) - before, 6_668);
        assertEq(escrow.lockedBy(address(audits)), 0);
    }
}
