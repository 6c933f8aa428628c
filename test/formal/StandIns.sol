// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What stands in for operators that the SMTChecker gives up on
/// @dev The assembly computes exactly what the operator does, and is opaque to the checker; the `require` behind it, which can never
/// fail, tells the checker what it may know of the result. A fuzz test compares each with its operator.
abstract contract StandIns {
    function to24(uint256 x) internal pure returns (uint24 y) {
        assembly ("memory-safe") {
            y := and(x, 0xffffff)
        }
        require(y == x % 2 ** 24);
    }

    function to32(uint256 x) internal pure returns (uint32 y) {
        assembly ("memory-safe") {
            y := and(x, 0xffffffff)
        }
        require(y == x % 2 ** 32);
    }

    function to40(uint256 x) internal pure returns (uint40 y) {
        assembly ("memory-safe") {
            y := and(x, 0xffffffffff)
        }
        require(y == x % 2 ** 40);
    }

    function to64(uint256 x) internal pure returns (uint64 y) {
        assembly ("memory-safe") {
            y := and(x, 0xffffffffffffffff)
        }
        require(y == x % 2 ** 64);
    }

    function to96(uint256 x) internal pure returns (uint96 y) {
        assembly ("memory-safe") {
            y := and(x, 0xffffffffffffffffffffffff)
        }
        require(y == x % 2 ** 96);
    }

    function to128(uint256 x) internal pure returns (uint128 y) {
        assembly ("memory-safe") {
            y := and(x, 0xffffffffffffffffffffffffffffffff)
        }
        require(y == x % 2 ** 128);
    }

    /// @param factor 2 to the power of what is shifted by
    function shiftLeftBy(uint256 x, uint256 factor) internal pure returns (uint256) {
        unchecked {
            return x * factor;
        }
    }

    /// @param divisor 2 to the power of what is shifted by
    function shiftRightBy(uint256 x, uint256 divisor) internal pure returns (uint256) {
        return x / divisor;
    }

    /// @dev The checker knows of it only what a first bit does, and that nothing grows.
    function shiftRight(uint256 x, uint256 bits) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := shr(bits, x)
        }
        require(bits == 0 ? y == x : y <= x / 2);
    }

    /// @dev The checker knows of it only what packing needs: numbers that share no bits add up.
    function or(uint256 high, uint256 low) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := or(high, low)
        }
        require(high % 2 ** 96 != 0 || low >= 2 ** 96 || y == high + low);
        require(high % 2 ** 64 != 0 || low >= 2 ** 64 || y == high + low);
    }
}
