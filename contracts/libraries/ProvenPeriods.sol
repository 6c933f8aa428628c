// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Which periods a provider proved, and how many of any range, without a loop over them. A word covers 224 periods: bit i of
/// word w stands for period 224 w + i, and bits 224 to 255 count the proven periods before the word. Periods are marked in ascending
/// order, so that count never changes once a word is written.
library ProvenPeriods {
    uint256 private constant BITS = 224;
    uint256 private constant BITS_MASK = (1 << BITS) - 1;

    /// @param last the last period marked before, or 0
    /// @dev Requirements, left to the caller: `last` < `period`.
    function mark(mapping(uint256 index => uint256 word) storage self, uint256 period, uint256 last) internal {
        uint256 index = period / BITS;
        uint256 word = self[index];
        if (word == 0 && last != 0) word = _count(self[last / BITS]) << BITS;
        self[index] = word | (1 << (period % BITS));
    }

    function has(mapping(uint256 index => uint256 word) storage self, uint256 period) internal view returns (bool) {
        return (self[period / BITS] >> (period % BITS)) & 1 == 1;
    }

    /// @notice Number of marked periods before `period`.
    /// @dev A word is empty when 224 periods passed without a mark: the walk ends at the first written one, at the latest that of `last`.
    /// A provider with duty fails long before a word stays empty, so only ranges in which it had none make the walk longer than a step.
    /// @param last the last period marked, or 0
    function countBefore(
        mapping(uint256 index => uint256 word) storage self,
        uint256 period,
        uint256 last
    ) internal view returns (uint256) {
        if (last == 0) return 0;
        if (period > last) return _count(self[last / BITS]);
        uint256 index = period / BITS;
        uint256 word = self[index];
        if (word != 0) return (word >> BITS) + _ones(word & ((1 << (period % BITS)) - 1));
        do {
            ++index;
            word = self[index];
        } while (word == 0);
        return word >> BITS;
    }

    /// @dev Proven periods up to the end of a word.
    function _count(uint256 word) private pure returns (uint256) {
        return (word >> BITS) + _ones(word & BITS_MASK);
    }

    /// @dev Number of set bits: sums of neighbouring fields of 1, 2 and 4 bits, then of all bytes at once by a multiplication
    /// (Warren, Hacker's Delight, 5-1). At most 224, so the top byte holds the sum.
    function _ones(uint256 x) private pure returns (uint256) {
        unchecked {
            x -= (x >> 1) & (type(uint256).max / 3);
            x = (x & (type(uint256).max / 5)) + ((x >> 2) & (type(uint256).max / 5));
            x = (x + (x >> 4)) & (type(uint256).max / 17);
            return (x * (type(uint256).max / 255)) >> 248;
        }
    }
}
