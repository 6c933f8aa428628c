// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DemandHandler} from "./DemandHandler.sol";

/// @notice How time passes: mostly with everybody proving in time.
abstract contract TimeHandler is DemandHandler {
    uint256 private constant SECONDS_PER_BLOCK = 12;

    function time_blocks(uint256 count) external witnessed {
        _pass(bound(count, 1, PERIOD_BLOCKS / 4));
    }

    function time_period() external witnessed {
        _diligent(0);
        _nextPeriod();
    }

    /// @dev One provider forgets.
    function time_periodWithMiss(uint256 seed) external witnessed {
        _diligent(1 << (1 + (seed % providers.length)));
        _nextPeriod();
    }

    /// @dev Some providers fall silent for a few periods, sometimes long enough to fail.
    function time_silence(uint256 seed, uint256 silent) external witnessed {
        // Each one falls silent with a chance of a quarter.
        silent &= silent >> 16;
        uint256 count = bound(seed, 1, 5);
        for (uint256 i; i < count; ++i) {
            _diligent(silent);
            _nextPeriod();
        }
    }

    /// @dev Blocks come slowly: the delays of unbonding pass within a period.
    function time_days(uint256 seed) external witnessed {
        vm.warp(block.timestamp + bound(seed, 1 days, 8 days));
    }

    /// @dev Everybody but those that `silent` names does what it owes.
    function _diligent(uint256 silent) internal {
        _proveAll(silent);
        _respondUntil(silent, block.number + PERIOD_BLOCKS);
    }

    function _pass(uint256 blocks) private {
        vm.warp(block.timestamp + blocks * SECONDS_PER_BLOCK);
        vm.roll(block.number + blocks);
    }
}
