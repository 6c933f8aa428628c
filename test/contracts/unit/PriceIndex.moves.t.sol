// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {stdError} from "forge-std/StdError.sol";
import {PriceIndex, PriceIndexParams} from "../../../contracts/PriceIndex.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {PriceIndexFixture} from "../support/PriceIndexFixture.sol";

/// @notice How far the index moves, in figures worked out by hand.
contract PriceIndexMovesTest is PriceIndexFixture {
    function test_StandsStillWithoutCapacity() public {
        _sell(500, 5_000);
        _pass(100);
        _sell(1, 1);
        IPriceIndex.Signal memory signal = _signal();
        assertEq(_index(), START_INDEX);
        assertEq(signal.utilisation, 0.85e9);
        assertEq(signal.flow, 0);
        // What was sold while there was none is not counted later.
        assertEq(signal.sold, START);
        assertEq(_level().committed, 501);
    }

    function test_StandsStillAtTheTarget() public {
        PriceIndexParams memory params = _params();
        (params.target, params.flowDecay) = (0.5e18, 0);
        index = _deploy(params);
        _bond(1_000);
        _sell(500, 500);
        _pass(1);
        assertEq(_index(), START_INDEX);
        assertEq(_signal().flow, 0.5e9);
        assertEq(index.quote(), START);
    }

    function test_FallsByAStepWhenNothingIsLet() public {
        _bond(1_000);
        _pass(1);
        assertEq(_index(), (START_INDEX * 99) / 100);
        // The curve: a third off.
        assertEq(index.quote(), 660_000_000_000);
    }

    function test_RisesByAStepWhenAllIsLetAndSold() public {
        PriceIndexParams memory params = _params();
        params.flowDecay = 0;
        index = _deploy(params);
        _bond(1_000);
        _sell(1_000, 1_000);
        _pass(1);
        assertEq(_index(), (START_INDEX * 101) / 100);
        assertEq(index.quote(), 1_515_000_000_000);
    }

    function test_MovesByHalfTheStockAndHalfTheFlow() public {
        _bond(1_000);
        _sell(500, 0);
        _pass(1);
        // s = 0.25, so 0.6 / 0.85 of a step down.
        assertEq(_index(), (START_INDEX * 992_941_176_470_588_236) / WAD);
        assertEq(_signal().utilisation, 0.5e9);
        assertEq(_signal().flow, 0);
    }

    function test_UtilisationIsTheAverageOverThePeriodsBlocks() public {
        _bond(1_000);
        _passBlocks(3);
        _sell(500, 0);
        _passBlocks(2);
        _sell(300, 0);
        IPriceIndex.Signal memory signal = _signal();
        assertEq(signal.blocks, 5);
        assertEq(signal.weighed, 2 * 0.5e9);
        _pass(1);
        // Nothing for 3 blocks, 0.5 for 2, 0.8 for 5.
        assertEq(_signal().utilisation, 0.5e9);
        assertEq(_index(), (START_INDEX * 992_941_176_470_588_236) / WAD);
        _passBlocks(1);
        _sell(0, 0);
        signal = _signal();
        assertEq(signal.blocks, 1);
        assertEq(signal.weighed, 0.8e9);
    }

    function test_TheLastBlockCountsAsOneOfItsPeriod() public {
        _bond(1_000);
        _passBlocks(PERIOD_BLOCKS - 1);
        _sell(1_000, 0);
        _pass(1);
        assertEq(_signal().utilisation, 0.1e9);
        // s = 0.05, so 0.8 / 0.85 of a step down.
        assertApproxEqAbs(_index(), (START_INDEX * (85_000 - 800)) / 85_000, 1e3);
        _pass(1);
        assertEq(_signal().utilisation, SHARE);
    }

    function test_IdlePeriodsCountByWhatHeldAtTheEnd() public {
        _bond(1_000);
        _passBlocks(PERIOD_BLOCKS - 1);
        _sell(1_000, 0);
        uint256 snapshot = vm.snapshotState();
        _pass(1);
        uint256 first = _index();
        vm.revertToState(snapshot);
        _pass(2);
        assertEq(_signal().utilisation, SHARE);
        // s = 0.5, so 0.35 / 0.85 of a step down.
        assertApproxEqAbs(_index(), (first * (85_000 - 350)) / 85_000, 1e3);
    }

    function test_ChangesOfOneBlockWeighNothingBetweenThem() public {
        _bond(1_000);
        _passBlocks(4);
        _sell(1_000, 0);
        _end(1_000);
        _bond(5);
        _bond(1_000);
        _pass(1);
        assertEq(_signal().utilisation, 0);
    }

    function test_WithoutCapacityThePeriodBeforeCounts() public {
        _passBlocks(4);
        _bond(1_000);
        _pass(1);
        assertEq(_signal().utilisation, 0.34e9);
        _sell(500, 0);
        _passBlocks(5);
        _bond(0);
        _pass(1);
        assertEq(_signal().utilisation, 0.34e9);
        uint256 before = _index();
        _pass(10);
        _bond(1_000);
        assertEq(_index(), before);
        assertEq(_signal().utilisation, 0.34e9);
    }

    function test_WhatIsSoldStopsAtItsWidth() public {
        index.onSold(1, type(uint88).max - 1);
        index.onSold(1, 1);
        assertEq(_signal().sold, type(uint88).max);
        index.onSold(1, 1);
        assertEq(_signal().sold, type(uint88).max);
        index.onSold(1, type(uint120).max);
        assertEq(_signal().sold, type(uint88).max);
    }

    /// @dev What is sold counts by its price: at half the quote half as much, and next to nothing for next to nothing.
    function test_FlowIsMeasuredInMoney() public {
        _bond(1_000);
        uint256 snapshot = vm.snapshotState();
        index.onSold(0, (1_000 * uint256(START)) / 2);
        _pass(1);
        assertEq(_signal().flow, ((SHARE / 2) * (WAD - DECAY)) / WAD);
        vm.revertToState(snapshot);
        // A thousand units for sixteen million periods, for the least that an agreement may be worth.
        index.onSold(1_000, 1e6);
        _pass(1);
        assertEq(_signal().flow, 0);
    }

    /// @dev Of the period's own quote: what the next one asks does not matter.
    function test_FlowIsMeasuredAtTheQuoteOfItsPeriod() public {
        _bond(1_000);
        _pass(1);
        uint256 quote = index.quote();
        assertEq(quote, 660_000_000_000);
        index.onSold(0, 1_000 * quote);
        _pass(1);
        assertEq(_signal().flow, (SHARE * (WAD - DECAY)) / WAD);
    }

    function test_FlowIsAnAverageThatHalvesInFivePeriods() public {
        _bond(1_000);
        _sell(0, 1_000);
        _pass(1);
        uint256 flow = _signal().flow;
        assertEq(flow, (SHARE * (WAD - DECAY)) / WAD);
        _pass(5);
        assertApproxEqAbs(_signal().flow, flow / 2, 1);
        _sell(0, 0);
        assertApproxEqAbs(_signal().flow, flow / 2, 1);
    }

    function test_OnePeriodCountsAsThreeTimesTheCapacityAtMost() public {
        _bond(1_000);
        uint256 snapshot = vm.snapshotState();
        uint256[3] memory sold = [uint256(3_000), 3_001, 1 << 90];
        for (uint256 i; i < 3; ++i) {
            _sell(1_000, sold[i]);
            _pass(1);
            assertEq(_signal().flow, (3 * SHARE * (WAD - DECAY)) / WAD);
            vm.revertToState(snapshot);
        }
        _sell(1_000, 2_999);
        _pass(1);
        assertEq(_signal().flow, (2.999e9 * (WAD - DECAY)) / WAD);
    }

    function test_UtilisationIsAllAtMost() public {
        _bond(1_000);
        _sell(1_001, 0);
        _pass(1);
        assertEq(_signal().utilisation, SHARE);
        _end(2);
        _pass(1);
        assertEq(_signal().utilisation, 0.999e9);
    }

    /// @dev A whale's sale, or capacity, within a period moves neither that period's index nor its quote.
    function test_NothingMovesThePeriodThatItHappensIn() public {
        _bond(1_000);
        _sell(700, 700);
        _pass(1);
        (uint256 before, uint256 quote) = (_index(), index.quote());
        _sell(1 << 40, 1 << 80);
        assertEq(_index(), before);
        assertEq(index.quote(), quote);
        _end(1 << 40);
        _bond(type(uint32).max);
        _bond(1);
        assertEq(_index(), before);
        assertEq(index.quote(), quote);
        _pass(1);
        assertNotEq(_index(), before);
    }

    function test_StopsAtTenTimesItsStart() public {
        _bond(1_000);
        _sell(1_000, 0);
        for (uint256 i; i < 300; ++i) {
            _sell(0, 3_000);
            _pass(1);
            assertLe(_index(), START_INDEX * 10);
        }
        assertEq(_index(), START_INDEX * 10);
        assertEq(index.quote(), uint256(START) * 15);
    }

    function test_StopsAtATenthOfItsStart() public {
        _bond(1_000);
        _pass(168);
        assertGt(_index(), START_INDEX / 10);
        _bond(1_000);
        _pass(168);
        assertEq(_index(), START_INDEX / 10);
        _bond(1_000);
        _pass(1);
        assertEq(_index(), START_INDEX / 10);
        // 1e11 at two thirds, rounded up.
        assertEq(index.quote(), 66_666_666_667);
    }

    function test_QuoteIsRoundedUp() public {
        PriceIndexParams memory params = _params();
        params.startPrice = 1;
        PriceIndex cheap = _deploy(params);
        assertEq(cheap.quote(), 1);
        cheap.onCapacity(0, 1_000);
        cheap.onSold(1_000, 1_000);
        _pass(1);
        assertEq(cheap.quote(), 2);
    }

    function test_RevertWhen_MoreEndsThanWasCommitted() public {
        _sell(5, 5);
        vm.expectRevert(stdError.arithmeticError);
        index.onEnded(6);
        _end(5);
        assertEq(_level().committed, 0);
    }

    function test_RevertWhen_MoreCapacityGoesThanThereIs() public {
        index.onCapacity(0, 7);
        index.onCapacity(3, 5);
        assertEq(_level().bonded, 9);
        vm.expectRevert(stdError.arithmeticError);
        index.onCapacity(10, 5);
    }
}
