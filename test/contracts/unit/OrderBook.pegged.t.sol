// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Compatibility} from "../../../contracts/libraries/Compatibility.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {OrderBookFixture} from "../support/OrderBookFixture.sol";

/// @notice Asks whose price follows the index between a floor and a ceiling.
contract OrderBookPeggedTest is OrderBookFixture {
    function _priceAt(uint64 askId, uint64 quote) private returns (uint256) {
        index.set(quote);
        return book.askPrice(askId);
    }

    function _accepts(uint64 askId, uint64 price) private view {
        book.requireAccepts(askId, 1, 10, 7, price, 30, 5000);
    }

    function test_FollowsTheIndexBetweenFloorAndCeiling() public {
        uint64 ask = _post(_pegged());
        assertEq(_priceAt(ask, 1_000), 1_100);
        assertEq(_priceAt(ask, 500), 550);
        // 110% of 90 is 99, of 91 is 100.1, rounded up 101.
        assertEq(_priceAt(ask, 90), 100);
        assertEq(_priceAt(ask, 91), 101);
        // Of 1,818 1,999.8, of 1,819 2,000.9.
        assertEq(_priceAt(ask, 1_818), 2_000);
        assertEq(_priceAt(ask, 1_817), 1_999);
        assertEq(_priceAt(ask, 1_819), 2_000);
        assertEq(_priceAt(ask, 0), 100);
        assertEq(_priceAt(ask, 1), 100);
        assertEq(_priceAt(ask, type(uint64).max), 2_000);
    }

    function test_FloorAndCeilingMayBeOne() public {
        Ask memory ask = _pegged();
        ask.ceiling = ask.pricePerUnitPeriod;
        uint64 askId = _post(ask);
        assertEq(_priceAt(askId, 1), 100);
        assertEq(_priceAt(askId, 1_000_000), 100);
    }

    function test_AFixedAskDoesNotFollow() public {
        uint64 ask = _post(_ask());
        assertEq(_priceAt(ask, 1), 100);
        assertEq(_priceAt(ask, type(uint64).max), 100);
    }

    function test_RevertWhen_PricingAnUnknownAsk() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 1));
        book.askPrice(1);
    }

    function test_AcceptsWhatItWantsNow() public {
        uint64 ask = _post(_pegged());
        _accepts(ask, 1_100);
        _accepts(ask, 1_101);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, ask, 1_099, 1_100));
        _accepts(ask, 1_099);
        index.set(999);
        _accepts(ask, 1_099);
        index.set(1);
        _accepts(ask, 100);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, ask, 99, 100));
        _accepts(ask, 99);
        index.set(1 << 60);
        _accepts(ask, 2_000);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, ask, 1_999, 2_000));
        _accepts(ask, 1_999);
    }

    /// @dev The provider signs each agreement, and with it the price: filling looks at the floor only, whatever the index did since.
    function test_FillsAtTheFloorWhateverTheIndex() public {
        uint64 ask = _post(_pegged());
        index.set(1 << 60);
        vm.startPrank(agreements);
        book.fill(ask, 1, 10, 7, 100, 30, 5000);
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, ask, 99, 100));
        book.fill(ask, 1, 10, 7, 99, 30, 5000);
        assertEq(book.asks(ask).unitsLeft, 990);
        assertEq(book.asks(ask).ceiling, 2_000);
    }

    function _invalid(Ask memory ask, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, field));
        _post(ask);
    }

    function test_RevertWhen_TermsOfAPegAreInvalid() public {
        Ask memory ask = _pegged();
        ask.premiumBps = 4_999;
        _invalid(ask, "premiumBps");
        ask.premiumBps = 20_001;
        _invalid(ask, "premiumBps");
        ask.premiumBps = 1;
        _invalid(ask, "premiumBps");
        ask.premiumBps = 5_000;
        assertEq(_priceAt(_post(ask), 1_000), 500);
        ask.premiumBps = 20_000;
        assertEq(_priceAt(_post(ask), 1_000), 2_000);
        ask.ceiling = 99;
        _invalid(ask, "ceiling");
        ask.ceiling = 0;
        _invalid(ask, "ceiling");
        ask.pricePerUnitPeriod = 0;
        _invalid(ask, "pricePerUnitPeriod");
        // A fixed ask has none.
        ask = _ask();
        ask.ceiling = 1;
        _invalid(ask, "ceiling");
        ask.ceiling = type(uint64).max;
        _invalid(ask, "ceiling");
    }

    function test_AmendingTurnsOneIntoTheOther() public {
        uint64 ask = _post(_pegged());
        vm.startPrank(operator);
        book.amendAsk(ask, _ask());
        assertEq(book.askPrice(ask), 100);
        _assertEq(book.asks(ask), _ask());
        book.amendAsk(ask, _pegged());
        assertEq(book.askPrice(ask), 1_100);
        _assertEq(book.asks(ask), _pegged());
    }

    /// @dev A fill reads two words of an ask, whichever kind; what a pegged one wants now takes the third.
    function test_OnlyThePriceOfAPeggedAskCostsTheThirdRead() public {
        uint64[2] memory list = [_post(_ask()), _post(_pegged())];
        for (uint256 i; i < 2; ++i) {
            vm.record();
            vm.prank(agreements);
            book.fill(list[i], 1, 10, 7, 100, 30, 5000);
            assertEq(_wordsRead(), 2);
            vm.record();
            _accepts(list[i], 2_000);
            assertEq(_wordsRead(), i == 0 ? 2 : 3);
        }
    }

    /// @dev Different ones.
    function _wordsRead() private returns (uint256 count) {
        (bytes32[] memory reads, ) = vm.accesses(address(book));
        for (uint256 i; i < reads.length; ++i) {
            bool seen;
            for (uint256 j; j < i; ++j) {
                if (reads[j] == reads[i]) seen = true;
            }
            if (!seen) ++count;
        }
    }

    /// @dev A fixed ask is never priced by the index, so that none of its life depends on that.
    function test_AFixedAskDoesNotAskTheIndex() public {
        uint64 ask = _post(_ask());
        vm.mockCallRevert(address(index), abi.encodeCall(index.quote, ()), "no");
        assertEq(book.askPrice(ask), 100);
        _accepts(ask, 100);
    }

    /// @dev Every member comes out of its word as it went in.
    function testFuzz_EveryMemberSurvives(Ask memory ask) public {
        ask.provider = 1;
        ask.premiumBps = uint16(bound(ask.premiumBps, 5_000, 20_000));
        if (ask.pricePerUnitPeriod == 0) ask.pricePerUnitPeriod = 1;
        ask.ceiling = uint64(bound(ask.ceiling, ask.pricePerUnitPeriod, type(uint64).max));
        if (ask.unitsLeft == 0) ask.unitsLeft = 1;
        if (ask.collateralPeriods == 0) ask.collateralPeriods = 1;
        (ask.minUnits, ask.maxUnits) = (1, ask.unitsLeft);
        ask.maxPeriods = uint24(bound(ask.maxPeriods, 1, type(uint24).max));
        ask.minPeriods = uint24(bound(ask.minPeriods, 0, ask.maxPeriods));
        ask.expiry = uint40(bound(ask.expiry, block.timestamp + 1, type(uint40).max));
        uint64 askId = _post(ask);
        _assertEq(book.asks(askId), ask);
        vm.prank(agreements);
        // At each bound.
        book.fill(
            askId,
            1,
            ask.maxUnits,
            ask.maxPeriods,
            ask.pricePerUnitPeriod,
            ask.collateralPeriods,
            ask.minClientDeposit
        );
        ask.unitsLeft = 0;
        _assertEq(book.asks(askId), ask);
    }

    /// @dev Between floor and ceiling, never down when the index goes up, and the plain product in between.
    function testFuzz_PriceOfAnyPeg(uint64 floor, uint64 ceiling, uint16 premium, uint64 low, uint64 high) public pure {
        premium = uint16(bound(premium, 5_000, 20_000));
        (floor, ceiling) = floor < ceiling ? (floor, ceiling) : (ceiling, floor);
        (low, high) = low < high ? (low, high) : (high, low);
        uint256 price = Compatibility.pegged(floor, premium, ceiling, high);
        assertLe(Compatibility.pegged(floor, premium, ceiling, low), price);
        assertGe(price, floor);
        assertLe(price, ceiling);
        uint256 plain = uint256(high) * premium;
        plain = plain / 10_000 + (plain % 10_000 == 0 ? 0 : 1);
        if (plain >= floor && plain <= ceiling) assertEq(price, plain);
        else assertEq(price, plain < floor ? floor : ceiling);
    }
}
