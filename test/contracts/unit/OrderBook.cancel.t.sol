// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {SignedAsk} from "../../../contracts/types/SignedAsk.sol";
import {SignedAskFixture} from "./OrderBook.signed.t.sol";

/// @notice Withdrawing many asks at once.
contract OrderBookCancelManyTest is SignedAskFixture {
    function _three() private returns (uint64[] memory list) {
        list = new uint64[](3);
        SignedAsk memory signed = _signedAsk();
        (list[0], list[1]) = (_post(_ask()), _post(_pegged()));
        list[2] = book.bringAsk(signed, _byNode(signed));
    }

    function test_CancelsPostedAndBroughtOnesAtOnce() public {
        uint64[] memory list = _three();
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(book));
            emit IAsks.AskCancelled(list[i], 1);
        }
        vm.prank(vm.addr(nodeKey));
        book.cancelAsks(1, list);
        for (uint256 i; i < 3; ++i) {
            assertEq(book.asks(list[i]).provider, 0);
            assertEq(book.asks(list[i]).ceiling, 0);
        }
    }

    function test_NoneIsNone() public {
        vm.recordLogs();
        vm.prank(operator);
        book.cancelAsks(1, new uint64[](0));
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @dev All or none: the good ones before a bad one stay.
    function test_RevertWhen_OneIsNotThere() public {
        uint64[] memory list = _three();
        list[2] = 99;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 99));
        vm.prank(operator);
        book.cancelAsks(1, list);
        list[2] = list[0];
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, list[0]));
        vm.prank(operator);
        book.cancelAsks(1, list);
        assertEq(book.asks(list[0]).provider, 1);
    }

    /// @dev Also when both providers are the caller's.
    function test_RevertWhen_OneIsAnothers() public {
        uint64[] memory list = _three();
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_WrongProvider.selector, list[0], 1, 2));
        vm.prank(operator);
        book.cancelAsks(2, list);
    }
}
