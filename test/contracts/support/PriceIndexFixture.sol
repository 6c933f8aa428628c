// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {PriceIndex, PriceIndexParams} from "../../../contracts/PriceIndex.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";

/// @dev The clock of the proofs, set by hand.
contract FakeClock {
    uint32 public currentPeriod = 10;

    function set(uint32 period) external {
        currentPeriod = period;
    }
}

/// @notice The index with a clock set by hand; the test contract plays agreements and registry.
abstract contract PriceIndexFixture is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant SHARE = 1e9;
    uint64 internal constant START = 1e12;
    uint256 internal constant START_INDEX = uint256(START) * 1e9;
    uint256 internal constant MAX_IDLE = 168;
    /// @dev 2^-(1/5): half in five periods.
    uint64 internal constant DECAY = 870_550_563_296_124_166;

    FakeClock internal clock;
    PriceIndex internal index;

    function setUp() public virtual {
        clock = new FakeClock();
        index = _deploy(_params());
    }

    function _params() internal pure returns (PriceIndexParams memory) {
        return PriceIndexParams({startPrice: START, target: 0.85e18, step: 0.01e18, flowDecay: DECAY, curve: 1.5e18});
    }

    function _deploy(PriceIndexParams memory params) internal returns (PriceIndex) {
        return new PriceIndex(params, IPossessionProofs(address(clock)), address(this), address(this));
    }

    function _sell(uint256 units, uint256 unitPeriods) internal {
        index.onSold(clock.currentPeriod(), units, unitPeriods);
    }

    function _end(uint256 units) internal {
        index.onEnded(clock.currentPeriod(), units);
    }

    /// @dev Capacity in place of what is bonded now.
    function _bond(uint32 units) internal {
        (IPriceIndex.Level memory level, ) = index.current();
        index.onCapacity(uint32(level.bonded), units);
    }

    function _pass(uint32 periods) internal {
        clock.set(clock.currentPeriod() + periods);
    }

    function _level() internal view returns (IPriceIndex.Level memory level) {
        (level, ) = index.current();
    }

    function _signal() internal view returns (IPriceIndex.Signal memory signal) {
        (, signal) = index.current();
    }

    function _index() internal view returns (uint256) {
        return _level().index;
    }
}
