// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Periods} from "../../../contracts/libraries/Periods.sol";

contract PeriodsTest is Test {
    function test_CountsFromOne() public pure {
        assertEq(Periods.ofBlock(1_000, 1_000, 20), 1);
        assertEq(Periods.ofBlock(1_019, 1_000, 20), 1);
        assertEq(Periods.ofBlock(1_020, 1_000, 20), 2);
        assertEq(Periods.opening(1, 1_000, 20), 1_000);
        assertEq(Periods.opening(2, 1_000, 20), 1_020);
    }

    function testFuzz_EachBlockLiesInItsPeriod(uint64 genesis, uint32 length, uint48 offset) public pure {
        vm.assume(length != 0 && uint256(offset) / length < type(uint32).max);
        uint256 blockNumber = uint256(genesis) + offset;
        uint32 period = Periods.ofBlock(blockNumber, genesis, length);
        uint256 opening = Periods.opening(period, genesis, length);
        assertLe(opening, blockNumber);
        assertLt(blockNumber, opening + length);
        assertEq(Periods.ofBlock(opening, genesis, length), period);
        if (period > 1) assertEq(Periods.ofBlock(opening - 1, genesis, length), period - 1);
    }
}
