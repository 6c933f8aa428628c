// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {ProvenPeriods} from "../../../contracts/libraries/ProvenPeriods.sol";

contract ProvenPeriodsTest is Test {
    using ProvenPeriods for mapping(uint256 => uint256);

    mapping(uint256 => uint256) private _periods;
    uint256[] private _marked;

    function _mark(uint256 period) private {
        _periods.mark(period, _last());
        _marked.push(period);
    }

    function _last() private view returns (uint256) {
        return _marked.length == 0 ? 0 : _marked[_marked.length - 1];
    }

    function _countPlainly(uint256 period) private view returns (uint256 count) {
        for (uint256 i; i < _marked.length; ++i) {
            if (_marked[i] < period) ++count;
        }
    }

    function test_NothingMarked() public view {
        assertFalse(_periods.has(1));
        assertEq(_periods.countBefore(0, 0), 0);
        assertEq(_periods.countBefore(1_000_000, 0), 0);
    }

    function test_EachSideOfEveryWordBoundary() public {
        for (uint256 period = 220; period < 230; ++period) {
            _mark(period);
        }
        for (uint256 period = 446; period < 451; ++period) {
            _mark(period);
        }
        for (uint256 period = 215; period < 460; ++period) {
            assertEq(_periods.countBefore(period, _last()), _countPlainly(period));
        }
        assertTrue(_periods.has(223) && _periods.has(224) && _periods.has(447) && _periods.has(448));
        assertFalse(_periods.has(219) || _periods.has(230) || _periods.has(445) || _periods.has(451));
    }

    function test_FullWordCountsAllItsBits() public {
        for (uint256 period = 224; period < 449; ++period) {
            _mark(period);
        }
        assertEq(_periods.countBefore(448, _last()), 224);
        assertEq(_periods.countBefore(449, _last()), 225);
        assertEq(_periods[2] >> 224, 224, "the next word counts what lies before it");
    }

    function test_GapOfWholeWords() public {
        _mark(5);
        _mark(224 * 7 + 3);
        for (uint256 period = 6; period < 224 * 7 + 4; period += 13) {
            assertEq(_periods.countBefore(period, _last()), 1);
        }
        assertEq(_periods.countBefore(224 * 7 + 4, _last()), 2);
    }

    function testFuzz_AgreesWithAPlainList(uint256 seed, uint16 first, uint8 length) public {
        uint256 period = uint256(first) + 1;
        for (uint256 i; i < (uint256(length) % 32) + 1; ++i) {
            _mark(period);
            seed = uint256(keccak256(abi.encode(seed)));
            // Mostly runs, at times a hole, rarely one longer than a word.
            period += 1 + (seed % 4 == 0 ? (seed >> 8) % 40 : 0) + (seed % 29 == 0 ? (seed >> 16) % 700 : 0);
        }
        uint256 start = first > 300 ? first - 300 : 0;
        for (uint256 i; i < 20; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 before = start + (seed % (period + 300 - start));
            assertEq(_periods.countBefore(before, _last()), _countPlainly(before));
        }
        for (uint256 i; i < _marked.length; ++i) {
            assertTrue(_periods.has(_marked[i]));
        }
    }
}
