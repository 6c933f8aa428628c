// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RunningMarket} from "../support/RunningMarket.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What went wrong at peers, each as a test that would have caught it here.
contract PeerBugsTest is RunningMarket {
    uint256 private constant COLLATERAL = RENT * COLLATERAL_PERIODS;

    // --------------------------------------------------------------- Filecoin PDP

    /// @dev FilOzone/pdp pull 142: a proof of length zero was accepted.
    function test_Pdp142_ProofOfLengthZero() public {
        uint32 period = proofs.currentPeriod();
        uint256 length = _proof(holder.id).length;
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongLength.selector, 0, length));
        proofs.prove(holder.id, period, "");
        assertFalse(proofs.isProven(holder.id, period));
    }

    /// @dev The same for audits.
    function test_Pdp142_AnswerOfLengthZero() public {
        uint256 audit = _stepOpenAudit();
        vm.roll(block.number + 1);
        bytes32 root = proofs.rootOf(AgreementId.unwrap(id));
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_WrongRoot.selector, 0, bytes32(0), root));
        audits.answer(audit, "");
    }

    /// @dev FilOzone/pdp pull 228: one id named twice was taken out twice.
    function test_Pdp228_OneIdTwice() public {
        _formNew(holder, keccak256("other"), UNITS, TERM);
        uint32 units = proofs.duties(holder.id).units;
        _stepConcede();
        assertEq(proofs.duties(holder.id).units, units - UNITS);
        bytes memory over = abi.encodeWithSelector(
            IAgreements.Agreements_NotActive.selector,
            id,
            IAgreements.Status.Failed
        );
        vm.expectRevert(over);
        vm.prank(holder.operator);
        agreements.concede(id);
        AgreementId[] memory ids = new AgreementId[](2);
        (ids[0], ids[1]) = (id, id);
        vm.expectRevert(over);
        agreements.settle(ids);
        assertEq(proofs.duties(holder.id).units, units - UNITS);
        assertEq(proofs.duties(holder.id).rent, RENT);
    }

    /// @dev FilOzone/pdp pull 279: the last block of a period belonged to the next one.
    function test_Pdp279_LastAndFirstBlockOfAPeriod() public {
        uint32 period = proofs.currentPeriod();
        bytes memory proof = _proof(holder.id);
        vm.roll(proofs.openingBlock(period + 1));
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongPeriod.selector, period, period + 1)
        );
        proofs.prove(holder.id, period, proof);
        vm.roll(proofs.openingBlock(period + 1) - 1);
        proofs.prove(holder.id, period, proof);
        vm.roll(proofs.openingBlock(period + 1));
        // The miss before it, and none of its own.
        assertEq(proofs.unrecordedMisses(holder.id), 0);
        assertEq(collateral.stakes(holder.id).slashes, 1);
    }

    /// @dev hostd 2.7.0: an extension and the end in one block left a contract active for ever. Here one of the two always loses.
    function test_Hostd270_RenewedAndEndedInOneBlock() public {
        for (uint32 p = start + 2; p < start + TERM; ++p) {
            _toPeriod(p);
            _prove(holder.id);
        }
        uint256 snapshot = vm.snapshotState();
        _stepRenew();
        uint32 last = proofs.currentPeriod();
        bytes4 notOver = IAgreements.Agreements_NotOver.selector;
        vm.expectRevert(abi.encodeWithSelector(notOver, id, start + TERM + 5, last));
        agreements.end(id);
        vm.revertToState(snapshot);
        _toPeriod(start + TERM);
        agreements.end(id);
        bytes4 over = IAgreements.Agreements_NotActive.selector;
        vm.expectRevert(abi.encodeWithSelector(over, id, IAgreements.Status.Kept));
        vm.prank(bystander);
        agreements.topUp(id, bystander, 3, holder.askId);
    }

    // --------------------------------------------------------------------- Codex

    /// @dev Codex: whoever reserved a slot without filling it locked others out. Here a place is taken by forming alone, which the client pays:
    /// nobody else's agreement of the same object key stands in its way, and a failed one frees it at once.
    function test_Codex_NobodyReservesAPlace() public {
        StorageAgreement memory squatter = _agreement(successor, OBJECT, 0, UNITS, TERM);
        squatter.client = bystander;
        _form(successor, squatter);
        _stepConcede();
        _addProvider();
        _form(providers[2], _agreement(providers[2], OBJECT, 0, UNITS, TERM));
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[0]), uint64(3) << 32);
        assertEq(AgreementId.unwrap(agreements.holdersOf(bystander, OBJECT)[0]), uint64(successor.id) << 32);
    }

    /// @dev Codex pull 48: a slot filled again began with the misses of whoever held it before.
    function test_Codex48_MissesStayWithWhoeverMissed() public {
        _toPeriod(start + 4);
        _stepConcede();
        assertEq(collateral.stakes(holder.id).strikes, 3);
        AgreementId again = _form(successor, _agreement(successor, OBJECT, 0, UNITS, TERM));
        uint32 period = proofs.currentPeriod() + 2;
        _toPeriod(period);
        proofs.recordMisses(successor.id, 0);
        assertEq(collateral.stakes(successor.id).strikes, 1);
        assertEq(agreements.agreements(again).settledPeriods, 0);
        assertEq(collateral.remainingOf(successor.id, period - 1, period, COLLATERAL), COLLATERAL - COLLATERAL / 100);
    }

    /// @dev Codex pull 235: a set whose members were deleted and added again was corrupt.
    function test_Codex235_TakenOutAndPutInAgainAndAgain() public {
        AgreementId keptOne = _formNew(successor, keccak256("kept"), 2 * UNITS, 100);
        AgreementId last;
        for (uint64 i = 1; i < 6; ++i) {
            last = _formNew(successor, keccak256("again"), UNITS, TERM);
            assertEq(AgreementId.unwrap(last), (uint64(successor.id) << 32) | i, "never an id again");
            assertEq(AgreementId.unwrap(agreements.holdersOf(client, keccak256("again"))[0]), AgreementId.unwrap(last));
            assertEq(proofs.duties(successor.id).units, 3 * UNITS);
            vm.prank(successor.operator);
            agreements.concede(last);
            assertEq(proofs.duties(successor.id).units, 2 * UNITS);
            assertEq(proofs.unitsOf(AgreementId.unwrap(last)), 0);
        }
        _nextPeriod();
        IPossessionProofs.Draw[] memory draws = proofs.draws(successor.id);
        for (uint256 i; i < draws.length; ++i) {
            assertEq(draws[i].agreement, AgreementId.unwrap(keptOne));
        }
        _prove(successor.id);
    }

    /// @dev Codex pull 238: what flowed out for an ended id came from everybody's tokens.
    function test_Codex238_NothingFlowsForAnEndedId() public {
        _stepHandOver();
        AgreementId next = agreements.holdersOf(client, OBJECT)[0];
        uint256 locked = escrow.lockedBy(address(agreements));
        // Eight periods are left, and the hold-back of the two that were proven.
        uint256 left = uint256(agreements.agreements(next).periods);
        assertEq(locked, RENT * left + (RENT * 2 * 2_000) / 10_000);
        bytes memory over = abi.encodeWithSelector(
            IAgreements.Agreements_NotActive.selector,
            id,
            IAgreements.Status.HandedOver
        );
        _toPeriod(proofs.currentPeriod() + 2);
        vm.expectRevert(over);
        agreements.end(id);
        vm.expectRevert(over);
        vm.prank(holder.operator);
        agreements.concede(id);
        vm.expectRevert(over);
        vm.prank(client);
        agreements.giveNotice(id);
        vm.expectRevert(over);
        audits.openAudit(id, bystander);
        assertEq(escrow.lockedBy(address(agreements)), locked);
        _assertConserved();
    }

    /// @dev Codex: burned tokens stayed in the contract for ever. Here a sweep sends them away, to the wei.
    function test_Codex_BurnedTokensLeave() public {
        _stepSettle();
        _stepConcede();
        (, uint96 burned) = escrow.accounts(0);
        uint256 lostTwice = COLLATERAL / 100 + (COLLATERAL - COLLATERAL / 100);
        uint256 atSigning = (RENT * TERM * 200) / 10_000;
        assertEq(
            burned,
            lostTwice -
                ((COLLATERAL / 100) * 7_000) / 10_000 -
                ((COLLATERAL - COLLATERAL / 100) * 7_000) / 10_000 +
                atSigning
        );
        escrow.sweepBurned();
        assertEq(token.balanceOf(escrow.BURN_ADDRESS()), burned);
        _assertConserved();
    }

    // ----------------------------------------------------------------- The Graph

    /// @dev graphprotocol/contracts pull 347: stake left before the slash that was due.
    function test_Graph347_UnbondingDoesNotOutrunTheSlash() public {
        uint256 free = collateral.lockableOf(holder.id);
        _declare(holder, 0);
        vm.startPrank(holder.operator);
        collateral.requestUnbond(holder.id, free);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, holder.id, 0, 1));
        collateral.requestUnbond(holder.id, 1);
        vm.stopPrank();
        vm.warp(block.timestamp + 30 days);
        collateral.withdrawUnbonded(holder.id);
        assertEq(collateral.stakes(holder.id).locked, COLLATERAL, "all of it still there");
        (, uint96 before) = escrow.accounts(escrow.accountOf(client));
        _stepSettle();
        (, uint96 settled) = escrow.accounts(escrow.accountOf(client));
        assertEq(settled - before, RENT + ((COLLATERAL / 100) * 7_000) / 10_000, "the miss, compensated");
    }

    /// @dev Nor do the other ways out: each settles the miss first, or is closed.
    function test_Graph347_NoWayOutAvoidsTheSlash() public {
        function() internal[4] memory ways = [_stepHandOver, _stepConcede, _stepEnd, _stepEndAfterFailure];
        for (uint256 i; i < ways.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            ways[i]();
            assertEq(collateral.stakes(holder.id).locked, 0);
            assertLe(collateral.stakes(holder.id).free, STAKE - COLLATERAL / 100);
            assertGe(collateral.stakes(holder.id).slashes, 1);
            vm.revertToState(snapshot);
        }
    }
}
