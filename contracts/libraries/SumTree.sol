// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Weighted draws from append-only trees, one for each provider, that look the same throughout a period whatever happens in it.
///
/// A word holds seven lanes of 32 bits and a tag: lane i is bits 32 i to 32 i + 31, the tag is bits 224 to 255. Level 0 lanes are the
/// weights of leaves; a lane of level k + 1 is the sum of one word of level k, and is written when that word's last lane has been
/// appended to. A walk never reads the sum in the last lane in use of a word: what lies beyond the lanes before it, lies there. So
/// appending leaves alone everything that a draw over the leaves before it reads.
///
/// Removing sets a weight to zero, and does change sums. The first time in a period that it changes a word, the word as it was goes to
/// a second mapping and the period becomes the word's tag; draws of that period read the copy.
library SumTree {
    uint256 internal constant LANES = 7;
    uint256 private constant LANE_BITS = 32;
    uint256 private constant LANE_MASK = 0xffffffff;
    /// @dev 1 in each lane: a product with it has the sum of lanes 0 to i in lane i.
    uint256 private constant ONES = 0x00000001_00000001_00000001_00000001_00000001_00000001_00000001;
    uint256 private constant TAG_SHIFT = 224;
    uint256 private constant LANES_MASK = (1 << TAG_SHIFT) - 1;

    /// @dev From a node to the one above it, but for the index.
    uint256 private constant LEVEL_STEP = 1 << 32;

    struct Forest {
        mapping(uint256 node => uint256 word) words;
        mapping(uint256 node => uint256 word) copies;
    }

    /// @dev `find` reads the members by their places.
    /// @param period the period whose opening it shows
    /// @param last number of its last leaf
    /// @param root the top node
    /// @param span leaves under a lane of the top node
    struct View {
        uint256 period;
        uint256 last;
        uint256 root;
        uint256 span;
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
    function remove(
        Forest storage self,
        uint256 tree,
        uint256 leaf,
        uint256 leaves,
        uint256 period
    ) internal returns (uint256 weight) {
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

    /// @notice A tree as it stood when a period opened, to draw from any number of times.
    /// @param leaves leaves appended before the period; not 0
    /// @param period the current period
    function openView(uint256 tree, uint256 leaves, uint256 period) internal pure returns (View memory view_) {
        // At most 2^32 leaves: 7^12 is above that.
        unchecked {
            (view_.period, view_.last, view_.root) = (period, leaves - 1, _node(tree, 0, 0));
            uint256 span = 1;
            for (; span * LANES < leaves; span *= LANES) {
                view_.root += LEVEL_STEP;
            }
            view_.span = span;
        }
    }

    /// @notice The leaf at `position`, when the weights are laid end to end in the order of the leaves.
    /// @dev Requirement, left to the caller: `position` is below the weight of all leaves when the period opened.
    /// @return leaf the leaf's number
    /// @return offset position within the leaf
    /// @return weight the leaf's weight when the period opened
    /// @return removed whether it was removed in the period
    function find(
        Forest storage self,
        View memory view_,
        uint256 position
    ) internal view returns (uint256 leaf, uint256 offset, uint256 weight, bool removed) {
        uint256 node = view_.root;
        uint256 span = view_.span;
        offset = position;
        // From the root down: `leaf` is the number of a node on its level, `offset` lies within what it weighs.
        // Nothing wraps: no node is to the right of the last one, and sums of lanes in use stay below 2^32.
        assembly ("memory-safe") {
            mstore(0x20, self.slot)
            for {} 1 {} {
                // self.words[node], and self.copies[node] where the word changed in the period
                mstore(0x00, or(node, leaf))
                let current := sload(keccak256(0x00, 0x40))
                let word := current
                if eq(shr(TAG_SHIFT, current), mload(view_)) {
                    mstore(0x20, add(self.slot, 1))
                    word := sload(keccak256(0x00, 0x40))
                    mstore(0x20, self.slot)
                }
                // From here on `leaf` numbers nodes of the level below. Shifts are 32 times a lane.
                leaf := mul(leaf, LANES)
                let shift := 0
                // The last lane in use; above 192, lane 6, in words whose lanes all are.
                let end := shl(5, sub(div(mload(add(view_, 0x20)), span), leaf))
                // If it is the first, it holds everything.
                if end {
                    // Lane i of `sums`: what lanes 0 to i weigh together, lane `end` and those after it left out.
                    let sums := mul(and(word, sub(shl(end, 1), 1)), ONES)
                    // The number of those sums that are not above `offset`: compares lane 3, then 1 or 5, then the one between.
                    let above := add(offset, 1)
                    shift := shl(7, gt(above, and(shr(96, sums), LANE_MASK)))
                    shift := add(shift, shl(6, gt(above, and(shr(add(shift, 32), sums), LANE_MASK))))
                    shift := add(shift, shl(5, gt(above, and(shr(shift, sums), LANE_MASK))))
                    if gt(shift, end) {
                        shift := end
                    }
                    // Take off what the lanes before weigh together.
                    offset := sub(offset, and(shr(shift, shl(32, sums)), LANE_MASK))
                    leaf := add(leaf, shr(5, shift))
                }
                if eq(span, 1) {
                    weight := and(shr(shift, word), LANE_MASK)
                    // Never of a word that did not change: nothing is found at a leaf without weight.
                    removed := iszero(and(shr(shift, current), LANE_MASK))
                    break
                }
                span := div(span, LANES)
                node := sub(node, LEVEL_STEP)
            }
        }
    }

    function _node(uint256 tree, uint256 level, uint256 index) private pure returns (uint256) {
        return (tree << 64) | (level * LEVEL_STEP) | index;
    }

    function _lane(uint256 word, uint256 lane) private pure returns (uint256) {
        unchecked {
            return (word >> (lane * LANE_BITS)) & LANE_MASK;
        }
    }

    function _sum(uint256 word) private pure returns (uint256 sum) {
        for (uint256 lane; lane < LANES; ++lane) {
            sum += _lane(word, lane);
        }
    }
}
