// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";

/// @notice [7] [12] [14] Maintenance is no way out: it begins after what is drawn, ends when it was said to, and covers nothing else.
contract MaintenanceTest is CallTable {
    function setUp() public override {
        super.setUp();
        id = _formNew(holder, keccak256("long"), UNITS, 100);
    }

    function _declare(uint32 from, uint32 periods) private {
        vm.prank(holder.operator);
        proofs.declareMaintenance(holder.id, from, periods);
    }

    /// @dev What is missed in the period before, in each of the stretch, and in the period after: one, none, one.
    function test_CoversItsPeriodsAndNoOthers() public {
        uint32[5] memory missed = [start + 1, start + 2, start + 3, start + 4, start + 5];
        uint256[5] memory slashes = [uint256(1), 0, 0, 0, 1];
        _declare(start + 2, 3);
        for (uint256 i; i < 5; ++i) {
            uint256 snapshot = vm.snapshotState();
            for (uint32 p = start; p < start + 7; ++p) {
                _toPeriod(p);
                if (p != missed[i]) _prove(holder.id);
            }
            assertEq(collateral.stakes(holder.id).slashes, slashes[i], vm.toString(i));
            vm.revertToState(snapshot);
        }
    }

    function test_AllOfItInOneReport() public {
        _declare(start + 1, 3);
        // Missed: the one before the stretch and the one after it.
        _toPeriod(start + 5);
        assertEq(proofs.unrecordedMisses(holder.id), 2);
        proofs.recordMisses(holder.id, 0);
        assertEq(collateral.stakes(holder.id).slashes, 2);
    }

    function test_RevertWhen_OnlyMaintenanceWasMissed() public {
        _declare(start, 3);
        _toPeriod(start + 3);
        bytes4 err = IPossessionProofs.PossessionProofs_NothingMissed.selector;
        vm.expectRevert(abi.encodeWithSelector(err, holder.id));
        proofs.recordMisses(holder.id, 0);
    }

    /// @dev No pay without a proof, and with one the whole.
    function test_PaysWhatIsProvenInIt() public {
        _declare(start, 3);
        _toPeriod(start + 1);
        _prove(holder.id);
        _toPeriod(start + 3);
        uint256 before = escrow.availableOf(holder.operator);
        _expect(_settleCall(), OK, "settling");
        assertEq(escrow.availableOf(holder.operator) - before, (RENT * 8) / 10);
        assertEq(agreements.agreements(id).provenPeriods, 1);
        assertEq(agreements.agreements(id).settledPeriods, 3);
    }

    /// @dev Once a period has begun its draws are known, or will be: it cannot be declared quiet.
    function test_RevertWhen_DeclaredOnceTheDrawsAreKnown() public {
        _toPeriod(start);
        assertGt(proofs.draws(holder.id).length, 0);
        bytes4 err = IPossessionProofs.PossessionProofs_MaintenanceTooLate.selector;
        vm.expectRevert(abi.encodeWithSelector(err, holder.id, start, start));
        _declare(start, 1);
    }

    /// @dev A stretch that is taken back, or moved, covers nothing any more.
    function test_TakenBackInTime() public {
        _declare(start + 1, 3);
        _declare(start + 1, 0);
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 3);
        assertEq(proofs.unrecordedMisses(holder.id), 2);
    }

    /// @dev Missed before it was declared: declaring records it, and covers none of it.
    function test_DoesNotReachBack() public {
        _toPeriod(start + 2);
        _declare(start + 3, 3);
        assertEq(collateral.stakes(holder.id).slashes, 2);
        _toPeriod(start + 6);
        // The period of the declaration itself.
        assertEq(proofs.unrecordedMisses(holder.id), 1);
    }

    /// @dev Over a hundred periods no more are quiet than the cycle allows, however it is declared.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_NoMoreThanTheCycleAllows(uint256 seed) public {
        uint256 slashed;
        uint32 last = start + 40;
        for (uint32 p = start; p < last; ++p) {
            _toPeriod(p);
            uint32 from = p + 1 + uint32((seed >> (p % 64)) % 5);
            vm.prank(holder.operator);
            try proofs.declareMaintenance(holder.id, from, uint32(seed >> (p % 32)) % 4) {} catch {}
            // Proves whenever it has to, so that it never fails.
            if (!_quiet(p)) _prove(holder.id);
            else ++slashed;
        }
        _toPeriod(last);
        assertLe(slashed, (40 / MAINTENANCE_CYCLE + 1) * MAINTENANCE_PERIODS);
    }

    function _quiet(uint32 period) private view returns (bool) {
        IPossessionProofs.Maintenance memory stretch = proofs.maintenanceOf(holder.id);
        return stretch.fromPeriod <= period && period < stretch.untilPeriod;
    }

    /// @dev What was promised for the rest of a stretch that runs holds: the next one waits until it is over.
    function test_RevertWhen_TheNextIsDeclaredWhileOneRuns() public {
        _declare(start, 3);
        bytes4 err = IPossessionProofs.PossessionProofs_MaintenanceRunning.selector;
        for (uint32 p = start; p < start + 3; ++p) {
            _toPeriod(p);
            vm.expectRevert(abi.encodeWithSelector(err, holder.id, start + 3));
            _declare(start + MAINTENANCE_CYCLE, 3);
        }
        _toPeriod(start + 3);
        _declare(start + MAINTENANCE_CYCLE, 3);
        assertEq(proofs.unrecordedMisses(holder.id), 0);
        assertEq(collateral.stakes(holder.id).slashes, 0);
    }
}
