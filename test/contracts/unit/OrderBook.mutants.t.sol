// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ask} from "../../../contracts/types/Ask.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {OrderBookFixture} from "../support/OrderBookFixture.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract OrderBookMutantsTest is OrderBookFixture {
    function test_AcceptsEachBoundItself() public {
        uint64 ask = _post(_ask());
        vm.startPrank(agreements);
        book.fill(ask, 1, 10, 7, 100, 30, 5000);
        book.fill(ask, 1, 600, 365, 100, 30, 5000);
        assertEq(book.asks(ask).unitsLeft, 390);
        book.fill(ask, 1, 390, 7, 100, 30, 5000);
        assertEq(book.asks(ask).unitsLeft, 0);
    }

    function test_ATermOrASizeMayBeFixed() public {
        Ask memory ask = _ask();
        (ask.minPeriods, ask.minUnits) = (ask.maxPeriods, ask.maxUnits);
        uint64 askId = _post(ask);
        book.requireAccepts(askId, 1, ask.maxUnits, ask.maxPeriods, 100, 30, 5000);
        assertEq(book.asks(askId).minPeriods, ask.maxPeriods);
    }

    /// @dev A ten-thousandth of a wei too much is a wei more.
    function test_TheLeastRestIsRoundedUp() public {
        Ask memory ask = _pegged();
        (ask.premiumBps, ask.ceiling) = (10_001, 1e18);
        uint64 askId = _post(ask);
        index.set(10_001);
        // 10,001 × 10,001 = 10,002 × 10,000 + 1
        assertEq(book.askPrice(askId), 10_003);
        index.set(10_000);
        assertEq(book.askPrice(askId), 10_001);
    }

    function test_ASeriesIsAnnouncedWithItsProvider() public {
        vm.startPrank(operator);
        book.startSeries(1);
        vm.expectEmit(address(book));
        emit IAsks.SeriesStarted(1, 2);
        book.startSeries(1);
    }

    function test_AcceptanceLooksAtEachConditionByItself() public {
        uint64 ask = _post(_ask());
        book.requireAccepts(ask, 1, 10, 7, 100, 30, 5000);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_CollateralBelowAsk.selector, ask, 29, 30));
        book.requireAccepts(ask, 1, 10, 7, 100, 29, 5000);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_DepositBelowAsk.selector, ask, 4999, 5000));
        book.requireAccepts(ask, 1, 10, 7, 100, 30, 4999);
    }
}
