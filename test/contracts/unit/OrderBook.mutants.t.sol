// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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

    function test_AcceptanceLooksAtEachConditionByItself() public {
        uint64 ask = _post(_ask());
        book.requireAccepts(ask, 1, 10, 7, 100, 30, 5000);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_CollateralBelowAsk.selector, ask, 29, 30));
        book.requireAccepts(ask, 1, 10, 7, 100, 29, 5000);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_DepositBelowAsk.selector, ask, 4999, 5000));
        book.requireAccepts(ask, 1, 10, 7, 100, 30, 4999);
    }
}
