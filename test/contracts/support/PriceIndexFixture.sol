// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {PriceIndex, PriceIndexParams} from "../../../contracts/PriceIndex.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";

/// @dev The clock of the proofs, with short periods.
contract FakeClock {
    uint32 public periodBlocks = 10;

    function setPeriodBlocks(uint32 blocks) external {
        periodBlocks = blocks;
    }

    function openingBlock(uint32 period) public view returns (uint256) {
        return uint256(period) * periodBlocks;
    }

    function currentPeriod() external view returns (uint32) {
        return uint32(block.number / periodBlocks);
    }
}

/// @notice The index with a clock set by hand; the test contract plays agreements and registry.
abstract contract PriceIndexFixture is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant SHARE = 1e9;
    uint64 internal constant START = 1e12;
    uint256 internal constant START_INDEX = uint256(START) * 1e9;
    uint256 internal constant PERIOD_BLOCKS = 10;
    uint256 internal constant MAX_IDLE = 168;
    /// @dev 2^-(1/5): half in five periods.
    uint64 internal constant DECAY = 870_550_563_296_124_166;

    FakeClock internal clock;
    PriceIndex internal index;

    function setUp() public virtual {
        vm.roll(10 * PERIOD_BLOCKS);
        clock = new FakeClock();
        index = _deploy(_params());
    }

    function _params() internal pure returns (PriceIndexParams memory) {
        return PriceIndexParams({startPrice: START, target: 0.85e18, step: 0.01e18, flowDecay: DECAY, curve: 1.5e18});
    }

    function _deploy(PriceIndexParams memory params) internal returns (PriceIndex) {
        return new PriceIndex(params, IPossessionProofs(address(clock)), address(this), address(this));
    }

    /// @dev At the quote.
    function _sell(uint256 units, uint256 unitPeriods) internal {
        index.onSold(units, unitPeriods * index.quote());
    }

    function _end(uint256 units) internal {
        index.onEnded(units);
    }

    /// @dev Capacity in place of what is bonded now.
    function _bond(uint32 units) internal {
        (IPriceIndex.Level memory level, ) = index.current();
        index.onCapacity(uint32(level.bonded), units);
    }

    /// @dev To the first block of the period so many on.
    function _pass(uint32 periods) internal {
        vm.roll(clock.openingBlock(clock.currentPeriod() + periods));
    }

    /// @dev Within the period.
    function _passBlocks(uint256 blocks) internal {
        vm.roll(block.number + blocks);
    }

    /// @dev Blocks since the period's first.
    function _blocks() internal view returns (uint256) {
        return block.number - clock.openingBlock(clock.currentPeriod());
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
