// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev One period at a time: powers beyond the first are a loop. Assertions without a name are steps on the way, proved like the others.
// stubs: Math, WadMath
contract IndexStep is StandIns {
    uint256 startPrice;
    uint256 target;
    uint256 step;

    // take contracts/PriceIndex.sol: _SHARE, _INDEX_SCALE, _RANGE, _indexAfter

    uint256 constant _WAD = 1e18;
    uint256 constant _WAD_PER_SHARE = 1e9;

    function within(uint64 start, uint64 aim, uint64 step_, uint96 before, uint32 flow, uint32 utilisation) external {
        _assume(start, aim, step_, utilisation);
        uint256 afterwards = _indexAfter(1, before, flow, utilisation);
        // property index-range: The index stays between a tenth and ten times its start, wherever it was before.
        assert(afterwards >= startPrice * 1e8 && afterwards <= startPrice * 1e10);
    }

    function bounded(uint64 start, uint64 aim, uint64 step_, uint96 before, uint32 flow, uint32 utilisation) external {
        _assume(start, aim, step_, utilisation);
        require(before >= startPrice * 1e8 && before <= startPrice * 1e10);
        uint256 s = ((Math_min(flow, _SHARE) + utilisation) * 1e9) / 2;
        assert(s <= 1e18);
        if (s < target) {
            uint256 less = (step * (target - s)) / target;
            assert(step * (target - s) <= step * target);
            assert(less <= step);
        } else {
            uint256 more = (step * (s - target)) / (1e18 - target);
            assert(step * (s - target) <= step * (1e18 - target));
            assert(more <= step);
        }
        uint256 afterwards = _indexAfter(1, before, flow, utilisation);
        // property index-up: In a period the index rises by at most its step.
        assert(afterwards * 1e18 <= uint256(before) * (1e18 + step));
        // property index-down: Nor does it fall by more, but for what is rounded off.
        assert((afterwards + 1) * 1e18 > uint256(before) * (1e18 - step));
    }

    /// @dev As the constructor demands.
    function _assume(uint64 start, uint64 aim, uint64 step_, uint32 utilisation) private {
        require(start != 0 && aim != 0 && aim < 1e18 && step_ <= 0.1e18 && utilisation <= 1e9);
        (startPrice, target) = (start, aim);
        step = step_;
    }

    function WadMath_pow(uint256 base, uint256) internal pure returns (uint256) {
        return base;
    }

    function Math_min(uint256 x, uint256 y) internal pure returns (uint256) {
        return x < y ? x : y;
    }

    function Math_max(uint256 x, uint256 y) internal pure returns (uint256) {
        return x > y ? x : y;
    }
}
