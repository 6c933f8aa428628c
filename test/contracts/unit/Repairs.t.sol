// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {Signing} from "../support/Signing.sol";
import {Repairs, RepairParams} from "../../../contracts/Repairs.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IRepairs} from "../../../contracts/interfaces/IRepairs.sol";
import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {Bid, BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A shard is lost, anybody posts its bid, another provider takes it over: out of what the failure gave back.
contract RepairsTest is Base {
    using Signing for *;

    bytes32 private constant OBJECT = keccak256("object");
    uint32 private constant UNITS = 4;
    uint24 private constant TERM = 20;
    uint256 private constant RENT = uint256(UNITS) * PRICE;
    uint96 private constant BUDGET = 1_000 ether;
    uint256 private constant COMPENSATION_BPS = 7_000;

    AgreementId private lost;
    bytes32 private root;

    function setUp() public override {
        super.setUp();
        _addProviders(3);
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, UNITS, TERM);
        root = a.shardRoot;
        lost = _form(providers[0], a);
        _authorize(BUDGET);
    }

    function _authorize(uint96 budget) private {
        vm.prank(client);
        escrow.authorizeSession(address(repairs), budget, uint40(block.timestamp + 365 days));
    }

    function _lose() private {
        _nextPeriod();
        _prove(providers[0].id);
        _nextPeriod();
        vm.prank(providers[0].operator);
        agreements.concede(lost);
    }

    function _post() private returns (uint64) {
        vm.prank(makeAddr("anybody"));
        return repairs.post(lost, client, OBJECT);
    }

    /// @dev By the definition in the interface, in whole token wei of all units: rent left and half the compensation, less the burn.
    function _ceiling(uint256 periods) private pure returns (uint256) {
        uint256 most = PRICE * periods + (PRICE * uint256(COLLATERAL_PERIODS) * COMPENSATION_BPS) / 20_000;
        return (most * 10_000) / (10_200 * periods);
    }

    function _burned() private view returns (uint256 burned) {
        (, burned) = escrow.accounts(0);
    }

    /// @dev A bid of the client's own, at the price of the asks.
    function _terms(StorageAgreement memory a) private view returns (BidTerms memory) {
        return
            BidTerms({
                objectKey: a.objectKey,
                shardsRoot: keccak256(bytes.concat(keccak256(abi.encode(uint8(0), a.shardRoot)))),
                units: UNITS,
                periods: TERM,
                shards: 1,
                rest: Rest.Stand,
                region: 0,
                minScoreBps: 0,
                collateralPeriods: COLLATERAL_PERIODS,
                expiry: uint40(block.timestamp + 1),
                climbSeconds: 0,
                startPrice: PRICE,
                ceiling: PRICE
            });
    }

    function _answer(uint64 bidId, Provider memory p, uint64 price, uint24 periods) private returns (AgreementId) {
        StorageAgreement memory a = _agreement(p, OBJECT, 0, UNITS, periods);
        a.pricePerUnitPeriod = price;
        a.collateral = uint96(uint256(price) * UNITS * COLLATERAL_PERIODS);
        return _answerAs(bidId, p, a);
    }

    function _answerAs(uint64 bidId, Provider memory p, StorageAgreement memory a) private returns (AgreementId) {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        bytes32[][] memory paths = new bytes32[][](1);
        list[0] = a;
        (list[0].askId, list[0].bidId, list[0].nonce) = (0, bidId, orderBook.nonceOf(bidId, 0));
        list[0].deadline = uint64(block.timestamp + 365 days);
        signatures[0] = _sign(p.nodeKey, agreements.digestOf(list[0]));
        return orderBook.answerBid(bidId, list, signatures, paths)[0];
    }

    function test_TheBidOffersWhatTheFailureGaveBack() public {
        _lose();
        assertEq(agreements.lostUnitsOf(lost), UNITS);
        uint32 current = proofs.currentPeriod();
        uint24 periods = uint24(agreements.agreements(lost).startPeriod + TERM - current - 1);
        vm.expectEmit(address(repairs));
        emit IRepairs.RepairPosted(lost, 1, client, OBJECT, 0, root);
        uint64 bidId = _post();
        Bid memory bid = orderBook.bids(bidId);
        assertEq(bid.client, client);
        assertEq(bid.shardsLeft, 1);
        assertEq(bid.terms.objectKey, OBJECT);
        assertEq(bid.terms.units, UNITS);
        assertEq(bid.terms.periods, periods);
        assertEq(bid.terms.shards, 1);
        assertEq(uint8(bid.terms.rest), uint8(Rest.Stand));
        assertEq(bid.terms.region, 0);
        assertEq(bid.terms.minScoreBps, 0);
        assertEq(bid.terms.collateralPeriods, COLLATERAL_PERIODS);
        assertEq(bid.terms.expiry, block.timestamp + 7 days);
        assertEq(bid.terms.climbSeconds, 9 hours);
        assertEq(bid.terms.startPrice, PRICE);
        assertEq(bid.terms.ceiling, _ceiling(periods));
        IRepairs.Repair memory repair = repairs.repairs(lost);
        assertEq(repair.bidId, bidId);
        assertEq(repair.client, client);
        assertEq(repair.objectKey, OBJECT);
        assertEq(repair.shardIndex, 0);
        _assertConserved();
    }

    function test_WhoeverAnswersIsPaidOutOfTheFailureAndProvesIt() public {
        uint256 before = escrow.availableOf(client);
        _lose();
        uint256 gained = escrow.availableOf(client) - before;
        uint64 bidId = _post();
        (uint96 left, ) = escrow.sessions(client, address(repairs));
        assertEq(BUDGET - left, escrow.lockedBy(address(orderBook)));
        vm.warp(block.timestamp + 9 hours);
        Bid memory bid = orderBook.bids(bidId);
        AgreementId id = _answer(bidId, providers[1], bid.terms.ceiling, bid.terms.periods);
        // All of the ceiling, burn included, is less than what came back: the client keeps half of the compensation.
        uint256 kept = escrow.availableOf(client) - before;
        assertGe(kept, gained - RENT * bid.terms.periods - (RENT * COLLATERAL_PERIODS * COMPENSATION_BPS) / 20_000);
        assertLt(kept, gained);
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[0]), AgreementId.unwrap(id));
        assertEq(proofs.rootOf(AgreementId.unwrap(id)), root);
        _nextPeriod();
        _prove(providers[1].id);
        _nextPeriod();
        _prove(providers[1].id);
        _assertConserved();
    }

    /// @dev Over prices, collateral and what is left: rent and burn at the ceiling never exceed rent left and bounty by more than the burn's rounding.
    function testFuzz_ARepairNeverCostsMoreThanTheFailureGaveBack(uint24 waited, uint24 term) public {
        term = uint24(bound(term, 4, 400));
        waited = uint24(bound(waited, 0, term - 3));
        Provider memory p = providers[1];
        StorageAgreement memory a = _agreement(p, "fuzzed", 0, UNITS, term);
        AgreementId id = _form(p, a);
        uint32 start = agreements.agreements(id).startPeriod;
        vm.roll(proofs.openingBlock(start) + uint256(waited) * PERIOD_BLOCKS + 1);
        vm.prank(p.operator);
        agreements.concede(id);
        uint256 periods = start + term - proofs.currentPeriod() - 1;
        uint64 bidId = repairs.post(id, client, "fuzzed");
        uint256 reserved = escrow.lockedBy(address(orderBook));
        uint256 most = RENT * periods + (RENT * COLLATERAL_PERIODS * COMPENSATION_BPS) / 20_000;
        assertLe(reserved, most + 1);
        assertLe(orderBook.bids(bidId).terms.startPrice, PRICE);
    }

    function test_ACheapBidStartsAtItsCeiling() public {
        // No collateral to speak of: the burn has to come out of the price.
        StorageAgreement memory a = _agreement(providers[1], "bare", 0, UNITS, 300);
        a.collateral = uint96(RENT);
        a.askId = 0;
        AgreementId id = _form(providers[1], a);
        vm.prank(providers[1].operator);
        agreements.concede(id);
        uint64 bidId = repairs.post(id, client, "bare");
        Bid memory bid = orderBook.bids(bidId);
        assertLt(bid.terms.startPrice, PRICE);
        assertEq(bid.terms.startPrice, bid.terms.ceiling);
    }

    function test_AfterItsWindowTheMoneyIsTheClients() public {
        _lose();
        uint256 before = escrow.availableOf(client);
        uint64 bidId = _post();
        vm.warp(block.timestamp + 7 days);
        orderBook.closeBid(bidId);
        assertEq(escrow.availableOf(client), before);
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_AlreadyPosted.selector, lost, bidId));
        _post();
    }

    function test_TheClientCancelsItsBid() public {
        _lose();
        uint64 bidId = _post();
        vm.expectRevert(abi.encodeWithSelector(IBids.OrderBook_NotBidder.selector, bidId, address(this)));
        orderBook.cancelBid(bidId);
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(escrow.lockedBy(address(orderBook)), 0);
    }

    function test_RevertWhen_NothingIsLost() public {
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_NotFailed.selector, lost));
        _post();
        AgreementId nobody = AgreementId.wrap(77);
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_NotFailed.selector, nobody));
        repairs.post(nobody, client, OBJECT);
        assertEq(agreements.lostUnitsOf(lost), 0);
    }

    function test_AKeptAgreementIsNotLost() public {
        StorageAgreement memory a = _agreement(providers[1], "short", 0, UNITS, 1);
        AgreementId id = _form(providers[1], a);
        _nextPeriod();
        _prove(providers[1].id);
        _nextPeriod();
        agreements.end(id);
        assertEq(agreements.lostUnitsOf(id), 0);
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_NotFailed.selector, id));
        repairs.post(id, client, "short");
    }

    function test_RevertWhen_TheObjectIsNotTheAgreements() public {
        _lose();
        bytes32 other = keccak256("other");
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_WrongObject.selector, lost, client, other));
        repairs.post(lost, client, other);
        address stranger = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_WrongObject.selector, lost, stranger, OBJECT));
        repairs.post(lost, stranger, OBJECT);
    }

    function test_RevertWhen_TheShardHasAnotherProvider() public {
        _lose();
        _form(providers[1], _agreement(providers[1], OBJECT, 0, UNITS, TERM));
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_WrongObject.selector, lost, client, OBJECT));
        _post();
    }

    function test_RevertWhen_NoWholePeriodIsLeft() public {
        uint32 endPeriod = agreements.agreements(lost).startPeriod + TERM;
        _toPeriod(endPeriod - 2);
        vm.prank(providers[0].operator);
        agreements.concede(lost);
        uint256 state = vm.snapshotState();
        _toPeriod(endPeriod - 1);
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_TermOver.selector, lost, endPeriod, endPeriod - 1));
        _post();
        vm.revertToState(state);
        assertEq(orderBook.bids(_post()).terms.periods, 1);
    }

    function test_RevertWhen_TheClientDidNotAgree() public {
        vm.prank(client);
        escrow.revokeSession(address(repairs));
        _lose();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, address(repairs), 0));
        _post();
        _authorize(1);
        vm.expectPartialRevert(IEscrow.Escrow_SessionBudgetExceeded.selector);
        _post();
        assertEq(repairs.repairs(lost).bidId, 0);
        _authorize(BUDGET);
        _post();
    }

    /// @notice A client whose friends hold the other shards gains nothing by letting somebody else try to rebuild one.
    function test_WhatAProviderLosesBeforeTheShardWasThereIsBurned() public {
        _lose();
        uint64 bidId = _post();
        AgreementId id = _answer(bidId, providers[1], PRICE, orderBook.bids(bidId).terms.periods);
        assertTrue(agreements.agreements(id).repair);
        // Others' shards may be all that these two periods draw of it.
        for (uint256 period; period < 2; ++period) {
            _nextPeriod();
            _prove(providers[1].id);
        }
        _nextPeriod();
        (uint256 before, uint256 burnedBefore) = (escrow.availableOf(client), _burned());
        uint256 whole = RENT * COLLATERAL_PERIODS;
        vm.expectEmit(address(collateral));
        emit ICollateral.Slashed(providers[1].id, 0, 0, whole);
        vm.prank(providers[1].operator);
        agreements.concede(id);
        assertEq(_burned(), burnedBefore + whole);
        IAgreements.Agreement memory a = agreements.agreements(id);
        assertEq(a.provenPeriods, 2);
        // The rent that was not earned, and what was held back of the rest.
        assertEq(escrow.availableOf(client), before + RENT * (a.periods - 2) + (RENT * 2) / 5);
        _assertConserved();
    }

    function test_OnceMorePeriodsAreProvenTheClientIsCompensated() public {
        _lose();
        uint64 bidId = _post();
        AgreementId id = _answer(bidId, providers[1], PRICE, orderBook.bids(bidId).terms.periods);
        for (uint256 period; period < 3; ++period) {
            _nextPeriod();
            _prove(providers[1].id);
        }
        _nextPeriod();
        uint256 whole = RENT * COLLATERAL_PERIODS;
        uint256 toClient = (whole * COMPENSATION_BPS) / 10_000;
        vm.expectEmit(address(collateral));
        emit ICollateral.Slashed(providers[1].id, escrow.accountOf(client), toClient, whole - toClient);
        vm.prank(providers[1].operator);
        agreements.concede(id);
    }

    function test_MissesBeforeTheShardWasThereAreBurned() public {
        _lose();
        uint64 bidId = _post();
        AgreementId id = _answer(bidId, providers[1], PRICE, orderBook.bids(bidId).terms.periods);
        _nextPeriod();
        _nextPeriod();
        proofs.recordMisses(providers[1].id, 0);
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = id;
        vm.expectEmit(address(collateral));
        emit ICollateral.Slashed(providers[1].id, 0, 0, (RENT * COLLATERAL_PERIODS) / 100);
        agreements.settle(ids);
        _assertConserved();
    }

    function test_ASuccessorInheritsHowMuchOfARepairIsProven() public {
        _lose();
        uint64 bidId = _post();
        AgreementId id = _answer(bidId, providers[1], PRICE, orderBook.bids(bidId).terms.periods);
        _nextPeriod();
        _prove(providers[1].id);
        Handover memory handover = Handover(id, OBJECT, providers[2].id, 7, uint64(block.timestamp + 1));
        bytes memory signature = _sign(
            providers[2].nodeKey,
            _digest("Stowmarket Agreements", address(agreements), handover.hashOf())
        );
        vm.prank(providers[1].operator);
        AgreementId next = agreements.handOver(handover, signature);
        IAgreements.Agreement memory a = agreements.agreements(next);
        assertTrue(a.repair);
        assertEq(a.provenPeriods, 1);
    }

    /// @notice The second bid pays no bounty: the second failure compensated nobody, and the price is the first bid's already.
    function test_ARepairThatFailsIsPostedAgainForItsRentAlone() public {
        _lose();
        uint64 bidId = _post();
        AgreementId id = _answer(bidId, providers[1], PRICE, orderBook.bids(bidId).terms.periods);
        vm.prank(providers[1].operator);
        agreements.concede(id);
        uint64 again = repairs.post(id, client, OBJECT);
        Bid memory bid = orderBook.bids(again);
        assertEq(bid.terms.ceiling, (uint256(PRICE) * 10_000) / 10_200);
        assertEq(bid.terms.startPrice, bid.terms.ceiling);
    }

    function test_NeitherAFirstBidNorAnAskForALostShardIsARepair() public {
        _lose();
        StorageAgreement memory a = _agreement(providers[1], "first", 0, UNITS, TERM);
        vm.prank(client);
        uint64 bidId = orderBook.postBid(_terms(a));
        AgreementId first = _answerAs(bidId, providers[1], a);
        assertFalse(agreements.agreements(first).repair);
        AgreementId taken = _form(providers[1], _agreement(providers[1], OBJECT, 0, UNITS, TERM));
        assertFalse(agreements.agreements(taken).repair);
        uint256 toClient = (RENT * COLLATERAL_PERIODS * COMPENSATION_BPS) / 10_000;
        AgreementId[2] memory both = [first, taken];
        for (uint256 i; i < 2; ++i) {
            uint256 before = escrow.availableOf(client);
            vm.prank(providers[1].operator);
            agreements.concede(both[i]);
            assertEq(escrow.availableOf(client), before + RENT * agreements.agreements(both[i]).periods + toClient);
        }
    }

    function test_WhoConcededMayTakeItAgainWithNewCollateral() public {
        _lose();
        uint64 bidId = _post();
        // It has lost the old collateral, and posts new.
        uint24 periods = orderBook.bids(bidId).terms.periods;
        AgreementId id = _answer(bidId, providers[0], PRICE, periods);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Active));
    }

    function test_RevertWhen_ParametersMakeNoSense() public {
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_InvalidParams.selector, "bountyBps"));
        new Repairs(RepairParams(10_001, 1, 1), orderBook, agreements, proofs, collateral);
        vm.expectRevert(abi.encodeWithSelector(IRepairs.Repairs_InvalidParams.selector, "windowSeconds"));
        new Repairs(RepairParams(10_000, 1, 0), orderBook, agreements, proofs, collateral);
        Repairs made = new Repairs(RepairParams(10_000, 0, 1), orderBook, agreements, proofs, collateral);
        assertEq(made.bountyBps(), 10_000);
        assertEq(made.climbSeconds(), 0);
        assertEq(made.windowSeconds(), 1);
    }
}
