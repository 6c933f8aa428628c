// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {PriceIndexModel} from "../support/PriceIndexModel.sol";
import {PriceIndexFixture} from "../support/PriceIndexFixture.sol";

/// @notice Stretches in which nothing changes, and what the views say before anything is written down.
contract PriceIndexIdleTest is PriceIndexFixture {
    PriceIndexModel private model;

    function setUp() public override {
        super.setUp();
        model = new PriceIndexModel(_params(), 10, PERIOD_BLOCKS);
        _bond(1_000);
        model.bond(10, 0, 1_000);
        _sell(800, 4_000);
        model.sell(10, 0, 800, 4_000 * uint256(START));
    }

    /// @dev The same by view, by model and once written down.
    function _after(uint32 periods) private returns (uint256) {
        _pass(periods);
        (IPriceIndex.Level memory level, IPriceIndex.Signal memory signal) = index.current();
        uint64 quote = index.quote();
        uint32 period = clock.currentPeriod();
        model.sell(period, 0, 0, 0);
        assertEq(level.index, model.index());
        assertEq(level.period, period);
        assertEq(signal.flow, model.flow());
        assertEq(signal.utilisation, model.utilisation());
        assertEq(signal.sold, 0);
        assertEq(signal.entries, 0);
        assertEq(quote, model.quote());

        vm.expectEmit();
        emit IPriceIndex.IndexMoved(period, level.index, signal.utilisation, signal.flow);
        _sell(0, 0);
        assertEq(_index(), level.index);
        assertEq(index.quote(), quote);
        assertEq(_signal().entries, 1);
        return level.index;
    }

    function test_OnePeriod() public {
        _after(1);
    }

    function test_TwoPeriods() public {
        _after(2);
    }

    /// @dev More than everything was sold for days: of the flow only a whole counts, in idle periods, too.
    function test_AfterABoom() public {
        for (uint256 day; day < 9; ++day) {
            uint256 unitPeriods = 9_000;
            model.sell(clock.currentPeriod(), 0, 0, unitPeriods * index.quote());
            _sell(0, unitPeriods);
            _pass(1);
        }
        (, IPriceIndex.Signal memory signal) = index.current();
        assertGt(signal.flow, SHARE);
        _pass(3);
        (IPriceIndex.Level memory level, ) = index.current();
        model.sell(clock.currentPeriod(), 0, 0, 0);
        assertEq(level.index, model.index());
    }

    function test_AsManyAsCount() public {
        _after(168);
    }

    function test_OneMoreThanCount() public {
        uint256 snapshot = vm.snapshotState();
        uint256 longest = _after(168);
        vm.revertToState(snapshot);
        uint256 shorter = _after(167);
        vm.revertToState(snapshot);
        assertEq(_after(169), longest);
        assertLt(longest, shorter);
    }

    function test_AMillionPeriods() public {
        uint256 snapshot = vm.snapshotState();
        uint256 longest = _after(168);
        vm.revertToState(snapshot);
        assertEq(_after(1_000_000), longest);
    }

    /// @dev The last period that 32 bits can count.
    function test_AllPeriodsThatThereAre() public {
        _after(type(uint32).max - 10);
    }

    function test_NothingIsWrittenTwiceInAPeriod() public {
        _pass(1);
        _sell(0, 0);
        uint256 entries = _signal().entries;
        vm.recordLogs();
        _sell(1, 1);
        _bond(2_000);
        _end(1);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(_signal().entries, entries);
    }

    /// @dev Written down each period or once in the end: an index in an idle market is within a millionth the same.
    function test_LazinessHardlyShows() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < 100; ++i) {
            _pass(1);
            _end(0);
        }
        uint256 often = _index();
        vm.revertToState(snapshot);
        // The flow of the first period; after that the stock alone moves it, by the same factor each period.
        _pass(1);
        _end(0);
        uint256 first = _index();
        _pass(99);
        uint256 once = _index();
        assertLt(once, first);
        // While the flow dies away the lazy one counts what is left of it in the end, the other what there was on the way.
        assertLt(once, often);
        assertApproxEqRel(once, often, 0.05e18);
    }
}

/// @notice The last 256 entries on the chain.
contract PriceIndexHistoryTest is PriceIndexFixture {
    function setUp() public override {
        super.setUp();
        _bond(1_000);
    }

    function _rolls(uint256 count) private {
        for (uint256 i; i < count; ++i) {
            _pass(1);
            _sell(1, i);
        }
    }

    function test_GivesTheNewestFirst() public {
        _rolls(2);
        // A period without a change has no entry.
        _pass(3);
        _sell(1, 1);
        IPriceIndex.Entry[] memory entries = index.history(10);
        assertEq(entries.length, 3);
        assertEq(entries[0].period, 15);
        assertEq(entries[1].period, 12);
        assertEq(entries[2].period, 11);
        (IPriceIndex.Level memory level, IPriceIndex.Signal memory signal) = index.current();
        assertEq(entries[0].index, level.index);
        assertEq(entries[0].utilisation, signal.utilisation);
        assertEq(entries[0].flow, signal.flow);
        assertEq(entries[2].index, (START_INDEX * 99) / 100);
    }

    function test_GivesAtMostWhatIsAskedFor() public {
        _rolls(3);
        assertEq(index.history(0).length, 0);
        assertEq(index.history(1).length, 1);
        assertEq(index.history(1)[0].period, 13);
        assertEq(index.history(3).length, 3);
        assertEq(index.history(4).length, 3);
        assertEq(index.history(type(uint256).max).length, 3);
    }

    function test_ForgetsBeyondTheRing() public {
        _rolls(256);
        assertEq(index.history(1_000).length, 256);
        assertEq(index.history(1_000)[255].period, 11);
        _rolls(1);
        IPriceIndex.Entry[] memory entries = index.history(1_000);
        assertEq(entries.length, 256);
        assertEq(entries[255].period, 12);
        _rolls(255);
        entries = index.history(1_000);
        for (uint256 i; i < 256; ++i) {
            assertEq(entries[i].period, 522 - i);
        }
        assertEq(_signal().entries, 512);
        assertEq(index.history(255)[254].period, 268);
    }
}
