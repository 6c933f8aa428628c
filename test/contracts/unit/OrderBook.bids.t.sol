// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {Bid, BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";
import {BidFixture} from "../support/BidFixture.sol";

/// @notice Bids from posting to the end, and the money behind them.
contract OrderBookBidsTest is BidFixture {
    function setUp() public override {
        super.setUp();
        _addProviders(2);
    }

    function test_PostingLocksRentAndBurnAtTheCeiling() public {
        BidTerms memory terms = _bidTerms(3, Rest.Stand);
        uint256 before = escrow.availableOf(client);
        uint256 reserved = _reserved(terms);
        vm.expectEmit(address(orderBook));
        emit IBids.BidPosted(1, client, terms, reserved);
        uint64 bidId = _postBid(terms);
        assertEq(bidId, 1);
        assertEq(orderBook.bidCount(), 1);
        assertEq(before - escrow.availableOf(client), 3 * reserved);
        assertEq(_lockedByBook(), 3 * reserved);
        Bid memory bid = orderBook.bids(bidId);
        assertEq(abi.encode(bid.terms), abi.encode(terms));
        assertEq(bid.client, client);
        assertEq(bid.postedAt, block.timestamp);
        assertEq(bid.shardsLeft, 3);
        assertEq(_postBid(1, Rest.Refund), 2);
        _assertConserved();
    }

    function test_AnswerFormsAndGivesTheRestBack() public {
        uint64 bidId = _postBid(4, Rest.AllOrNone);
        uint256 before = escrow.availableOf(client) + _lockedByBook();
        (, uint256 burned) = escrow.accounts(0);
        Answer memory answer = _answer(bidId, 0, 4, PRICE);
        vm.expectEmit(address(orderBook));
        emit IBids.BidAnswered(bidId, 4, 0);
        vm.expectEmit(address(orderBook));
        emit IBids.BidClosed(bidId, _lockedByBook());
        vm.prank(makeAddr("stranger"));
        AgreementId[] memory ids = _send(answer);

        uint256 value = 4 * RENT * TERM;
        assertEq(before - escrow.availableOf(client), value + value / 50);
        (, uint256 burnedAfter) = escrow.accounts(0);
        assertEq(burnedAfter - burned, value / 50);
        assertEq(_lockedByBook(), 0);
        for (uint8 i; i < 4; ++i) {
            assertEq(AgreementId.unwrap(ids[i]) >> 32, providers[i].id);
            assertEq(uint8(agreements.agreements(ids[i]).status), uint8(IAgreements.Status.Active));
            assertTrue(agreements.isNonceUsed(client, orderBook.nonceOf(bidId, i)));
        }
        assertEq(agreements.holdersOf(client, WANTED).length, 4);
        assertEq(orderBook.bids(bidId).client, address(0));
        _expect(_answerCall(answer), _unknownBid(bidId), "again");
        _assertConserved();
    }

    function test_WhatIsLeftStands() public {
        BidTerms memory terms = _bidTerms(4, Rest.Stand);
        uint64 bidId = _postBid(terms);
        vm.expectEmit(address(orderBook));
        emit IBids.BidAnswered(bidId, 1, 3);
        _send(_answer(bidId, 0, 1, PRICE));
        assertEq(orderBook.bids(bidId).shardsLeft, 3);
        assertEq(_lockedByBook(), 3 * _reserved(terms));
        _send(_answer(bidId, 1, 2, PRICE));
        assertEq(orderBook.bids(bidId).shardsLeft, 1);
        assertEq(_lockedByBook(), _reserved(terms));
        _send(_answer(bidId, 3, 1, PRICE));
        assertEq(orderBook.bids(bidId).client, address(0));
        assertEq(_lockedByBook(), 0);
        _assertConserved();
    }

    function test_WhatIsLeftGoesBack() public {
        uint64 bidId = _postBid(4, Rest.Refund);
        uint256 before = escrow.availableOf(client) + _lockedByBook();
        vm.expectEmit(address(orderBook));
        emit IBids.BidAnswered(bidId, 1, 3);
        vm.expectEmit(address(orderBook));
        emit IBids.BidClosed(bidId, _lockedByBook());
        _send(_answer(bidId, 0, 1, PRICE));
        assertEq(before - escrow.availableOf(client), RENT * TERM + (RENT * TERM) / 50);
        assertEq(_lockedByBook(), 0);
        _expect(_answerCall(_answer(bidId, 1, 1, PRICE)), _unknownBid(bidId), "of the rest");
    }

    function _wrongCount(uint64 bidId, uint256 answers, uint256 wanted) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBids.OrderBook_WrongShardCount.selector, bidId, answers, wanted);
    }

    function test_RevertWhen_TheCountIsWrong() public {
        uint64 all = _postBid(3, Rest.AllOrNone);
        _expect(_answerCall(_answer(all, 0, 0, PRICE)), _wrongCount(all, 0, 3), "none of all");
        _expect(_answerCall(_answer(all, 0, 2, PRICE)), _wrongCount(all, 2, 3), "too few");
        Answer memory answer = _answer(all, 0, 3, PRICE);
        answer.bidId = _postBid(2, Rest.AllOrNone);
        _expect(_answerCall(answer), _wrongCount(answer.bidId, 3, 2), "too many of all");
        answer.bidId = _postBid(2, Rest.Stand);
        _expect(_answerCall(answer), _wrongCount(answer.bidId, 3, 2), "too many");
        uint64 some = _postBid(2, Rest.Refund);
        _expect(_answerCall(_answer(some, 0, 0, PRICE)), _wrongCount(some, 0, 2), "none");
    }

    /// @dev Not even the first of several counts before the second is known to be bad.
    function test_RevertWhen_OneOfSeveralIsBad() public {
        uint64 bidId = _postBid(4, Rest.Stand);
        Answer memory answer = _answer(bidId, 0, 2, PRICE);
        answer.list[1].pricePerUnitPeriod = PRICE + 1;
        _signAll(answer);
        bytes memory err = abi.encodeWithSelector(IBids.OrderBook_PriceAboveBid.selector, bidId, PRICE + 1, PRICE);
        _expect(_answerCall(answer), err, "one of two");
        assertEq(orderBook.bids(bidId).shardsLeft, 4);
        assertEq(agreements.holdersOf(client, WANTED).length, 0);
    }

    function test_RevertWhen_AShardIsTakenTwice() public {
        uint64 bidId = _postBid(4, Rest.Stand);
        _send(_answer(bidId, 0, 1, PRICE));
        bytes memory used = abi.encodeWithSelector(
            IAgreements.Agreements_NonceUsed.selector,
            client,
            orderBook.nonceOf(bidId, 0)
        );
        Answer memory answer = _answer(bidId, 0, 1, PRICE);
        _expect(_answerCall(answer), used, "by the same");
        answer.list[0] = _taking(bidId, providers[1], 0, PRICE);
        _signAll(answer);
        _expect(_answerCall(answer), used, "by another");

        uint64 other = _postBid(4, Rest.Stand);
        answer = _answer(other, 1, 2, PRICE);
        answer.list[1] = _taking(other, providers[2], 1, PRICE);
        answer.proofs[1] = answer.proofs[0];
        _signAll(answer);
        used = abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, orderBook.nonceOf(other, 1));
        _expect(_answerCall(answer), used, "twice in one answer");
    }

    /// @dev A bid's nonces are its own: the client's low ones serve as before, and another bid's do not clash.
    function test_TheClientsOwnNoncesStayFree() public {
        assertEq(orderBook.nonceOf(1, 0), (1 << 63) | 256);
        assertEq(orderBook.nonceOf(1, 254), (1 << 63) | 510);
        assertEq(orderBook.nonceOf(2, 0), (1 << 63) | 512);
        uint64 bidId = _postBid(1, Rest.Stand);
        _send(_answer(bidId, 0, 1, PRICE));
        for (uint64 nonce; nonce < 600; ++nonce) {
            // Fixtures count up from 0.
            assertEq(agreements.isNonceUsed(client, nonce), nonce == 0);
        }
        assertFalse(agreements.isNonceUsed(client, orderBook.nonceOf(bidId, 1)));
        assertFalse(agreements.isNonceUsed(client, orderBook.nonceOf(bidId + 1, 0)));
        _formNew(holder, keccak256("own"), UNITS, TERM);
    }

    function test_CancellingGivesEverythingBack() public {
        uint256 before = escrow.availableOf(client);
        uint64 bidId = _postBid(4, Rest.Stand);
        vm.expectEmit(address(orderBook));
        emit IBids.BidClosed(bidId, _lockedByBook());
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(escrow.availableOf(client), before);
        assertEq(_lockedByBook(), 0);
        assertEq(orderBook.bids(bidId).client, address(0));
        _expect(_cancelCall(bidId), _unknownBid(bidId), "twice");
        _expect(_answerCall(_answer(bidId, 0, 1, PRICE)), _unknownBid(bidId), "after it");
    }

    function test_CancellingAfterAnAnswerGivesTheRestBack() public {
        BidTerms memory terms = _bidTerms(4, Rest.Stand);
        uint64 bidId = _postBid(terms);
        _send(_answer(bidId, 0, 1, PRICE));
        uint256 before = escrow.availableOf(client);
        vm.prank(client);
        orderBook.cancelBid(bidId);
        assertEq(escrow.availableOf(client) - before, 3 * _reserved(terms));
        _assertConserved();
    }

    function _cancelCall(uint64 bidId) private view returns (Call memory) {
        return Call(client, address(orderBook), abi.encodeCall(orderBook.cancelBid, (bidId)));
    }

    function test_ABidThatNobodyTakesGivesEverythingBack() public {
        uint256 before = escrow.availableOf(client);
        BidTerms memory terms = _bidTerms(4, Rest.AllOrNone);
        uint64 bidId = _postBid(terms);
        vm.warp(terms.expiry);
        uint256 locked = _lockedByBook();
        vm.expectEmit(address(orderBook));
        emit IBids.BidClosed(bidId, locked);
        vm.prank(makeAddr("stranger"));
        orderBook.closeBid(bidId);
        assertEq(escrow.availableOf(client), before);
        assertEq(_lockedByBook(), 0);
        Call memory again = Call(client, address(orderBook), abi.encodeCall(orderBook.closeBid, (bidId)));
        _expect(again, _unknownBid(bidId), "closing twice");
    }

    function test_PagesOfBids() public {
        for (uint256 i; i < 3; ++i) {
            _postBid(uint8(i + 1), Rest.Stand);
        }
        vm.prank(client);
        orderBook.cancelBid(2);
        Bid[] memory page = orderBook.bidsPage(1, 10);
        assertEq(page.length, 3);
        assertEq(page[0].shardsLeft, 1);
        assertEq(page[1].client, address(0));
        assertEq(page[2].shardsLeft, 3);
        assertEq(orderBook.bidsPage(3, 1).length, 1);
        assertEq(orderBook.bidsPage(4, 1).length, 0);
        assertEq(orderBook.bidsPage(1, 0).length, 0);
        assertEq(orderBook.bidsPage(0, 1)[0].client, address(0));
        assertEq(orderBook.bidsPage(type(uint64).max, type(uint64).max).length, 0);
    }
}
