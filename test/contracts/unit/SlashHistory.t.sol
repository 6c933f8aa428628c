// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {SlashHistory} from "../../../contracts/libraries/SlashHistory.sol";

contract SlashHistoryTest is Test {
    using SlashHistory for SlashHistory.History;

    uint256 internal constant WHOLE = 1e18;

    SlashHistory.History internal history;

    function test_EmptyIsWhole() public view {
        assertEq(history.latest(0, WHOLE), WHOLE);
        assertEq(history.before(0, 0, WHOLE), WHOLE);
        assertEq(history.before(0, type(uint32).max, WHOLE), WHOLE);
    }

    function test_EntryCountsFromTheNextPeriodOn() public {
        history.push(0, 7, 0, 5);
        assertEq(history.before(1, 7, WHOLE), WHOLE);
        assertEq(history.before(1, 8, WHOLE), 5);
        assertEq(history.latest(1, WHOLE), 5);
    }

    function test_WidestValues() public {
        history.push(0, type(uint32).max - 1, type(uint32).max, type(uint64).max);
        history.push(1, type(uint32).max, 0, 0);
        assertEq(history.before(2, type(uint32).max, WHOLE), type(uint64).max);
        assertEq(history.latest(2, WHOLE), 0);
        assertEq(history.before(2, type(uint32).max - 1, WHOLE), WHOLE);
    }

    function testFuzz_BeforeIsTheLastEarlierEntry(uint8 count, uint256 seed) public {
        uint256[] memory periods = new uint256[](count);
        uint256[] memory remaining = new uint256[](count);
        uint256 period;
        for (uint256 i = 0; i < count; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            period += 1 + (dice % 3);
            (periods[i], remaining[i]) = (period, uint64(dice >> 128));
            history.push(i, periods[i], uint32(dice >> 64), remaining[i]);
            if (dice % 5 == 0) history.clearReporter(i);
            assertEq(history.reporterOf(i), dice % 5 == 0 ? 0 : uint32(dice >> 64));
        }
        uint256 expected = WHOLE;
        uint256 next = 0;
        for (uint256 p = 0; p < period + 3; ++p) {
            if (next < count && periods[next] < p) expected = remaining[next++];
            assertEq(history.before(count, p, WHOLE), expected);
        }
        assertEq(history.latest(count, WHOLE), expected);
    }
}
