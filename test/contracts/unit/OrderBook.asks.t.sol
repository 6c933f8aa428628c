// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {OrderBookFixture} from "../support/OrderBookFixture.sol";

contract OrderBookPostTest is OrderBookFixture {
    function _expectInvalid(Ask memory ask, string memory field) internal {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, field));
        _post(ask);
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        Ask memory ask = _ask();
        ask.provider = 3;
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 3));
        _post(ask);
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.postAsk(_ask());
    }

    function test_RevertWhen_PlacementIsMissing() public {
        Ask memory ask = _ask();
        ask.provider = 2;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PlacementMissing.selector, 2));
        _post(ask);
    }

    function test_RevertWhen_AFieldIsInvalid() public {
        Ask memory ask = _ask();
        ask.pricePerUnitPeriod = 0;
        _expectInvalid(ask, "pricePerUnitPeriod");
        ask = _ask();
        ask.unitsLeft = 0;
        _expectInvalid(ask, "unitsLeft");
        ask = _ask();
        ask.collateralPeriods = 0;
        _expectInvalid(ask, "collateralPeriods");
        ask = _ask();
        (ask.minUnits, ask.maxUnits) = (2, 1);
        _expectInvalid(ask, "maxUnits");
        (ask.minUnits, ask.maxUnits) = (0, 0);
        _expectInvalid(ask, "maxUnits");
        ask = _ask();
        (ask.minPeriods, ask.maxPeriods) = (2, 1);
        _expectInvalid(ask, "maxPeriods");
        (ask.minPeriods, ask.maxPeriods) = (0, 0);
        _expectInvalid(ask, "maxPeriods");
        ask = _ask();
        ask.expiry = uint40(block.timestamp);
        _expectInvalid(ask, "expiry");
    }

    function test_NumbersAsksFromOne() public {
        Ask memory ask = _ask();
        vm.expectEmit();
        emit IAsks.AskPosted(1, 1, ask);
        assertEq(_post(ask), 1);
        ask.minUnits = ask.maxUnits;
        ask.expiry = uint40(block.timestamp + 1);
        assertEq(_post(ask), 2);
        assertEq(book.askCount(), 2);
        _assertEq(book.asks(1), _ask());
        _assertEq(book.asks(2), ask);
    }
}

contract OrderBookAmendTest is OrderBookFixture {
    function setUp() public override {
        super.setUp();
        _post(_ask());
    }

    function test_RevertWhen_AskIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 2));
        vm.prank(operator);
        book.amendAsk(2, _ask());
    }

    function test_RevertWhen_ProviderChanges() public {
        Ask memory ask = _ask();
        ask.provider = 2;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_WrongProvider.selector, 1, 1, 2));
        vm.prank(operator);
        book.amendAsk(1, ask);
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.amendAsk(1, _ask());
    }

    function test_RevertWhen_ANewTermIsInvalid() public {
        Ask memory ask = _ask();
        ask.unitsLeft = 0;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, "unitsLeft"));
        vm.prank(operator);
        book.amendAsk(1, ask);
    }

    function test_ReplacesTermsAndKeepsTheId() public {
        vm.warp(block.timestamp + 2 days);
        Ask memory ask = _ask();
        ask.pricePerUnitPeriod = 7;
        vm.expectEmit();
        emit IAsks.AskAmended(1, 1, ask);
        vm.prank(operator);
        book.amendAsk(1, ask);
        _assertEq(book.asks(1), ask);
        assertEq(book.askCount(), 1);
    }
}

contract OrderBookCancelTest is OrderBookFixture {
    function setUp() public override {
        super.setUp();
        _post(_ask());
    }

    function test_RevertWhen_AskIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 2));
        vm.prank(operator);
        book.cancelAsks(1, _list(2));
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.cancelAsks(1, _list(1));
    }

    function test_CancelledAskIsGoneForGood() public {
        vm.expectEmit();
        emit IAsks.AskCancelled(1, 1);
        vm.startPrank(operator);
        book.cancelAsks(1, _list(1));
        assertEq(book.asks(1).provider, 0);

        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 1));
        book.cancelAsks(1, _list(1));
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 1));
        book.amendAsk(1, _ask());
        assertEq(book.postAsk(_ask()), 2);
    }
}

contract OrderBookPageTest is OrderBookFixture {
    function setUp() public override {
        super.setUp();
        Ask memory ask = _ask();
        for (uint64 i = 1; i <= 501; ++i) {
            ask.pricePerUnitPeriod = i;
            _post(ask);
        }
    }

    function test_GivesTheAskedRange() public {
        vm.prank(operator);
        book.cancelAsks(1, _list(3));
        Ask[] memory page = book.asksPage(2, 3);
        assertEq(page.length, 3);
        assertEq(page[0].pricePerUnitPeriod, 2);
        assertEq(page[1].provider, 0);
        assertEq(page[2].pricePerUnitPeriod, 4);
    }

    function test_EndsWithTheLastAsk() public view {
        Ask[] memory page = book.asksPage(500, 100);
        assertEq(page.length, 2);
        assertEq(page[1].pricePerUnitPeriod, 501);
        assertEq(book.asksPage(501, 1).length, 1);
        assertEq(book.asksPage(502, 100).length, 0);
        assertEq(book.asksPage(type(uint64).max, type(uint64).max).length, 0);
        assertEq(book.asksPage(1, 0).length, 0);
    }

    function test_IsBounded() public view {
        assertEq(book.asksPage(1, type(uint64).max).length, 500);
        Ask[] memory page = book.asksPage(0, 501);
        assertEq(page.length, 500);
        assertEq(page[0].provider, 0);
        assertEq(page[1].pricePerUnitPeriod, 1);
    }
}
