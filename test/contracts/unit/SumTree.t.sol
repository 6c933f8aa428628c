// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {SumTree} from "../../../contracts/libraries/SumTree.sol";

/// @notice The tree against the plain list that it stands for.
contract SumTreeTest is Test {
    using SumTree for SumTree.Forest;

    uint256 private constant TREE = 7;

    SumTree.Forest private _forest;
    uint256[] private _now;
    uint256[] private _atOpen;
    uint256 private _period = 1;

    // ------------------------------------------------------------------ model

    function _append(uint256 weight) private {
        _forest.append(TREE, _now.length, weight);
        _now.push(weight);
    }

    function _remove(uint256 leaf) private {
        assertEq(_forest.remove(TREE, leaf, _now.length, _period), _now[leaf]);
        _now[leaf] = 0;
    }

    function _open(uint256 period) private {
        _period = period;
        _atOpen = _now;
    }

    function _sumOf(uint256[] storage list) private view returns (uint256 sum) {
        for (uint256 i; i < list.length; ++i) {
            sum += list[i];
        }
    }

    /// @dev Every leaf's first and last position.
    function _checkAll() private view {
        _check(0, _atOpen.length);
        for (uint256 leaf; leaf < _now.length; ++leaf) {
            assertEq(_forest.weightOf(TREE, leaf), _now[leaf]);
        }
    }

    function _check(uint256 fromLeaf, uint256 toLeaf) private view {
        uint256[] memory weights = _atOpen;
        uint256 start;
        for (uint256 leaf; leaf < toLeaf; ++leaf) {
            uint256 weight = weights[leaf];
            if (weight != 0 && leaf >= fromLeaf) {
                bool gone = _now[leaf] == 0;
                _checkOne(weights.length, start, leaf, 0, weight, gone);
                if (weight > 1) _checkOne(weights.length, start + weight - 1, leaf, weight - 1, weight, gone);
            }
            start += weight;
        }
    }

    function _checkOne(
        uint256 leaves,
        uint256 position,
        uint256 leaf,
        uint256 offset,
        uint256 weight,
        bool gone
    ) private view {
        (uint256 gotLeaf, uint256 gotOffset, uint256 gotWeight, bool removed) = _forest.find(
            SumTree.openView(TREE, leaves, _period),
            position
        );
        if (gotLeaf != leaf || gotOffset != offset || gotWeight != weight || removed != gone) {
            assertEq(gotLeaf, leaf, "leaf");
            assertEq(gotOffset, offset, "offset");
            assertEq(gotWeight, weight, "weight");
            assertEq(removed, gone, "removed");
        }
    }

    // ------------------------------------------------------------------ tests

    function test_EverySizeAcrossTheLevels() public {
        // 7, 49 and 343 leaves fill one, two and three levels.
        for (uint256 leaves = 1; leaves <= 351; ++leaves) {
            _append((leaves % 5) + 1);
            if (leaves > 57 && leaves < 341) continue;
            _open(1);
            if (leaves <= 57) _checkAll();
            else _check(leaves - 9, leaves);
        }
        _checkAll();
    }

    function test_OneLeafOfFullWeight() public {
        _append(type(uint32).max);
        _open(1);
        _checkAll();
    }

    function test_WeightsThatFillTheLanes() public {
        // Sums up to 2^32 - 1 in one lane: nothing spills into the next.
        for (uint256 i; i < 49; ++i) {
            _append(type(uint32).max / 50);
        }
        _append(type(uint32).max - 49 * uint256(type(uint32).max / 50));
        _open(1);
        _checkAll();
        _remove(49);
        _remove(0);
        _checkAll();
        _open(2);
        _checkAll();
    }

    function test_RemovingTwiceDoesNothing() public {
        _append(4);
        _append(5);
        _open(1);
        _remove(0);
        uint256 word = _forest.words[TREE << 64];
        assertEq(_forest.remove(TREE, 0, 2, 1), 0);
        assertEq(_forest.words[TREE << 64], word);
    }

    function test_AppendingDoesNotTouchOtherTrees() public {
        _append(4);
        _forest.append(TREE + 1, 0, 9);
        assertEq(_forest.weightOf(TREE, 0), 4);
        assertEq(_forest.weightOf(TREE + 1, 0), 9);
    }

    function test_AllRemovedThenFilledAgain() public {
        for (uint256 i; i < 8; ++i) {
            _append(i + 1);
        }
        _open(2);
        for (uint256 i; i < 8; ++i) {
            _remove(i);
        }
        _checkAll();
        _open(3);
        assertEq(_sumOf(_atOpen), 0);
        for (uint256 i; i < 50; ++i) {
            _append(i + 1);
        }
        _open(4);
        _checkAll();
    }

    function test_DeadTreeClearsOnlyTheLeaf() public {
        for (uint256 i; i < 8; ++i) {
            _append(i + 1);
        }
        assertEq(_forest.removeFromDead(TREE, 3), 4);
        assertEq(_forest.weightOf(TREE, 3), 0);
        assertEq(_forest.weightOf(TREE, 2), 3);
        assertEq(_forest.weightOf(TREE, 4), 5);
    }

    /// @dev Random appends and removals over several periods: whatever happens within one, its draws are those of its opening.
    function testFuzz_DrawsAreThoseOfTheOpening(uint256 seed, uint8 start) public {
        for (uint256 i; i < uint256(start) % 60; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _append((seed % 1_000) + 1);
        }
        uint256 period = 1;
        for (uint256 i; i < 4; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            period += 1 + (seed % 3);
            _open(period);
            for (uint256 j; j < 10; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                uint256 leaf = _now.length == 0 ? 0 : (seed >> 8) % _now.length;
                if (seed % 2 == 0 && _now.length != 0 && _now[leaf] != 0) _remove(leaf);
                else _append(((seed >> 8) % 1_000) + 1);
            }
            _checkAll();
        }
    }

    /// @dev The same over the edge of a level, where the tree grows in the middle of a period.
    function testFuzz_GrowingInAPeriod(uint256 seed, bool big) public {
        uint256 edge = big ? 147 : 49;
        for (uint256 i; i < edge - 3; ++i) {
            _append((uint256(keccak256(abi.encode(seed, i))) % 9) + 1);
        }
        _open(5);
        for (uint256 j; j < 14; ++j) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 leaf = (seed >> 8) % 2 == 0 ? _now.length - 1 - ((seed >> 16) % 9) : (seed >> 16) % _now.length;
            if (seed % 3 == 0 && _now[leaf] != 0) _remove(leaf);
            else _append(((seed >> 8) % 9) + 1);
        }
        _checkAll();
        _open(6);
        _checkAll();
    }
}
