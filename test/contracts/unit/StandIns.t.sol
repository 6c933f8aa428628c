// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {StandIns} from "../../formal/StandIns.sol";

/// @notice Proofs about slices hold for the contracts only while each stand-in does what its operator does, and never reverts.
contract StandInsTest is Test, StandIns {
    function testFuzz_CastsCut(uint256 x) public pure {
        assertEq(to24(x), uint24(x));
        assertEq(to32(x), uint32(x));
        assertEq(to40(x), uint40(x));
        assertEq(to64(x), uint64(x));
        assertEq(to96(x), uint96(x));
        assertEq(to128(x), uint128(x));
    }

    function testFuzz_ShiftsByKnownNumbers(uint256 x) public pure {
        assertEq(shiftLeftBy(x, 2 ** 64), x << 64);
        assertEq(shiftLeftBy(x, 2 ** 96), x << 96);
        assertEq(shiftRightBy(x, 2 ** 32), x >> 32);
        assertEq(shiftRightBy(x, 2 ** 64), x >> 64);
    }

    function testFuzz_ShiftRight(uint256 x, uint16 bits) public pure {
        assertEq(shiftRight(x, bits), x >> bits);
        assertEq(shiftRight(x, bits % 4), x >> (bits % 4));
    }

    function testFuzz_Or(uint256 high, uint256 low) public pure {
        assertEq(or(high, low), high | low);
        // Numbers that share no bits, as packing has them.
        assertEq(or(high << 96, uint96(low)), (high << 96) | uint96(low));
        assertEq(or(high << 64, uint64(low)), (high << 64) | uint64(low));
    }
}
