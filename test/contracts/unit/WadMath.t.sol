// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {WadMath} from "../../../contracts/libraries/WadMath.sol";

contract WadMathTest is Test {
    uint256 private constant WAD = 1e18;

    function test_PowersOfHalf() public pure {
        for (uint256 i; i < 18; ++i) {
            assertEq(WadMath.pow(WAD / 2, i), WAD >> i);
        }
        assertEq(WadMath.pow(WAD / 2, 60), 0);
    }

    function test_NothingAndOne() public pure {
        assertEq(WadMath.pow(0, 0), WAD);
        assertEq(WadMath.pow(0, 1), 0);
        assertEq(WadMath.pow(12_345, 0), WAD);
        assertEq(WadMath.pow(12_345, 1), 12_345);
        assertEq(WadMath.pow(WAD, type(uint256).max), WAD);
    }

    function test_RoundsDownAfterEachMultiplication() public pure {
        uint256 base = WAD - 1;
        assertEq(WadMath.pow(base, 2), WAD - 2);
        assertEq(WadMath.pow(base, 3), WAD - 3);
        assertEq(WadMath.pow(WAD + 1, 2), WAD + 2);
    }

    /// Never above the plain product. Each rounding takes less than a unit, and each squaring doubles what was taken: within 1,000 units of 1e18.
    function testFuzz_IsTheProduct(uint256 base, uint256 exponent) public pure {
        base = bound(base, 0.9e18, 1.1e18);
        exponent = bound(exponent, 0, 168);
        // In 1/1e36, so that its own rounding does not show.
        uint256 exact = 1e36;
        for (uint256 i; i < exponent; ++i) exact = (exact * base) / WAD;
        exact = exact / WAD + 1;
        uint256 actual = WadMath.pow(base, exponent);
        assertLe(actual, exact);
        assertLe(exact - actual, 1_000 * (1 + exact / WAD));
    }
}
