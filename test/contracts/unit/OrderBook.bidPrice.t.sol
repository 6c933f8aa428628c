// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {BidFixture} from "../support/BidFixture.sol";

/// @notice How a bid's price climbs, and how long it can be taken.
contract OrderBookBidPriceTest is BidFixture {
    function _priceAt(uint64 bidId, uint256 time) private returns (uint256 price) {
        uint256 now_ = block.timestamp;
        vm.warp(time);
        price = orderBook.bidPrice(bidId);
        vm.warp(now_);
    }

    function test_ClimbsFromStartToCeiling() public {
        uint64 bidId = _postBid(1, Rest.Stand);
        uint256 posted = block.timestamp;
        assertEq(orderBook.bidPrice(bidId), START_PRICE);
        assertEq(_priceAt(bidId, posted + 1), START_PRICE + (2 * PRICE) / CLIMB);
        assertEq(_priceAt(bidId, posted + CLIMB / 2), 2 * PRICE);
        assertEq(_priceAt(bidId, posted + CLIMB - 1), CEILING - (2 * PRICE) / CLIMB);
        assertEq(_priceAt(bidId, posted + CLIMB), CEILING);
        assertEq(_priceAt(bidId, posted + CLIMB + 1), CEILING);
        assertEq(_priceAt(bidId, posted + 1000 days), CEILING);
    }

    function test_WithoutAClimbItIsAtTheCeilingAtOnce() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        terms.climbSeconds = 0;
        assertEq(orderBook.bidPrice(_postBid(terms)), CEILING);
    }

    function test_AClimbOfASecondIsAStep() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        terms.climbSeconds = 1;
        uint64 bidId = _postBid(terms);
        assertEq(orderBook.bidPrice(bidId), START_PRICE);
        assertEq(_priceAt(bidId, block.timestamp + 1), CEILING);
    }

    function test_RoundsDown() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        (terms.ceiling, terms.climbSeconds) = (START_PRICE + 1, 3);
        uint64 bidId = _postBid(terms);
        assertEq(_priceAt(bidId, block.timestamp + 2), START_PRICE);
        assertEq(_priceAt(bidId, block.timestamp + 3), START_PRICE + 1);
    }

    /// @dev Between start and ceiling, never down, and the plain line rounded down.
    function testFuzz_IsALineBetweenStartAndCeiling(
        uint64 start_,
        uint64 ceiling,
        uint32 climb,
        uint32 early,
        uint32 late
    ) public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        terms.units = terms.periods = 1;
        terms.ceiling = uint64(bound(ceiling, 1e6, 1e15));
        terms.startPrice = uint64(bound(start_, 1e6, terms.ceiling));
        terms.climbSeconds = climb;
        uint64 bidId = _postBid(terms);
        (early, late) = early < late ? (early, late) : (late, early);
        uint256 posted = block.timestamp;
        uint256 first = _priceAt(bidId, posted + early);
        uint256 second = _priceAt(bidId, posted + late);
        assertGe(first, terms.startPrice);
        assertLe(first, second);
        assertLe(second, terms.ceiling);
        if (late >= climb) assertEq(second, terms.ceiling);
        else assertEq(second, terms.startPrice + (uint256(terms.ceiling - terms.startPrice) * late) / climb);
    }

    /// @dev The price and not a wei more, at each point of the climb.
    function testFuzz_PaysThePriceOfTheMomentAtMost(uint32 wait) public {
        uint64 bidId = _postBid(1, Rest.Stand);
        vm.warp(block.timestamp + bound(wait, 0, 2 * CLIMB));
        uint64 price = uint64(orderBook.bidPrice(bidId));
        Answer memory answer = _answer(bidId, 0, 1, price + 1);
        bytes4 err = IBids.OrderBook_PriceAboveBid.selector;
        _expect(_answerCall(answer), abi.encodeWithSelector(err, bidId, price + 1, price), "a wei above");
        _send(_answer(bidId, 0, 1, price));
    }

    function test_RevertWhen_Expired() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        uint64 bidId = _postBid(terms);
        Call memory answer = _answerCall(_answer(bidId, 0, 1, PRICE));
        bytes memory expired = abi.encodeWithSelector(IBids.OrderBook_BidExpired.selector, bidId, terms.expiry);
        uint256 snapshot = vm.snapshotState();
        vm.warp(terms.expiry - 1);
        _expect(answer, OK, "a second before");
        vm.revertToState(snapshot);
        vm.warp(terms.expiry);
        _expect(answer, expired, "at it");
        vm.warp(terms.expiry + 1);
        _expect(answer, expired, "a second after");
    }

    function test_RevertWhen_ClosedEarly() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        uint64 bidId = _postBid(terms);
        Call memory close = Call(PAYER, address(orderBook), abi.encodeCall(orderBook.closeBid, (bidId)));
        bytes memory early = abi.encodeWithSelector(IBids.OrderBook_BidNotExpired.selector, bidId, terms.expiry);
        vm.warp(terms.expiry - 1);
        _expect(close, early, "a second before");
        uint256 snapshot = vm.snapshotState();
        vm.warp(terms.expiry);
        _expect(close, OK, "at it");
        vm.revertToState(snapshot);
        vm.warp(terms.expiry + 1);
        _expect(close, OK, "a second after");
    }

    /// @dev Any time: before expiry, and after it.
    function test_RevertWhen_CancelledByAnother() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        uint64 bidId = _postBid(terms);
        Call memory cancel = Call(client, address(orderBook), abi.encodeCall(orderBook.cancelBid, (bidId)));
        bytes4 err = IBids.OrderBook_NotBidder.selector;
        _byAnother(cancel, holder.operator, abi.encodeWithSelector(err, bidId, holder.operator));
        vm.warp(terms.expiry + 1);
        _byAnother(cancel, PAYER, abi.encodeWithSelector(err, bidId, PAYER));
    }

    function test_RevertWhen_PricingAnUnknownBid() public {
        Call memory price = Call(PAYER, address(orderBook), abi.encodeCall(orderBook.bidPrice, (0)));
        _expect(price, _unknownBid(0), "none");
        uint64 bidId = _postBid(1, Rest.Stand);
        price.data = abi.encodeCall(orderBook.bidPrice, (bidId));
        _with(price, abi.encodeCall(orderBook.bidPrice, (bidId + 1)), _unknownBid(bidId + 1));
    }
}
