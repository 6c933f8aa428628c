// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {ProofFixture} from "../support/ProofFixture.sol";

/// @notice Maintenance beside a plain record, period by period.
contract PossessionProofsMaintenanceModelTest is ProofFixture {
    uint32 private constant LONGEST = 3;
    uint32 private constant CYCLE = 10;
    uint256 private constant STEPS = 24;

    enum Fate {
        Unproven,
        Proven,
        Missed,
        Quiet
    }

    mapping(uint32 period => bool) private _declared;
    mapping(uint32 period => Fate) private _fates;
    uint32 private _firstOwed;
    uint32 private _now;
    /// @dev The last stretch, and the start of the last one that began. Taken back, a stretch is as if never declared.
    uint32 private _from;
    uint32 private _until;
    uint32 private _lastBegun;

    function setUp() public override {
        super.setUp();
        _add(PROVIDER, 1);
        _now = _period();
        _firstOwed = _now + 1;
    }

    /// forge-config: default.fuzz.runs = 128
    function testFuzz_EachPeriodHasOneFate(uint256 seed) public {
        for (uint256 step; step < STEPS; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 action = seed % 8;
            if (action < 3) _advance(1 + uint32((seed >> 8) % 5));
            else if (action < 5) _declare(uint32((seed >> 8) % 14), uint32((seed >> 16) % 5));
            else if (action == 5) _tryProve();
            else if (action == 6) _tryRecord();
            else _settleUp();
            assertEq(proofs.unrecordedMisses(PROVIDER), _count(Fate.Unproven), "unrecorded");
            assertEq(collateral.missed(PROVIDER), _count(Fate.Missed), "missed");
            assertEq(
                proofs.provenBetween(PROVIDER, _firstOwed, _now + 1),
                _count(Fate.Proven) + (_fates[_now] == Fate.Proven ? 1 : 0),
                "proven"
            );
        }
        assertEq(reputation.badRent(PROVIDER), RENT * _count(Fate.Missed));
    }

    function _advance(uint32 periods) private {
        _open(_now + periods);
        // A stretch counts from its first block on.
        for (; periods != 0; --periods) {
            ++_now;
            if (_declared[_now] && _from == _now) _lastBegun = _now;
            if (_declared[_now - 1] && _fates[_now - 1] == Fate.Unproven) _fates[_now - 1] = Fate.Quiet;
        }
    }

    function _declare(uint32 ahead, uint32 periods) private {
        uint32 from = _now + ahead;
        bool running = _lastBegun != 0 && _lastBegun == _from && _until > _now;
        bool allowed = from > _now && periods <= LONGEST && !running && (_lastBegun == 0 || from >= _lastBegun + CYCLE);
        vm.prank(operator);
        if (!allowed) vm.expectRevert();
        proofs.declareMaintenance(PROVIDER, from, periods);
        if (!allowed) return;
        for (uint32 p = _from; p < _until; ++p) {
            if (p > _now) _declared[p] = false;
        }
        (_from, _until) = (from, from + periods);
        for (uint32 p = from; p < _until; ++p) {
            _declared[p] = true;
        }
        _settle();
    }

    function _tryProve() private {
        bool owed = _now >= _firstOwed && _fates[_now] != Fate.Proven;
        if (!owed) return;
        _prove(PROVIDER);
        _fates[_now] = Fate.Proven;
        _settle();
    }

    function _tryRecord() private {
        bool any = _count(Fate.Unproven) != 0;
        if (!any) vm.expectRevert();
        proofs.recordMisses(PROVIDER, 0);
        if (any) _settle();
    }

    function _settleUp() private {
        (uint32 proven, ) = proofs.count(_id(PROVIDER, 0), _firstOwed, _now);
        assertEq(proven, _count(Fate.Proven));
        _settle();
    }

    /// @dev Everything that is over and unproven is missed.
    function _settle() private {
        for (uint32 p = _firstOwed; p < _now; ++p) {
            if (_fates[p] == Fate.Unproven) _fates[p] = Fate.Missed;
        }
    }

    /// @dev Periods before the current one.
    function _count(Fate fate) private view returns (uint256 number) {
        for (uint32 p = _firstOwed; p < _now; ++p) {
            if (_fates[p] == fate) ++number;
        }
    }
}

/// @notice What was declared holds until it is over, and what was taken back was never there.
contract PossessionProofsMaintenanceKeptTest is ProofFixture {
    uint32 private owed;

    function setUp() public override {
        super.setUp();
        _addHollow(PROVIDER, 1);
        owed = _period() + 1;
    }

    function _declare(uint32 fromPeriod, uint32 periods) private {
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, fromPeriod, periods);
    }

    /// @dev Only the last stretch is kept: the next one would take the rest of the running one away.
    function test_RevertWhen_DeclaredWhileOneRuns() public {
        _declare(owed, 3);
        for (uint32 period = owed; period < owed + 3; ++period) {
            _open(period);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IPossessionProofs.PossessionProofs_MaintenanceRunning.selector,
                    PROVIDER,
                    owed + 3
                )
            );
            _declare(owed + 10, 1);
        }
        _open(owed + 3);
        _declare(owed + 10, 1);
        assertEq(proofs.maintenanceOf(PROVIDER).lastFrom, owed);
        assertEq(collateral.missed(PROVIDER) + proofs.unrecordedMisses(PROVIDER), 0, "all three were declared");
    }

    function test_OneThatWasTakenBackDoesNotCount() public {
        _declare(owed + 1, 3);
        _declare(owed + 1, 0);
        _open(owed + 2);
        _declare(owed + 3, 1);
        assertEq(proofs.maintenanceOf(PROVIDER).lastFrom, 0);
    }
}
