// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {FakeReputation} from "../../../contracts/mocks/ProofFakes.sol";
import {ProofFixture} from "../support/ProofFixture.sol";

contract PossessionProofsMissesTest is ProofFixture {
    function _checkStrike(uint256 index, uint32 fromPeriod, uint32 count) private view {
        (uint32 provider, uint32 from, uint32 number) = collateral.strikes(index);
        assertEq(provider, PROVIDER);
        assertEq(from, fromPeriod);
        assertEq(number, count);
    }

    function _nothingMissed(uint32 provider) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NothingMissed.selector, provider);
    }

    // ----------------------------------------------------------- recordMisses

    function test_RevertWhen_NothingWasMissed() public {
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
        _add(PROVIDER, 1);
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
        _openNext();
        // The first owed period still runs, to its last block.
        _rollTo(proofs.openingBlock(_period() + 1) - 1);
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
        _prove(PROVIDER);
        _openNext();
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
        // A provider that is not there.
        vm.expectRevert(_nothingMissed(PROVIDER + 1));
        proofs.recordMisses(PROVIDER + 1, 0);
    }

    function test_RecordsOnceAndPaysTheReporter() public {
        _addHollow(PROVIDER, 4);
        uint32 owed = _openNext();
        vm.roll(proofs.openingBlock(owed + 1));
        assertEq(proofs.unrecordedMisses(PROVIDER), 1);

        vm.expectEmit(address(proofs));
        emit IPossessionProofs.PeriodsMissed(PROVIDER, owed, 1, false);
        vm.expectEmit(address(reputation));
        emit FakeReputation.Missed(PROVIDER, owed, 4 * RENT, 1);
        proofs.recordMisses(PROVIDER, 9);

        _checkStrike(0, owed, 1);
        assertEq(collateral.lastReporter(), 9);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        assertEq(proofs.duties(PROVIDER).resolvedThrough, owed);
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
        assertEq(collateral.strikeCount(), 1);
    }

    function test_ManyPeriodsAreOneRange() public {
        _addHollow(PROVIDER, 4);
        uint32 owed = _openNext();
        _open(owed + 1_000);
        assertEq(proofs.unrecordedMisses(PROVIDER), 1_000);
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(0, owed, 1_000);
        assertEq(reputation.badRent(PROVIDER), 4 * RENT * 1_000);
    }

    function test_AProofRecordsTheMissesBeforeIt() public {
        _add(PROVIDER, 1);
        uint32 owed = _openNext();
        _prove(PROVIDER);
        _open(owed + 3);
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.PeriodsMissed(PROVIDER, owed + 1, 2, false);
        _prove(PROVIDER);
        _checkStrike(0, owed + 1, 2);
        assertEq(proofs.provenBetween(PROVIDER, 0, owed + 10), 2);
        assertEq(collateral.lastReporter(), 0, "no fee for its own");
    }

    function test_AChangeOfTheSetRecordsTheMissesBeforeIt() public {
        uint64 agreement = _addHollow(PROVIDER, 1);
        uint32 owed = _openNext();
        _openNext();
        _addHollow(PROVIDER, 2);
        _checkStrike(0, owed, 1);
        _openNext();
        _remove(agreement, false);
        _checkStrike(1, owed + 1, 1);
        // The second miss was over what the period opened with.
        assertEq(reputation.badRent(PROVIDER), 2 * RENT);
        _openNext();
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(2, owed + 2, 1);
        assertEq(reputation.badRent(PROVIDER), 5 * RENT);
    }

    // ------------------------------------------------- who owes when, a table

    function test_PeriodOfTheFirstAgreementIsNotOwed() public {
        uint32 formed = _period();
        _addHollow(PROVIDER, 3);
        _open(formed + 3);
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(0, formed + 1, 2);
        assertEq(reputation.badRent(PROVIDER), 6 * RENT);
    }

    function test_PeriodOfTheLastEndingIsOwed() public {
        uint64 agreement = _addHollow(PROVIDER, 3);
        uint32 owed = _openNext();
        _remove(agreement, false);
        _open(owed + 50);
        assertEq(proofs.unrecordedMisses(PROVIDER), 1);
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(0, owed, 1);
        assertEq(reputation.badRent(PROVIDER), 3 * RENT);
    }

    function test_EmptiedAndFilledInOnePeriod() public {
        uint64 agreement = _addHollow(PROVIDER, 3);
        uint32 owed = _openNext();
        _remove(agreement, false);
        _addHollow(PROVIDER, 5);
        _open(owed + 3);
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(0, owed, 3);
        assertEq(reputation.badRent(PROVIDER), (3 + 5 + 5) * RENT);
    }

    function test_FormedAndEndedInOnePeriodIsNeverOwed() public {
        uint32 formed = _openNext();
        _remove(_addHollow(PROVIDER, 3), false);
        _open(formed + 5);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
    }

    function test_NothingOwedWhileEmpty() public {
        uint64 agreement = _add(PROVIDER, 3);
        uint32 owed = _openNext();
        _prove(PROVIDER);
        _remove(agreement, false);
        _open(owed + 30);
        _addHollow(PROVIDER, 1);
        assertEq(collateral.strikeCount(), 0);
        _open(owed + 32);
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(0, owed + 31, 1);
    }

    function test_ChangedAfterItsProofOwesNothingMoreInThePeriod() public {
        uint64 agreement = _add(PROVIDER, 3);
        uint32 owed = _openNext();
        _prove(PROVIDER);
        _addHollow(PROVIDER, 1);
        _remove(agreement, false);
        _open(owed + 2);
        proofs.recordMisses(PROVIDER, 0);
        _checkStrike(0, owed + 1, 1);
        assertEq(reputation.badRent(PROVIDER), RENT);
    }

    // --------------------------------------------------------------- settling

    function test_RevertWhen_AnyoneElseCounts() public {
        uint64 agreement = _addHollow(PROVIDER, 1);
        vm.prank(makeAddr("stranger"));
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NotAgreements.selector, makeAddr("stranger"))
        );
        proofs.count(agreement, 0, 1);
    }

    function test_CountsAndRecords() public {
        uint64 agreement = _add(PROVIDER, 2);
        uint32 start = _openNext();
        _prove(PROVIDER);
        _open(start + 2);
        _prove(PROVIDER);
        _open(start + 4);
        (uint32 proven, uint32 units) = proofs.count(agreement, start, start + 4);
        assertEq(proven, 2);
        assertEq(units, 2);
        _checkStrike(1, start + 3, 1);
        (proven, ) = proofs.count(agreement, start, start + 2);
        assertEq(proven, 1);
        (proven, ) = proofs.count(agreement, start + 2, start + 2);
        assertEq(proven, 0);
        assertEq(collateral.strikeCount(), 2, "each once");
    }

    // ---------------------------------------------------------------- failing

    function _fail() private returns (uint64 first, uint64 second) {
        collateral.setFailsAt(2);
        first = _add(PROVIDER, 2);
        second = _add(PROVIDER, 3);
        uint32 owed = _openNext();
        _open(owed + 2);
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.PeriodsMissed(PROVIDER, owed, 2, true);
        proofs.recordMisses(PROVIDER, 0);
    }

    function test_FailedProviderOwesNothingMore() public {
        _fail();
        IPossessionProofs.Duty memory duty = proofs.duties(PROVIDER);
        assertTrue(duty.failed);
        assertEq(duty.units, 0);
        assertEq(duty.rent, 0);
        assertEq(proofs.draws(PROVIDER).length, 0);
        uint32 now_ = _period();
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NothingToProve.selector, PROVIDER, now_)
        );
        proofs.prove(PROVIDER, now_, "");
        _open(now_ + 20);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        vm.expectRevert(_nothingMissed(PROVIDER));
        proofs.recordMisses(PROVIDER, 0);
    }

    function test_RevertWhen_AddedToAFailedProvider() public {
        _fail();
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_ProviderFailed.selector, PROVIDER));
        proofs.add(PROVIDER, 0, 1, 1);
    }

    function test_AgreementsOfAFailedProviderCanBeSettledAndRemoved() public {
        (uint64 first, uint64 second) = _fail();
        (uint32 proven, uint32 units) = proofs.count(first, 1, _period());
        assertEq(proven, 0);
        assertEq(units, 2, "still known, for settling");
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.UnitsRemoved(PROVIDER, first, 2, 2 * RENT);
        _remove(first, false);
        assertEq(proofs.unitsOf(first), 0);
        assertEq(proofs.unitsOf(second), 3);
        _openNext();
        _remove(second, true);
        assertEq(proofs.duties(PROVIDER).units, 0);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_UnknownLeaf.selector, first));
        proofs.remove(first, 0, false);
    }

    /// @dev Whoever comes first with anything finds the misses: a removal can be what fails the provider.
    function test_RemovalThatFailsTheProvider() public {
        collateral.setFailsAt(2);
        uint64 agreement = _add(PROVIDER, 2);
        uint32 owed = _openNext();
        _open(owed + 2);
        _remove(agreement, false);
        assertTrue(proofs.duties(PROVIDER).failed);
        assertEq(proofs.unitsOf(agreement), 0);
    }

    /// @dev A proof cannot save a provider whose misses were not recorded yet; it changes nothing.
    function test_RevertWhen_TheMissesBeforeAProofFailTheProvider() public {
        collateral.setFailsAt(2);
        _add(PROVIDER, 1);
        uint32 owed = _openNext();
        _open(owed + 2);
        bytes memory proof = _proofFor(proofs.draws(PROVIDER));
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NothingToProve.selector, PROVIDER, owed + 2)
        );
        proofs.prove(PROVIDER, owed + 2, proof);
        assertEq(proofs.unrecordedMisses(PROVIDER), 2);
        proofs.recordMisses(PROVIDER, 0);
        assertTrue(proofs.duties(PROVIDER).failed);
    }

    // ------------------------------------------------------------------ model

    struct Owed {
        bool duty;
        bool done;
        uint256 rent;
    }

    mapping(uint32 period => Owed) private _owed;
    uint64[] private _live;
    uint256 private _missedRent;
    uint256 private _missedCount;

    /// @dev Period by period beside the contract's ranges: each owed period is proven, or missed exactly once.
    function testFuzz_EveryOwedPeriodIsProvenOrMissedOnce(uint256 seed) public {
        uint32 period = _period();
        for (uint256 step; step < 14; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 action = seed % 8;
            if (action < 3) {
                uint32 next = period + uint32(1 + ((seed >> 8) % 3));
                for (; period < next; ++period) {
                    _owed[period + 1] = Owed(_live.length != 0, false, RENT * _live.length);
                }
                _open(period);
            } else if (action < 5) {
                _catchUp(period);
                _live.push(_add(PROVIDER, 1));
            } else if (action == 5 && _live.length != 0) {
                _catchUp(period);
                uint256 index = (seed >> 8) % _live.length;
                _remove(_live[index], (seed >> 16) % 2 == 0);
                _live[index] = _live[_live.length - 1];
                _live.pop();
            } else if (action == 6 && _owed[period].duty && !_owed[period].done) {
                _catchUp(period);
                _owed[period].done = true;
                _prove(PROVIDER);
            } else if (action == 7 && _catchUp(period) != 0) {
                proofs.recordMisses(PROVIDER, 0);
            }
            if (action > 2) {
                assertEq(collateral.missed(PROVIDER) + proofs.unrecordedMisses(PROVIDER), _missedIn(period));
            }
        }
        _catchUp(period);
        if (proofs.unrecordedMisses(PROVIDER) != 0) proofs.recordMisses(PROVIDER, 0);
        assertEq(collateral.missed(PROVIDER), _missedCount);
        assertEq(reputation.badRent(PROVIDER), _missedRent);
    }

    /// @dev Marks what is over and not done as missed.
    function _catchUp(uint32 period) private returns (uint256 found) {
        for (uint32 p = 1; p < period; ++p) {
            if (!_owed[p].duty || _owed[p].done) continue;
            _owed[p].done = true;
            _missedRent += _owed[p].rent;
            ++_missedCount;
            ++found;
        }
    }

    function _missedIn(uint32 period) private view returns (uint256 missed) {
        missed = _missedCount;
        for (uint32 p = 1; p < period; ++p) {
            if (_owed[p].duty && !_owed[p].done) ++missed;
        }
    }
}
