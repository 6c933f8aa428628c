// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Fractions of 1e18.
library WadMath {
    uint256 internal constant WAD = 1e18;

    /// @notice base^exponent by squaring, rounded down after each multiplication.
    /// @param base a fraction of 1e18, below 2^128
    function pow(uint256 base, uint256 exponent) internal pure returns (uint256 result) {
        result = WAD;
        for (; exponent != 0; exponent >>= 1) {
            if (exponent & 1 != 0) result = (result * base) / WAD;
            base = (base * base) / WAD;
        }
    }
}
