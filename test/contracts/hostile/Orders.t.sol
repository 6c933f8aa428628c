// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {BidFixture} from "../support/BidFixture.sol";
import {BidTree} from "../support/BidTree.sol";

/// @notice [29] Orders that are crossed, dusty, overflowing, contradictory, or withdrawn in the block in which they are taken.
contract OrdersTest is BidFixture {
    function setUp() public override {
        super.setUp();
        _addProviders(2);
    }

    // ----------------------------------------------------------------- crossed

    /// @dev A bid far above a standing ask: nothing matches by itself, no money moves. The client may take the ask, and its bid still gives back
    /// what nobody took; whoever answers the bid for the same shard is refused.
    function test_ACrossedBidPaysOnce() public {
        uint256 before = escrow.availableOf(client);
        uint64 bidId = _postBid(1, Rest.Stand);
        assertLt(orderBook.askPrice(holder.askId), CEILING);
        StorageAgreement memory a = _agreement(holder, WANTED, 0, UNITS, TERM);
        AgreementId taken = _form(holder, a);
        bytes4 err = IAgreements.Agreements_ShardTaken.selector;
        Answer memory answer = _answer(bidId, 0, 1, PRICE);
        answer.list[0].provider = successor.id;
        _signAll(answer);
        _expect(_answerCall(answer), abi.encodeWithSelector(err, WANTED, 0, taken), "of a shard that is taken");
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(before - escrow.availableOf(client), (RENT * TERM * 102) / 100);
        _assertConserved();
    }

    // ------------------------------------------------------------------- dusty

    /// @dev Orders too small to be worth a proof are refused where the money would be bound, on both sides.
    function test_DustIsRefused() public {
        Ask memory ask = _ask(holder.id);
        (ask.pricePerUnitPeriod, ask.minUnits, ask.maxUnits) = (1, 1, 1);
        vm.prank(holder.operator);
        uint64 askId = orderBook.postAsk(ask);
        StorageAgreement memory a = _agreement(holder, keccak256("dust"), 0, 1, 1);
        (a.askId, a.pricePerUnitPeriod, a.collateral) = (askId, 1, 30);
        bytes4 small = IAgreements.Agreements_ValueTooSmall.selector;
        _expect(_formCall(a, holder), abi.encodeWithSelector(small, 0, 1, 1e6), "an ask of a wei");
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        (terms.units, terms.periods, terms.startPrice) = (1, 1, 1);
        bytes memory invalid = abi.encodeWithSelector(IBids.OrderBook_InvalidBid.selector, "value");
        _expect(_postBidCall(terms), invalid, "a bid of a wei");
    }

    /// @dev The smallest bid there is burns what its value's two per cent round up to, and gives the rest back.
    function test_TheSmallestBidRoundsAgainstTheMover() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        (terms.units, terms.periods, terms.startPrice, terms.ceiling) = (1, 1, 1_000_001, 1_000_001);
        uint256 before = escrow.availableOf(client);
        uint64 bidId = _postBid(terms);
        // 20,000.02 rounded up.
        assertEq(_lockedByBook(), 1_000_001 + 20_001);
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(escrow.availableOf(client), before);
    }

    // ------------------------------------------------------------- overflowing

    /// @dev Everything at its most: whatever goes into the book comes out as it went in, and what cannot be paid is refused and not cut.
    function test_OrdersAtTheirMost() public {
        Ask memory ask = _ask(holder.id);
        (ask.pricePerUnitPeriod, ask.unitsLeft) = (type(uint64).max, type(uint32).max);
        (ask.minUnits, ask.maxUnits, ask.expiry) = (type(uint32).max, type(uint32).max, type(uint40).max);
        (ask.collateralPeriods, ask.minPeriods, ask.maxPeriods) = (
            type(uint24).max,
            type(uint24).max,
            type(uint24).max
        );
        (ask.region, ask.minClientDeposit) = (type(uint16).max, type(uint96).max);
        (ask.retrievalPricePerMiB, ask.premiumBps, ask.ceiling) = (type(uint64).max, 20_000, type(uint64).max);
        vm.prank(holder.operator);
        uint64 askId = orderBook.postAsk(ask);
        assertEq(keccak256(abi.encode(orderBook.asks(askId))), keccak256(abi.encode(ask)));
        assertEq(orderBook.askPrice(askId), type(uint64).max);
        StorageAgreement memory a = _agreement(holder, keccak256("most"), 0, UNITS, TERM);
        (a.askId, a.units, a.periods, a.pricePerUnitPeriod) = (
            askId,
            type(uint32).max,
            type(uint24).max,
            type(uint64).max
        );
        uint256 rent = uint256(a.units) * a.pricePerUnitPeriod;
        // A multiple of the rent has 96 bits once only.
        a.collateral = uint96(rent);
        uint256 value = rent * a.periods;
        uint256 needed = value + (value * 200 + 9_999) / 10_000;
        bytes4 short = IEscrow.Escrow_InsufficientBalance.selector;
        bytes memory refusal = abi.encodeWithSelector(short, client, escrow.availableOf(client), needed);
        _expect(_formCall(a, holder), refusal, "an agreement at its most");
    }

    // --------------------------------------------------- withdrawn in the block

    /// @dev Taken first or withdrawn first, within one block: one of the two holds, and the money is where that one says.
    function test_FillAndCancelInOneBlock() public {
        uint64 bidId = _postBid(2, Rest.Stand);
        Call memory answer = _answerCall(_answer(bidId, 0, 1, PRICE));
        Call memory cancel = Call(client, address(orderBook), abi.encodeCall(orderBook.cancelBid, (bidId)));
        uint256 before = escrow.availableOf(client) + _lockedByBook();
        uint256 snapshot = vm.snapshotState();
        _expect(cancel, OK, "first");
        _expect(answer, _unknownBid(bidId), "after the bid went");
        assertEq(escrow.availableOf(client), before);
        vm.revertToState(snapshot);
        _expect(answer, OK, "first");
        _expect(cancel, OK, "of the rest");
        assertEq(escrow.availableOf(client), before - (RENT * TERM * 102) / 100);
        assertEq(_lockedByBook(), 0);

        vm.revertToState(snapshot);
        Call memory form = _formCall(_agreement(holder, keccak256("new"), 0, UNITS, TERM), holder);
        bytes memory data = abi.encodeCall(orderBook.cancelAsks, (holder.id, _askList(holder.askId)));
        Call memory cancelAsk = Call(holder.operator, address(orderBook), data);
        bytes memory gone = abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, holder.askId);
        _expect(cancelAsk, OK, "an ask first");
        _expect(form, gone, "after the ask went");
        vm.revertToState(snapshot);
        _expect(form, OK, "before the ask goes");
        _expect(cancelAsk, OK, "the ask that was filled");
    }

    /// @dev A provider that sees its ask being taken can make it dearer, or smaller: the client pays the price that it signed or nothing.
    function test_AmendingInFrontOfAFillCostsNobodyMoney() public {
        Call memory form = _formCall(_agreement(holder, keccak256("new"), 0, UNITS, TERM), holder);
        uint256 before = escrow.availableOf(client);
        Ask memory ask = _ask(holder.id);
        ask.pricePerUnitPeriod = PRICE + 1;
        vm.prank(holder.operator);
        orderBook.amendAsk(holder.askId, ask);
        bytes4 below = IAsks.OrderBook_PriceBelowAsk.selector;
        _expect(form, abi.encodeWithSelector(below, holder.askId, PRICE, PRICE + 1), "dearer");
        ask = _ask(holder.id);
        ask.unitsLeft = UNITS - 1;
        vm.prank(holder.operator);
        orderBook.amendAsk(holder.askId, ask);
        bytes4 over = IAsks.OrderBook_CapacityExceeded.selector;
        _expect(form, abi.encodeWithSelector(over, holder.askId, UNITS - 1, UNITS), "smaller");
        assertEq(escrow.availableOf(client), before);
    }

    // ----------------------------------------------------------- contradictory

    /// @dev Two bids for one shard: one is served, the other's money comes back.
    function test_TwoBidsForOneShardPayOnce() public {
        uint256 before = escrow.availableOf(client);
        uint64 first = _postBid(1, Rest.AllOrNone);
        uint64 second = _postBid(1, Rest.AllOrNone);
        AgreementId[] memory ids = _send(_answer(first, 0, 1, PRICE));
        Answer memory answer = _answer(second, 0, 1, PRICE);
        bytes4 err = IAgreements.Agreements_ShardTaken.selector;
        _expect(_answerCall(answer), abi.encodeWithSelector(err, WANTED, 0, ids[0]), "of the second");
        vm.warp(orderBook.bids(second).terms.expiry);
        orderBook.closeBid(second);
        assertEq(before - escrow.availableOf(client), (RENT * TERM * 102) / 100);
        _assertConserved();
    }

    /// @dev A root over two shards with one number: each has its proof, and one of them is taken.
    function test_OneNumberForTwoShardsIsTakenOnce() public {
        BidTerms memory terms = _bidTerms(2, Rest.Stand);
        (bytes32 a, bytes32 b) = (BidTree.leafOf(0, shardRoots[0]), BidTree.leafOf(0, shardRoots[1]));
        terms.shardsRoot = keccak256(a < b ? bytes.concat(a, b) : bytes.concat(b, a));
        uint64 bidId = _postBid(terms);
        Answer memory answer = _answer(bidId, 0, 1, PRICE);
        answer.proofs[0][0] = b;
        _send(answer);
        answer = _answer(bidId, 0, 1, PRICE);
        answer.list[0].provider = successor.id;
        answer.list[0].shardRoot = shardRoots[1];
        answer.proofs[0][0] = a;
        _signAll(answer);
        bytes4 used = IAgreements.Agreements_NonceUsed.selector;
        bytes memory refusal = abi.encodeWithSelector(used, client, orderBook.nonceOf(bidId, 0));
        _expect(_answerCall(answer), refusal, "of the other");
    }

    /// @dev More shards wanted than the root holds: all or none is none, and the money comes back.
    function test_MoreShardsThanThereAreIsNone() public {
        uint256 before = escrow.availableOf(client);
        BidTerms memory terms = _bidTerms(1, Rest.AllOrNone);
        terms.shards = 2;
        uint64 bidId = _postBid(terms);
        bytes4 count = IBids.OrderBook_WrongShardCount.selector;
        _expect(_answerCall(_answer(bidId, 0, 1, PRICE)), abi.encodeWithSelector(count, bidId, 1, 2), "of the one");
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(escrow.availableOf(client), before);
    }

    /// @dev A client that voids its bid's nonces has a bid that nobody can take; who tries loses nothing, and nothing stays locked.
    function test_ABidWithoutItsNoncesTrapsNobody() public {
        uint64 bidId = _postBid(2, Rest.Stand);
        uint64 nonce = orderBook.nonceOf(bidId, 0);
        vm.prank(client);
        agreements.revokeNonces(nonce >> 8, type(uint256).max);
        bytes4 used = IAgreements.Agreements_NonceUsed.selector;
        uint256 locked = collateral.stakes(holder.id).locked;
        Call memory answer = _answerCall(_answer(bidId, 0, 1, PRICE));
        _expect(answer, abi.encodeWithSelector(used, client, nonce), "of a void bid");
        assertEq(collateral.stakes(holder.id).locked, locked);
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(_lockedByBook(), 0);
    }
}
