// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderBookFixture} from "./OrderBook.t.sol";

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
}
