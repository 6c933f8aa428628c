// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderBook} from "../../../contracts/interfaces/IOrderBook.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {OrderBookFixture} from "../support/OrderBookFixture.sol";

contract OrderBookFillTest is OrderBookFixture {
    struct Fill {
        uint64 askId;
        uint32 provider;
        uint32 units;
        uint24 periods;
        uint64 price;
        uint256 collateralPeriods;
        uint256 deposit;
    }

    function setUp() public override {
        super.setUp();
        _post(_ask());
    }

    /// @dev Every condition of the ask holds, each with equality.
    function _good() internal pure returns (Fill memory) {
        return Fill(1, 1, 10, 7, 100, 30, 5000);
    }

    function _fill(Fill memory f) internal {
        vm.prank(agreements);
        book.fill(f.askId, f.provider, f.units, f.periods, f.price, f.collateralPeriods, f.deposit);
    }

    function test_RevertWhen_CallerIsNotAgreements() public {
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_NotAgreements.selector, operator));
        vm.prank(operator);
        book.fill(1, 1, 10, 7, 100, 30, 5000);
    }

    function test_RevertWhen_AskIsUnknown() public {
        Fill memory f = _good();
        f.askId = 0;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 0));
        _fill(f);
    }

    function test_RevertWhen_AskWasCancelled() public {
        vm.prank(operator);
        book.cancelAsks(1, _list(1));
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 1));
        _fill(_good());
    }

    function test_RevertWhen_ProviderDiffers() public {
        Fill memory f = _good();
        f.provider = 2;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_WrongProvider.selector, 1, 1, 2));
        _fill(f);
    }

    function test_RevertWhen_AskExpired() public {
        uint256 expiry = _ask().expiry;
        vm.warp(expiry - 1);
        _fill(_good());
        vm.warp(expiry);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_AskExpired.selector, 1, expiry));
        _fill(_good());
    }

    function test_RevertWhen_UnitsAreOutOfRange() public {
        Fill memory f = _good();
        f.units = 9;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnitsOutOfRange.selector, 1, 9, 10, 600));
        _fill(f);
        f.units = 601;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnitsOutOfRange.selector, 1, 601, 10, 600));
        _fill(f);
    }

    function test_RevertWhen_CapacityIsExceeded() public {
        Fill memory f = _good();
        f.units = 600;
        _fill(f);
        f.units = 401;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_CapacityExceeded.selector, 1, 400, 401));
        _fill(f);
    }

    function test_RevertWhen_PeriodsAreOutOfRange() public {
        Fill memory f = _good();
        f.periods = 6;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PeriodsOutOfRange.selector, 1, 6, 7, 365));
        _fill(f);
        f.periods = 366;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PeriodsOutOfRange.selector, 1, 366, 7, 365));
        _fill(f);
    }

    function test_RevertWhen_PriceIsBelowTheAsk() public {
        Fill memory f = _good();
        f.price = 99;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, 1, 99, 100));
        _fill(f);
    }

    function test_RevertWhen_CollateralIsBelowTheAsk() public {
        Fill memory f = _good();
        f.collateralPeriods = 29;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_CollateralBelowAsk.selector, 1, 29, 30));
        _fill(f);
    }

    function test_RevertWhen_DepositIsBelowTheAsk() public {
        Fill memory f = _good();
        f.deposit = 4999;
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_DepositBelowAsk.selector, 1, 4999, 5000));
        _fill(f);
    }

    function test_TakesAPartAndLeavesTheRestAlone() public {
        vm.expectEmit();
        emit IAsks.AskFilled(1, 1, 10, 990);
        _fill(_good());
        Ask memory expected = _ask();
        expected.unitsLeft = 990;
        _assertEq(book.asks(1), expected);
    }

    function test_CanBeTakenToTheLastUnit() public {
        Fill memory f = _good();
        f.units = 500;
        _fill(f);
        _fill(f);
        assertEq(book.asks(1).unitsLeft, 0);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_CapacityExceeded.selector, 1, 0, 500));
        _fill(f);
    }

    function testFuzz_PartialFillsNeverExceedTheSize(uint32[10] memory units) public {
        uint256 sum;
        for (uint256 i = 0; i < units.length; ++i) {
            Fill memory f = _good();
            f.units = uint32(bound(units[i], 10, 600));
            vm.prank(agreements);
            try book.fill(1, 1, f.units, f.periods, f.price, f.collateralPeriods, f.deposit) {
                sum += f.units;
            } catch (bytes memory reason) {
                assertEq(
                    reason,
                    abi.encodeWithSelector(IAsks.OrderBook_CapacityExceeded.selector, 1, 1000 - sum, f.units)
                );
            }
            assertEq(book.asks(1).unitsLeft, 1000 - sum);
        }
    }
}
