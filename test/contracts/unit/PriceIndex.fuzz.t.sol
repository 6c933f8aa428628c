// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PriceIndexParams} from "../../../contracts/PriceIndex.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {PriceIndexModel} from "../support/PriceIndexModel.sol";
import {PriceIndexFixture} from "../support/PriceIndexFixture.sol";

/// @notice Random markets, against the model to the last digit, and against the bounds that the interface promises.
contract PriceIndexFuzzTest is PriceIndexFixture {
    uint256 private constant STEPS = 24;

    PriceIndexModel private model;
    uint32 private bonded;
    uint256 private committed;

    function _begin(PriceIndexParams memory params) private {
        vm.roll(10 * PERIOD_BLOCKS);
        index = _deploy(params);
        model = new PriceIndexModel(params, 10, PERIOD_BLOCKS);
    }

    /// @dev One change, in both.
    function _change(uint256 seed) private {
        (uint32 period, uint256 offset) = (clock.currentPeriod(), _blocks());
        uint256 kind = seed % 4;
        uint256 units = (seed >> 8) % (uint256(1) << ((seed >> 4) % 33));
        if (kind == 0) {
            index.onCapacity(bonded, uint32(units));
            model.bond(period, offset, units);
            bonded = uint32(units);
        } else if (kind == 1 && committed != 0) {
            units %= committed + 1;
            index.onEnded(units);
            model.end(period, offset, units);
            committed -= units;
        } else {
            uint256 value = units * ((seed >> 48) % 400) * ((seed >> 60) % (2 * uint256(index.quote())));
            index.onSold(units, value);
            model.sell(period, offset, units, value);
            committed += units;
        }
    }

    function _wait(uint256 seed) private {
        uint32[8] memory waits = [uint32(0), 0, 1, 1, 2, 168, 169, 1_000_000];
        uint32 wait = waits[seed % 8];
        uint256 offset = (seed >> 8) % PERIOD_BLOCKS;
        // Later in the same period, or anywhere in another.
        if (wait != 0) _pass(wait);
        if (offset > _blocks()) _passBlocks(offset - _blocks());
    }

    function _assertAsTheModel() private view {
        (IPriceIndex.Level memory level, IPriceIndex.Signal memory signal) = index.current();
        assertEq(level.index, model.index(), "index");
        assertEq(level.period, model.period(), "period");
        assertEq(level.committed, model.committed(), "committed");
        assertEq(level.bonded, model.bonded(), "bonded");
        assertEq(signal.flow, model.flow(), "flow");
        assertEq(signal.utilisation, model.utilisation(), "utilisation");
        assertEq(signal.sold, model.sold(), "sold");
        assertEq(signal.entries, model.entries(), "entries");
        (uint256 blocks, uint256 weighed) = model.counted();
        assertEq(signal.blocks, blocks, "blocks");
        assertEq(signal.weighed, weighed, "weighed");
        assertEq(index.quote(), model.quote(), "quote");
    }

    function _run(PriceIndexParams memory params, uint256 seed) private {
        _begin(params);
        for (uint256 i; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            _wait(seed >> 200);
            _change(seed);
            _assertAsTheModel();
        }
    }

    function testFuzz_IsTheModel(uint256 seed) public {
        _run(_params(), seed);
    }

    /// @dev Any parameters that are allowed: nothing overflows, nothing reverts, every digit is the model's.
    function testFuzz_IsTheModelWithAnyParameters(
        uint64 startPrice,
        uint64 target,
        uint64 step,
        uint64 flowDecay,
        uint64 curve,
        uint256 seed
    ) public {
        PriceIndexParams memory params = PriceIndexParams({
            startPrice: uint64(bound(startPrice, 1, type(uint64).max / 100)),
            target: uint64(bound(target, 1, 1e18 - 1)),
            step: uint64(bound(step, 0, 0.1e18)),
            flowDecay: uint64(bound(flowDecay, 0, 1e18 - 1)),
            curve: uint64(bound(curve, 1e18, 10e18))
        });
        _run(params, seed);
    }

    /// @dev Whatever happens in a period, and however much of it: that period's index and quote stay, the next index is within a step, the next
    /// quote within the curve of that, and the index never leaves its range.
    function testFuzz_MovesAtMostAStepAPeriod(uint256 seed) public {
        _begin(_params());
        for (uint256 i; i < STEPS; ++i) {
            (uint256 before, uint256 quote) = (_index(), index.quote());
            for (uint256 j; j < 3; ++j) {
                seed = uint256(keccak256(abi.encode(seed, j)));
                _change(seed);
                assertEq(_index(), before, "within the period");
                assertEq(index.quote(), quote, "quote within the period");
            }
            _pass(1);
            uint256 next = _index();
            assertLe(next, (before * 101) / 100);
            // Rounded down.
            assertGe(next + 1, (before * 99) / 100);
            assertGe(next, START_INDEX / 10);
            assertLe(next, START_INDEX * 10);
            assertLe(index.quote(), (next * 3) / 2 / 1e9 + 1);
            assertGe(uint256(index.quote()) * 1e9 * 3, next * 2 - 3);
        }
    }

    /// @dev A stretch of n periods moves it no further than n steps, one on the other.
    function testFuzz_MovesAtMostAStepForEachIdlePeriod(uint256 seed, uint32 periods) public {
        _begin(_params());
        for (uint256 i; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            _change(seed);
        }
        _pass(1);
        uint256 before = _index();
        _end(0);
        periods = uint32(bound(periods, 1, 400));
        _pass(periods);
        (uint256 most, uint256 least) = (before, before);
        for (uint256 i; i < (periods < MAX_IDLE ? periods : MAX_IDLE); ++i) {
            (most, least) = ((most * 101) / 100 + 1, (least * 99) / 100);
        }
        assertLe(_index(), most);
        // The contract rounds a power of the step, this each step.
        assertGe(_index() + 1e6, least);
    }

    /// @dev More sold never makes the next index lower, more ended or bonded never higher.
    function testFuzz_FollowsDemand(uint32 units, uint32 sold, uint32 more, uint32 capacity) public {
        _begin(_params());
        capacity = uint32(bound(capacity, 1, type(uint32).max));
        _bond(capacity);
        _sell(units, sold);
        uint256 snapshot = vm.snapshotState();
        _pass(1);
        uint256 before = _index();
        vm.revertToState(snapshot);
        _sell(more, more);
        _pass(1);
        assertGe(_index(), before);
        vm.revertToState(snapshot);
        _end(units);
        _pass(1);
        assertLe(_index(), before);
        vm.revertToState(snapshot);
        _bond(type(uint32).max);
        _pass(1);
        assertLe(_index(), before);
    }
}
