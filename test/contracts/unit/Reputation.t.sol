// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Reputation, ReputationParams} from "../../../contracts/Reputation.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";

contract ReputationTest is Test {
    uint32 internal constant HALF_LIFE = 90;
    uint112 internal constant NEWCOMER = 3000;

    address internal proofs = makeAddr("proofs");
    address internal agreements = makeAddr("agreements");
    address internal audits = makeAddr("audits");
    Reputation internal reputation;

    function setUp() public {
        reputation = _new(ReputationParams(NEWCOMER, HALF_LIFE, 10, 1));
    }

    function _new(ReputationParams memory params) private returns (Reputation) {
        return new Reputation(params, IPossessionProofs(proofs), IAgreements(agreements), audits);
    }

    function _proven(uint32 provider, uint32 period, uint256 rent) internal {
        vm.prank(proofs);
        reputation.recordProven(provider, period, rent);
    }

    function test_RevertWhen_NewcomerIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IReputation.Reputation_InvalidParams.selector, "newcomer"));
        _new(ReputationParams(0, 1, 1, 1));
    }

    function test_RevertWhen_HalfLifeIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IReputation.Reputation_InvalidParams.selector, "halfLifePeriods"));
        _new(ReputationParams(1, 0, 1, 1));
    }

    function test_RevertWhen_CallerIsNotTheProofs() public {
        bytes memory refusal = abi.encodeWithSelector(IReputation.Reputation_NotAMarketContract.selector, agreements);
        vm.startPrank(agreements);
        vm.expectRevert(refusal);
        reputation.recordProven(1, 1, 1);
        vm.expectRevert(refusal);
        reputation.recordMissed(1, 1, 1, 1);
    }

    function test_RevertWhen_CallerIsNotAgreements() public {
        bytes memory refusal = abi.encodeWithSelector(IReputation.Reputation_NotAMarketContract.selector, proofs);
        vm.startPrank(proofs);
        vm.expectRevert(refusal);
        reputation.recordKept(1);
        vm.expectRevert(refusal);
        reputation.recordFailed(1, 1, 1);
        vm.expectRevert(refusal);
        reputation.recordHandedOver(1);
    }

    function test_KeepsItsParameters() public view {
        assertEq(reputation.newcomer(), NEWCOMER);
        assertEq(reputation.halfLifePeriods(), HALF_LIFE);
        assertEq(reputation.badWeight(), 10);
    }

    function test_CountsWhatHappened() public {
        vm.startPrank(proofs);
        reputation.recordProven(1, 5, 700);
        vm.expectEmit();
        emit IReputation.BadRecorded(1, 5, 40, 2);
        reputation.recordMissed(1, 5, 40, 2);
        vm.stopPrank();
        vm.startPrank(agreements);
        vm.expectEmit();
        emit IReputation.AgreementKept(1);
        reputation.recordKept(1);
        vm.expectEmit();
        emit IReputation.BadRecorded(1, 5, 11, 0);
        vm.expectEmit();
        emit IReputation.AgreementFailed(1, 11);
        reputation.recordFailed(1, 5, 11);

        IReputation.Record memory record = reputation.records(1);
        assertEq(record.good, 700);
        assertEq(record.bad, 51);
        assertEq(record.updated, 5);
        assertEq(record.missed, 2);
        assertEq(record.kept, 1);
        assertEq(record.failed, 1);
        assertEq(reputation.records(2).updated, 0);
    }

    function test_ScoreStartsAtZeroAndNeverReachesOne() public {
        assertEq(reputation.scoreAt(1, 0), 0);
        _proven(1, 5, 3000);
        assertEq(reputation.scoreAt(1, 5), 0.5e18);
        vm.prank(proofs);
        reputation.recordMissed(1, 5, 300, 1);
        assertEq(reputation.scoreAt(1, 5), uint256(1e18) / 3);
        _proven(2, 5, type(uint256).max);
        assertLt(reputation.scoreAt(2, 5), 1e18);
    }

    function test_HalvesEachHalfLife() public {
        _proven(1, 180, 1 << 90);
        assertEq(reputation.records(1).good, 1 << 90);
        for (uint32 i = 1; i <= 20; ++i) {
            _proven(1, 180 + i * HALF_LIFE, 0);
            assertEq(reputation.records(1).good, uint256(1 << 90) >> i);
        }
        _proven(1, 1_000_000, 0);
        assertEq(reputation.records(1).good, 0);
    }

    function test_FallsInAStraightLineBetween() public {
        _proven(1, 90, 180);
        for (uint32 i = 1; i <= 90; ++i) {
            uint256 good = 180 - i;
            assertEq(reputation.scoreAt(1, 90 + i), (good * 1e18) / (good + NEWCOMER));
        }
    }

    function test_DoesNotGoBack() public {
        _proven(1, 100, 1000);
        _proven(1, 95, 500);
        assertEq(reputation.records(1).good, 1500);
        assertEq(reputation.records(1).updated, 100);
        assertEq(reputation.scoreAt(1, 3), reputation.scoreAt(1, 100));
    }

    function test_StopsAtItsWidth() public {
        uint256 max = type(uint96).max;
        _proven(1, 90, type(uint256).max);
        _proven(1, 90, type(uint256).max);
        vm.prank(proofs);
        reputation.recordMissed(1, 90, type(uint256).max, 1);
        assertEq(reputation.records(1).good, max);
        assertEq(reputation.records(1).bad, max);
        assertEq(reputation.records(1).updated, 90);
        assertEq(reputation.scoreAt(1, 90), (max * 1e18) / (max + 10 * max + NEWCOMER));
    }

    /// Updated daily or once: the same to one unit an update.
    function testFuzz_DecayDoesNotDependOnUpdates(uint96 rent, uint32 start, uint8 steps, uint256 seed) public {
        start = uint32(bound(start, 0, 100_000));
        _proven(1, start, rent);
        _proven(2, start, rent);
        uint32 period = start;
        for (uint256 i = 0; i < steps; ++i) {
            period += uint32(uint256(keccak256(abi.encode(seed, i))) % 4);
            _proven(1, period, 0);
        }
        _proven(2, period, 0);
        uint256 often = reputation.records(1).good;
        uint256 once = reputation.records(2).good;
        assertLe(often, once);
        assertLe(once - often, steps);
    }

    /// f(p) = 2^-(p / h) (2h - p mod h) / 2h lies above 2^(-p/h) by at most 6.2%, so a ratio of two is off by at most that either way.
    function testFuzz_DecayIsNearTheExponential(uint32 from, uint32 halvings, uint32 rest) public {
        from = uint32(bound(from, 0, 10_000)) * HALF_LIFE;
        halvings = uint32(bound(halvings, 0, 40));
        rest = uint32(bound(rest, 0, HALF_LIFE - 1));
        _proven(1, from, 1 << 95);
        _proven(1, from + halvings * HALF_LIFE + rest, 0);
        // 2^-(1/90) in 1e18 parts, to the power of `rest`.
        uint256 exact = 1e18;
        for (uint256 i = 0; i < rest; ++i) exact = (exact * 992328111713103463) / 1e18;
        uint256 expected = ((uint256(1) << 95) >> halvings) * exact;
        assertApproxEqRel(uint256(reputation.records(1).good) * 1e18, expected, 0.062e18);
    }

    function testFuzz_ScoreGrowsWithGoodAndFallsWithBad(uint96 good, uint96 bad, uint96 more) public {
        _proven(1, 10, good);
        vm.prank(proofs);
        reputation.recordMissed(1, 10, bad, 1);
        uint256 score = reputation.scoreAt(1, 10);
        assertLt(score, 1e18);
        _proven(1, 10, more);
        assertGe(reputation.scoreAt(1, 10), score);
        score = reputation.scoreAt(1, 10);
        vm.prank(agreements);
        reputation.recordFailed(1, 10, more);
        assertLe(reputation.scoreAt(1, 10), score);
    }
}
