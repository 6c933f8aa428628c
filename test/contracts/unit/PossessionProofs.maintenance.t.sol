// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {ProofFixture} from "../support/ProofFixture.sol";

contract PossessionProofsMaintenanceTest is ProofFixture {
    uint32 private constant LONGEST = 3;
    uint32 private constant CYCLE = 10;
    uint32 private constant UNITS = 4;

    /// @dev The first period that is owed.
    uint32 private owed;

    function setUp() public override {
        super.setUp();
        _addHollow(PROVIDER, UNITS);
        owed = _period() + 1;
    }

    function _declare(uint32 fromPeriod, uint32 periods) private {
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, fromPeriod, periods);
    }

    function _record(uint32 period) private {
        _open(period);
        proofs.recordMisses(PROVIDER, 9);
    }

    function _checkStrike(uint256 index, uint32 fromPeriod, uint32 count) private view {
        (, uint32 from, uint32 number) = collateral.strikes(index);
        assertEq(from, fromPeriod);
        assertEq(number, count);
    }

    function _checkStretch(uint32 fromPeriod, uint32 untilPeriod, uint32 lastFrom) private view {
        IPossessionProofs.Maintenance memory stretch = proofs.maintenanceOf(PROVIDER);
        assertEq(stretch.fromPeriod, fromPeriod);
        assertEq(stretch.untilPeriod, untilPeriod);
        assertEq(stretch.lastFrom, lastFrom);
    }

    function _expectTooSoon(uint32 fromPeriod, uint32 earliest) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IPossessionProofs.PossessionProofs_MaintenanceTooSoon.selector,
                PROVIDER,
                fromPeriod,
                earliest
            )
        );
    }

    function _expectTooLong(uint32 periods) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IPossessionProofs.PossessionProofs_MaintenanceTooLong.selector,
                PROVIDER,
                periods,
                LONGEST
            )
        );
    }

    // --------------------------------------------------------------- declaring

    function test_RevertWhen_DeclaredByAnother() public {
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NotAuthorized.selector, PROVIDER, address(this))
        );
        proofs.declareMaintenance(PROVIDER, owed, 1);
    }

    function test_RevertWhen_ThePeriodHasBegun() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IPossessionProofs.PossessionProofs_MaintenanceTooLate.selector,
                PROVIDER,
                _period(),
                _period()
            )
        );
        _declare(owed - 1, 1);
    }

    function test_RevertWhen_ThePeriodIsOver() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IPossessionProofs.PossessionProofs_MaintenanceTooLate.selector,
                PROVIDER,
                _period() - 1,
                _period()
            )
        );
        _declare(owed - 2, 1);
    }

    function test_RevertWhen_ItIsTooLong() public {
        _expectTooLong(LONGEST + 1);
        _declare(owed, LONGEST + 1);
        // Nor past the last number of a period.
        _expectTooLong(LONGEST);
        _declare(type(uint32).max - LONGEST + 1, LONGEST);
        _declare(type(uint32).max - LONGEST, LONGEST);
        _checkStretch(type(uint32).max - LONGEST, type(uint32).max, 0);
    }

    function test_OneThatHasNotBegunIsReplaced() public {
        _declare(owed, LONGEST);
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.MaintenanceDeclared(PROVIDER, owed + 1, owed + 2);
        _declare(owed + 1, 1);
        _checkStretch(owed + 1, owed + 2, 0);
        // Taken back: then all are owed, in one run.
        _declare(owed + 1, 0);
        _open(owed + 3);
        assertEq(proofs.unrecordedMisses(PROVIDER), 3);
        proofs.recordMisses(PROVIDER, 9);
        _checkStrike(0, owed, 3);
    }

    function test_AStretchThatWasTakenBackDoesNotDelayTheNext() public {
        _declare(owed, 1);
        _declare(owed, 0);
        _open(owed + 1);
        _declare(owed + 2, 1);
        _checkStretch(owed + 2, owed + 3, 0);
    }

    function test_RevertWhen_TheNextStretchComesTooSoon() public {
        _declare(owed, LONGEST);
        // Not before it is over.
        _open(owed + LONGEST);
        _expectTooSoon(owed + CYCLE - 1, owed + CYCLE);
        _declare(owed + CYCLE - 1, 1);
        _declare(owed + CYCLE, 1);
        _checkStretch(owed + CYCLE, owed + CYCLE + 1, owed);
        // Replacing the second one does not make the first one forgotten.
        _expectTooSoon(owed + CYCLE - 1, owed + CYCLE);
        _declare(owed + CYCLE - 1, 1);
    }

    function test_MissesBeforeANewDeclarationAreRecordedFirst() public {
        _declare(owed, 1);
        _open(owed + CYCLE + 1);
        // The stretch that is replaced covers `owed`, the new one would not.
        _declare(owed + CYCLE + 2, 1);
        assertEq(collateral.strikeCount(), 1);
        _checkStrike(0, owed + 1, CYCLE);
        assertEq(collateral.lastReporter(), 0, "no fee for its own");
    }

    // ---------------------------------------------------------------- its effect

    function test_NothingIsOwedInIt() public {
        _declare(owed, LONGEST);
        _open(owed + LONGEST);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NothingMissed.selector, PROVIDER));
        proofs.recordMisses(PROVIDER, 9);
        assertEq(collateral.strikeCount(), 0);
        assertEq(reputation.badRent(PROVIDER), 0);
        // With nothing unproven there is nothing to look up, either.
        proofs.count(_id(PROVIDER, 0), owed, owed + LONGEST);
        assertEq(proofs.duties(PROVIDER).resolvedThrough, owed + LONGEST - 1);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
    }

    function test_PeriodsAroundItAreMissed() public {
        _declare(owed + 2, LONGEST);
        uint32 later = owed + 2 + LONGEST;
        _open(later + 4);
        assertEq(proofs.unrecordedMisses(PROVIDER), 6);
        proofs.recordMisses(PROVIDER, 9);
        assertEq(collateral.strikeCount(), 2);
        _checkStrike(0, owed, 2);
        _checkStrike(1, later, 4);
        assertEq(reputation.badRent(PROVIDER), 6 * UNITS * RENT);
        // One report, one fee: it went with the first stretch of misses.
        assertEq(collateral.lastReporter(), 0);
    }

    function test_ReportOfMissesBehindItIsPaid() public {
        _declare(owed, LONGEST);
        _record(owed + LONGEST + 1);
        assertEq(collateral.strikeCount(), 1);
        _checkStrike(0, owed + LONGEST, 1);
        assertEq(collateral.lastReporter(), 9);
    }

    function test_MissesUpToItAreOneStretch() public {
        _declare(owed + 1, LONGEST);
        _record(owed + 3);
        assertEq(collateral.strikeCount(), 1);
        _checkStrike(0, owed, 1);
        // It began within what was recorded, and goes on.
        _open(owed + 4);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        _record(owed + 6);
        _checkStrike(1, owed + 4, 2);
    }

    function test_OneAheadOrLongPastChangesNothing() public {
        _declare(owed + 3, 1);
        _record(owed + 2);
        _checkStrike(0, owed, 2);
        _record(owed + 5);
        _checkStrike(1, owed + 2, 1);
        _checkStrike(2, owed + 4, 1);
        _record(owed + 8);
        _checkStrike(3, owed + 5, 3);
    }

    function test_WhoFailedBeforeItOwesNothingBehindIt() public {
        collateral.setFailsAt(2);
        _declare(owed + 2, 1);
        _record(owed + 5);
        assertEq(collateral.strikeCount(), 1);
        _checkStrike(0, owed, 2);
        assertTrue(proofs.duties(PROVIDER).failed);
        assertEq(reputation.badRent(PROVIDER), 2 * UNITS * RENT);
    }
}

contract PossessionProofsMaintenanceProvenTest is ProofFixture {
    function test_ProvingInItIsAllowedAndPaid() public {
        _add(PROVIDER, 1);
        uint32 owed = _period() + 1;
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, owed, 3);
        _open(owed + 1);
        _prove(PROVIDER);
        assertTrue(proofs.isProven(PROVIDER, owed + 1));
        assertEq(reputation.goodRent(PROVIDER), RENT);
        assertEq(collateral.strikeCount(), 0);
    }

    function test_RevertWhen_ALengthIsWrongWithSomethingConceded() public {
        uint64 lost = _add(PROVIDER, 1);
        _add(PROVIDER, 1);
        uint32 period = _openNext();
        _remove(lost, true);
        IPossessionProofs.Draw[] memory draws = proofs.draws(PROVIDER);
        uint256 conceded;
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].conceded) ++conceded;
        }
        assertTrue(conceded != 0 && conceded != draws.length, "this seed draws both shards");

        bytes memory proof = _proofFor(draws);
        uint256 length = proof.length;
        proof[0] ^= 0x01;
        vm.expectRevert(_wrongLength(length + 1, length));
        proofs.prove(PROVIDER, period, bytes.concat(proof, hex"00"));
    }
}
