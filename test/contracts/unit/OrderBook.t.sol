// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {OrderBook} from "../../../contracts/OrderBook.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IOrderBook} from "../../../contracts/interfaces/IOrderBook.sol";
import {Ask} from "../../../contracts/types/Ask.sol";

/// @dev Providers 1 and 2 of one operator; provider 2 has no placement id yet.
contract FakeDirectory {
    address internal immutable operator;

    constructor(address operator_) {
        operator = operator_;
    }

    function isAuthorized(uint32 provider, address caller) external view returns (bool) {
        require(provider == 1 || provider == 2, INodeRegistry.NodeRegistry_UnknownProvider(provider));
        return caller == operator;
    }

    function providers(uint32 provider) external view returns (INodeRegistry.Provider memory record) {
        record.operator = operator;
        record.placementId = provider == 1 ? bytes32(uint256(1)) : bytes32(0);
    }
}

abstract contract OrderBookFixture is Test {
    address internal operator = makeAddr("operator");
    address internal agreements = makeAddr("agreements");
    address internal mallory = makeAddr("mallory");
    OrderBook internal book;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        book = new OrderBook(INodeRegistry(address(new FakeDirectory(operator))), agreements);
    }

    function _ask() internal view returns (Ask memory) {
        return
            Ask({
                provider: 1,
                pricePerUnitPeriod: 100,
                unitsLeft: 1000,
                minUnits: 10,
                maxUnits: 600,
                expiry: uint40(block.timestamp + 1 days),
                collateralPeriods: 30,
                minPeriods: 7,
                maxPeriods: 365,
                region: 756,
                minClientDeposit: 5000,
                retrievalPricePerMiB: 3
            });
    }

    function _post(Ask memory ask) internal returns (uint64) {
        vm.prank(operator);
        return book.postAsk(ask);
    }

    function _assertEq(Ask memory a, Ask memory b) internal pure {
        assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)));
    }
}

contract OrderBookPostTest is OrderBookFixture {
    function _expectInvalid(Ask memory ask, string memory field) internal {
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_InvalidAsk.selector, field));
        _post(ask);
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        Ask memory ask = _ask();
        ask.provider = 3;
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 3));
        _post(ask);
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.postAsk(_ask());
    }

    function test_RevertWhen_PlacementIsMissing() public {
        Ask memory ask = _ask();
        ask.provider = 2;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_PlacementMissing.selector, 2));
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
        emit IOrderBook.AskPosted(1, 1, ask);
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
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnknownAsk.selector, 2));
        vm.prank(operator);
        book.amendAsk(2, _ask());
    }

    function test_RevertWhen_ProviderChanges() public {
        Ask memory ask = _ask();
        ask.provider = 2;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_WrongProvider.selector, 1, 1, 2));
        vm.prank(operator);
        book.amendAsk(1, ask);
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.amendAsk(1, _ask());
    }

    function test_RevertWhen_ANewTermIsInvalid() public {
        Ask memory ask = _ask();
        ask.unitsLeft = 0;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_InvalidAsk.selector, "unitsLeft"));
        vm.prank(operator);
        book.amendAsk(1, ask);
    }

    function test_ReplacesTermsAndKeepsTheId() public {
        vm.warp(block.timestamp + 2 days);
        Ask memory ask = _ask();
        ask.pricePerUnitPeriod = 7;
        vm.expectEmit();
        emit IOrderBook.AskAmended(1, 1, ask);
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
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnknownAsk.selector, 2));
        vm.prank(operator);
        book.cancelAsk(2);
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.cancelAsk(1);
    }

    function test_CancelledAskIsGoneForGood() public {
        vm.expectEmit();
        emit IOrderBook.AskCancelled(1, 1);
        vm.startPrank(operator);
        book.cancelAsk(1);
        assertEq(book.asks(1).provider, 0);

        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnknownAsk.selector, 1));
        book.cancelAsk(1);
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnknownAsk.selector, 1));
        book.amendAsk(1, _ask());
        assertEq(book.postAsk(_ask()), 2);
    }
}

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
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnknownAsk.selector, 0));
        _fill(f);
    }

    function test_RevertWhen_AskWasCancelled() public {
        vm.prank(operator);
        book.cancelAsk(1);
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnknownAsk.selector, 1));
        _fill(_good());
    }

    function test_RevertWhen_ProviderDiffers() public {
        Fill memory f = _good();
        f.provider = 2;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_WrongProvider.selector, 1, 1, 2));
        _fill(f);
    }

    function test_RevertWhen_AskExpired() public {
        uint256 expiry = _ask().expiry;
        vm.warp(expiry - 1);
        _fill(_good());
        vm.warp(expiry);
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_AskExpired.selector, 1, expiry));
        _fill(_good());
    }

    function test_RevertWhen_UnitsAreOutOfRange() public {
        Fill memory f = _good();
        f.units = 9;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnitsOutOfRange.selector, 1, 9, 10, 600));
        _fill(f);
        f.units = 601;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_UnitsOutOfRange.selector, 1, 601, 10, 600));
        _fill(f);
    }

    function test_RevertWhen_CapacityIsExceeded() public {
        Fill memory f = _good();
        f.units = 600;
        _fill(f);
        f.units = 401;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_CapacityExceeded.selector, 1, 400, 401));
        _fill(f);
    }

    function test_RevertWhen_PeriodsAreOutOfRange() public {
        Fill memory f = _good();
        f.periods = 6;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_PeriodsOutOfRange.selector, 1, 6, 7, 365));
        _fill(f);
        f.periods = 366;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_PeriodsOutOfRange.selector, 1, 366, 7, 365));
        _fill(f);
    }

    function test_RevertWhen_PriceIsBelowTheAsk() public {
        Fill memory f = _good();
        f.price = 99;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_PriceBelowAsk.selector, 1, 99, 100));
        _fill(f);
    }

    function test_RevertWhen_CollateralIsBelowTheAsk() public {
        Fill memory f = _good();
        f.collateralPeriods = 29;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_CollateralBelowAsk.selector, 1, 29, 30));
        _fill(f);
    }

    function test_RevertWhen_DepositIsBelowTheAsk() public {
        Fill memory f = _good();
        f.deposit = 4999;
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_DepositBelowAsk.selector, 1, 4999, 5000));
        _fill(f);
    }

    function test_TakesAPartAndLeavesTheRestAlone() public {
        vm.expectEmit();
        emit IOrderBook.AskFilled(1, 1, 10, 990);
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
        vm.expectRevert(abi.encodeWithSelector(IOrderBook.OrderBook_CapacityExceeded.selector, 1, 0, 500));
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
                    abi.encodeWithSelector(IOrderBook.OrderBook_CapacityExceeded.selector, 1, 1000 - sum, f.units)
                );
            }
            assertEq(book.asks(1).unitsLeft, 1000 - sum);
        }
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
        book.cancelAsk(3);
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
