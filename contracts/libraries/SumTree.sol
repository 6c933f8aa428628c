// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Weighted draws from append-only trees, one for each provider, that look the same throughout a period whatever happens in it.
///
/// A word holds seven lanes of 32 bits and a tag: lane i is bits 32 i to 32 i + 31, the tag is bits 224 to 255. Level 0 lanes are the
/// weights of leaves; a lane of level k + 1 is the sum of one word of level k, and is written when that word's last lane has been
/// appended to. The last lane in use of a word is never read: its sum is what the lanes before it leave of the word's own, which the
/// walk from the top knows. So appending leaves alone everything that a draw over the leaves before it reads.
///
/// Removing sets a weight to zero, and does change sums. The first time in a period that it changes a word, the word as it was goes to
/// a second mapping and the period becomes the word's tag; draws of that period read the copy.
library SumTree {
    uint256 internal constant LANES = 7;
    uint256 private constant LANE_BITS = 32;
    uint256 private constant LANE_MASK = type(uint32).max;
    uint256 private constant TAG_SHIFT = LANES * LANE_BITS;
    uint256 private constant LANES_MASK = (1 << TAG_SHIFT) - 1;

    struct Forest {
        mapping(uint256 node => uint256 word) words;
        mapping(uint256 node => uint256 word) copies;
    }

    /// @notice Where a position falls.
    /// @param leaf the leaf's number
    /// @param offset position within the leaf
    /// @param weight the leaf's weight when the period opened
    /// @param removed whether it was removed in the period
    struct Place {
        uint256 leaf;
        uint256 offset;
        uint256 weight;
        bool removed;
    }

    /// @notice Adds leaf number `leaf`, the count of leaves before it.
    /// @dev Requirements, left to the caller: `weight` > 0; all weights of a tree together stay below 2^32, so that no lane can overflow.
    function append(Forest storage self, uint256 tree, uint256 leaf, uint256 weight) internal {
        uint256 index = leaf;
        uint256 level;
        uint256 lane;
        do {
            lane = index % LANES;
            index /= LANES;
            uint256 node = _node(tree, level, index);
            // The lane is empty: it belongs to this leaf, or to the word that this leaf completed.
            uint256 word = self.words[node] | (weight << (lane * LANE_BITS));
            self.words[node] = word;
            weight = _sum(word);
            ++level;
        } while (lane == LANES - 1);
    }

    /// @notice Sets the weight of a leaf to zero. Draws of `period` still see it.
    /// @param leaves leaves appended so far
    /// @return weight what the leaf weighed; 0, and nothing changes, when it had been removed
    function remove(Forest storage self, uint256 tree, uint256 leaf, uint256 leaves, uint256 period)
        internal
        returns (uint256 weight)
    {
        weight = weightOf(self, tree, leaf);
        if (weight == 0) return 0;
        uint256 index = leaf;
        uint256 span = 1;
        // A lane is in use once all its leaves are appended; the sums above were never written.
        for (uint256 level; (index + 1) * span <= leaves; ++level) {
            uint256 lane = index % LANES;
            index /= LANES;
            span *= LANES;
            uint256 node = _node(tree, level, index);
            uint256 word = self.words[node];
            if (word >> TAG_SHIFT != period) {
                self.copies[node] = word;
                word = (word & LANES_MASK) | (period << TAG_SHIFT);
            }
            // The lane is a sum that includes `weight`: it does not borrow from its neighbour.
            self.words[node] = word - (weight << (lane * LANE_BITS));
        }
    }

    /// @notice Sets the weight of a leaf to zero in a tree that nobody draws from any more.
    function removeFromDead(Forest storage self, uint256 tree, uint256 leaf) internal returns (uint256 weight) {
        weight = weightOf(self, tree, leaf);
        self.words[_node(tree, 0, leaf / LANES)] -= weight << ((leaf % LANES) * LANE_BITS);
    }

    /// @notice Weight of a leaf now.
    function weightOf(Forest storage self, uint256 tree, uint256 leaf) internal view returns (uint256) {
        return _lane(self.words[_node(tree, 0, leaf / LANES)], leaf % LANES);
    }

    /// @notice The leaf at `position`, when the weights are laid end to end in the order of the leaves.
    /// @dev Requirements, left to the caller: `position` < `total`.
    /// @param leaves leaves to draw from: those appended before the period
    /// @param total their weight when the period opened
    /// @param period the current period
    function find(Forest storage self, uint256 tree, uint256 leaves, uint256 total, uint256 position, uint256 period)
        internal
        view
        returns (Place memory place)
    {
        // Nothing below can wrap: `leaves` > 0 as `total` is, spans stay below 7 × 2^32, a node on the way is never to the right of the last leaf.
        unchecked {
            uint256 span = 1;
            uint256 level;
            while (span * LANES < leaves) {
                span *= LANES;
                ++level;
            }
            (place.offset, place.weight) = (position, total);
            while (true) {
                _descend(self, _node(tree, level, place.leaf), place, (leaves - 1) / span, period);
                if (level == 0) return place;
                --level;
                span /= LANES;
            }
        }
    }

    /// @dev One level down: `place.leaf` is a node's number before and its child's after.
    /// @param last number of the last child that there was on this level when the period opened
    function _descend(Forest storage self, uint256 node, Place memory place, uint256 last, uint256 period) private view {
        unchecked {
            uint256 current = self.words[node];
            bool changed = current >> TAG_SHIFT == period;
            uint256 first = place.leaf * LANES;
            (place.leaf, place.offset, place.weight) = _walk(
                changed ? self.copies[node] : current,
                first,
                Math.min(first + LANES - 1, last),
                place.offset,
                place.weight
            );
            place.removed = changed && _lane(current, place.leaf - first) == 0;
        }
    }

    /// @dev Finds the lane that `offset` falls into among lanes `child` to `end` of a word of sum `sum`.
    function _walk(uint256 word, uint256 child, uint256 end, uint256 offset, uint256 sum)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        unchecked {
            for (; child < end; ++child) {
                uint256 weight = word & LANE_MASK;
                if (offset < weight) return (child, offset, weight);
                offset -= weight;
                sum -= weight;
                word >>= LANE_BITS;
            }
            return (child, offset, sum);
        }
    }

    function _node(uint256 tree, uint256 level, uint256 index) private pure returns (uint256) {
        return (tree << 64) | (level << 32) | index;
    }

    function _lane(uint256 word, uint256 lane) private pure returns (uint256) {
        return (word >> (lane * LANE_BITS)) & LANE_MASK;
    }

    function _sum(uint256 word) private pure returns (uint256 sum) {
        for (uint256 lane; lane < LANES; ++lane) {
            sum += _lane(word, lane);
        }
    }
}
