// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The reference price that follows utilisation
/// @notice New pegged asks follow it; nothing that was signed is ever settled against it. It moves only over whole periods: nothing that
/// happens within a period moves that period's price, and what happens within a block counts as one block of its period in the next.
/// @dev With u = committed / bonded units, averaged over the blocks of a period, f = a moving average of the rent agreed in a period over
/// what all bonded units cost for a period at its quote, and target t:
/// s = (min(1, f) + u) / 2; e = (s - t) / (1 - t) above the target, (s - t) / t below it;
/// index × (1 + step × e) a period, within a tenth and ten times its start;
/// quote = index × (1 - (1 - 1 / c) (t - u) / t) below the target, × (1 + (c - 1) (u - t) / (1 - t)) above it, c being the curve.
interface IPriceIndex {
    /// @notice What the index is made of.
    /// @param index token wei × 1e9 for one unit over one period
    /// @param period the period that the index stands for: up to the end of the one before it, everything is in
    /// @param committed units under agreements
    /// @param bonded units of capacity that providers declared and bonded
    struct Level {
        uint96 index;
        uint32 period;
        uint64 committed;
        uint64 bonded;
    }

    /// @notice What moves the index.
    /// @param flow moving average of what was sold in a period over what is bonded, 1/1e9, at most 3e9
    /// @param utilisation committed over bonded, averaged over the last period, 1/1e9, at most 1e9
    /// @param sold rent agreed since the period began, over whole terms, token wei; stops at its width
    /// @param entries number of entries that the history ever got, modulo 2^24
    /// @param weighed utilisation (1/1e9) × blocks, over the blocks of this period that are counted
    /// @param blocks how many of them are: those before the last change
    struct Signal {
        uint32 flow;
        uint32 utilisation;
        uint88 sold;
        uint24 entries;
        uint56 weighed;
        uint24 blocks;
    }

    /// @notice The index as of one period. Periods in which nothing changed have no entry.
    struct Entry {
        uint32 period;
        uint96 index;
        uint32 utilisation;
        uint32 flow;
    }

    /// @notice The index stands at `index` (token wei × 1e9) from `period` on.
    event IndexMoved(uint32 indexed period, uint96 index, uint32 utilisation, uint32 flow);

    error PriceIndex_NotAMarketContract(address caller);
    error PriceIndex_InvalidParams(string field);

    /// @notice Counts units that came under agreements, and the rent that was agreed. Agreements only.
    /// @param value token wei over the whole term: what a share of is burned
    function onSold(uint256 units, uint256 value) external;

    /// @notice Counts units whose agreement ended. Agreements only.
    function onEnded(uint256 units) external;

    /// @notice Counts a provider's new capacity in place of the old. NodeRegistry only.
    /// @param before units bonded so far
    /// @param bonded units bonded from now on
    function onCapacity(uint32 before, uint32 bonded) external;

    /// @notice What a unit costs for a period at a premium of nothing, in the current period: index and curve, token wei, rounded up.
    function quote() external view returns (uint64);

    /// @notice The index as of the current period, whether or not anything wrote it down yet.
    function current() external view returns (Level memory level, Signal memory signal);

    /// @notice The last entries, at most `max` of them and at most 256, newest first.
    function history(uint256 max) external view returns (Entry[] memory entries);

    /// @notice Token wei for one unit over one period that the index began at.
    function startPrice() external view returns (uint256);
    /// @notice Utilisation at which the index stands still, 1/1e18.
    function target() external view returns (uint256);
    /// @notice Most that the index moves in a period, 1/1e18.
    function step() external view returns (uint256);
    /// @notice What stays of the moving average of sales after a period, 1/1e18.
    function flowDecay() external view returns (uint256);
    /// @notice How many times the index is asked when everything is let, and what part of it when nothing is: 1/1e18.
    function curve() external view returns (uint256);
}
