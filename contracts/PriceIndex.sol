// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "./interfaces/IPriceIndex.sol";
import {Periods} from "./libraries/Periods.sol";
import {WadMath} from "./libraries/WadMath.sol";

/// @param startPrice token wei for one unit over one period
/// @param target utilisation at which the index stands still, 1/1e18
/// @param step most that the index moves in a period, 1/1e18
/// @param flowDecay what stays of the moving average of sales after a period, 1/1e18
/// @param curve factor on the index when everything is let, and divisor when nothing is, 1/1e18
struct PriceIndexParams {
    uint64 startPrice;
    uint64 target;
    uint64 step;
    uint64 flowDecay;
    uint64 curve;
}

/// @title The reference price that follows utilisation
/// @dev Lazy: the first change in a period brings the index up to date, over as many periods as went by, in O(log) steps.
contract PriceIndex is IPriceIndex {
    uint256 private constant _WAD = WadMath.WAD;
    /// @dev Shares are stored in 32 bits.
    uint256 private constant _SHARE = 1e9;
    uint256 private constant _WAD_PER_SHARE = _WAD / _SHARE;
    /// @dev Digits below the wei, so that a step of a hundredth of a percent shows at a price of a few wei.
    uint256 private constant _INDEX_SCALE = 1e9;
    /// @dev One period counts as at most three times the capacity sold: one large purchase is one voice.
    uint256 private constant _MAX_FLOW = 3 * _SHARE;
    /// @dev A market in which nothing happens for longer says nothing more.
    uint256 private constant _MAX_IDLE = 168;
    /// @dev How far the index may move from its start, either way: what goes further needs a new deployment, with a start of its own.
    uint256 private constant _RANGE = 10;
    /// @dev Entries of the history on chain; older ones are in the log.
    uint256 private constant _HISTORY = 256;
    /// @dev Signal counts blocks of a period in 24 bits.
    uint256 private constant _MAX_PERIOD_BLOCKS = type(uint24).max;
    /// @dev More than a tenth a period would be a price that nobody can quote, and compounded over an idle stretch leave 256 bits.
    uint256 private constant _MAX_STEP = _WAD / 10;
    /// @dev Prices have 64 bits, and the curve must not take one beyond them.
    uint256 private constant _MAX_CURVE = 10 * _WAD;

    /// @inheritdoc IPriceIndex
    uint256 public immutable startPrice;
    /// @inheritdoc IPriceIndex
    uint256 public immutable target;
    /// @inheritdoc IPriceIndex
    uint256 public immutable step;
    /// @inheritdoc IPriceIndex
    uint256 public immutable flowDecay;
    /// @inheritdoc IPriceIndex
    uint256 public immutable curve;

    uint256 private immutable _genesisBlock;
    uint256 private immutable _periodBlocks;
    address private immutable _agreements;
    address private immutable _registry;

    Level private _level;
    Signal private _signal;
    mapping(uint256 place => Entry) private _history;

    /// @param proofs keeps the clock: its periods are the index's
    constructor(PriceIndexParams memory params, IPossessionProofs proofs, address agreements, address registry) {
        require(
            params.startPrice != 0 && params.startPrice <= type(uint64).max / ((_RANGE * _MAX_CURVE) / _WAD),
            PriceIndex_InvalidParams("startPrice")
        );
        require(params.target != 0 && params.target < _WAD, PriceIndex_InvalidParams("target"));
        require(params.step <= _MAX_STEP, PriceIndex_InvalidParams("step"));
        require(params.flowDecay < _WAD, PriceIndex_InvalidParams("flowDecay"));
        require(params.curve >= _WAD && params.curve <= _MAX_CURVE, PriceIndex_InvalidParams("curve"));
        startPrice = params.startPrice;
        target = params.target;
        step = params.step;
        flowDecay = params.flowDecay;
        curve = params.curve;
        _genesisBlock = proofs.openingBlock(1);
        _periodBlocks = proofs.periodBlocks();
        require(_periodBlocks <= _MAX_PERIOD_BLOCKS, PriceIndex_InvalidParams("periodBlocks"));
        _agreements = agreements;
        _registry = registry;
        uint32 period = _currentPeriod();
        uint96 index = uint96(params.startPrice * _INDEX_SCALE);
        _level.index = index;
        _level.period = period;
        uint32 utilisation = uint32(params.target / _WAD_PER_SHARE);
        _signal.utilisation = utilisation;
        emit IndexMoved(period, index, utilisation, 0);
    }

    /// @inheritdoc IPriceIndex
    function onSold(uint256 units, uint256 value) external {
        require(msg.sender == _agreements, PriceIndex_NotAMarketContract(msg.sender));
        (Level memory level, Signal memory signal) = _roll();
        // A provider's units have 32 bits, and so has the number of providers; an agreement's value has 120.
        unchecked {
            level.committed += uint64(units);
            // Stops at its width: 300 million tokens a period, whoever may spend them.
            signal.sold = uint88(Math.min(signal.sold + value, type(uint88).max));
        }
        (_level, _signal) = (level, signal);
    }

    /// @inheritdoc IPriceIndex
    function onEnded(uint256 units) external {
        require(msg.sender == _agreements, PriceIndex_NotAMarketContract(msg.sender));
        (Level memory level, Signal memory signal) = _roll();
        level.committed -= uint64(units);
        (_level, _signal) = (level, signal);
    }

    /// @inheritdoc IPriceIndex
    function onCapacity(uint32 before, uint32 bonded) external {
        require(msg.sender == _registry, PriceIndex_NotAMarketContract(msg.sender));
        (Level memory level, Signal memory signal) = _roll();
        level.bonded = level.bonded - before + bonded;
        (_level, _signal) = (level, signal);
    }

    /// @inheritdoc IPriceIndex
    function quote() external view returns (uint64) {
        (Level memory level, Signal memory signal) = (_level, _signal);
        _bringUpTo(_currentPeriod(), level, signal);
        return _quoteOf(level, signal);
    }

    /// @inheritdoc IPriceIndex
    function current() external view returns (Level memory level, Signal memory signal) {
        (level, signal) = (_level, _signal);
        _bringUpTo(_currentPeriod(), level, signal);
    }

    /// @inheritdoc IPriceIndex
    function history(uint256 max) external view returns (Entry[] memory entries) {
        uint256 last = _signal.entries;
        entries = new Entry[](Math.min(Math.min(max, last), _HISTORY));
        for (uint256 i; i < entries.length; ++i) {
            entries[i] = _history[(last - 1 - i) % _HISTORY];
        }
    }

    /// @return token wei for one unit over one period, above 0
    function _quoteOf(Level memory level, Signal memory signal) private view returns (uint64) {
        uint256 u = signal.utilisation * _WAD_PER_SHARE;
        uint256 factor =
            u < target
                ? _WAD - ((_WAD - (_WAD * _WAD) / curve) * (target - u)) / target
                : _WAD + ((curve - _WAD) * (u - target)) / (_WAD - target);
        // At most startPrice × _RANGE × _MAX_CURVE, which the constructor keeps within 64 bits.
        return uint64(Math.ceilDiv(level.index * factor, _INDEX_SCALE * _WAD));
    }

    /// @dev Brings the index up to this block and writes an entry of the history when a period went by; the caller stores what comes back, with its change.
    function _roll() private returns (Level memory level, Signal memory signal) {
        (level, signal) = (_level, _signal);
        uint32 period = _currentPeriod();
        if (_bringUpTo(period, level, signal)) {
            _history[signal.entries % _HISTORY] = Entry(period, level.index, signal.utilisation, signal.flow);
            // After 16 million the count starts over, and the history with it.
            unchecked {
                ++signal.entries;
            }
            emit IndexMoved(period, level.index, signal.utilisation, signal.flow);
        }
        // What holds until now has its weight, whatever the change makes of it.
        uint256 blocks = block.number - Periods.opening(period, _genesisBlock, _periodBlocks);
        signal.weighed += uint56(_utilisation(level, signal) * (blocks - signal.blocks));
        signal.blocks = uint24(blocks);
    }

    /// @dev The first period counts by its average and with its sales, the others as idle, by what held at its end.
    /// @return moved whether a period went by
    function _bringUpTo(uint32 period, Level memory level, Signal memory signal) private view returns (bool moved) {
        if (period == level.period) return false;
        // Without capacity there is no utilisation, and the price stays.
        if (level.bonded != 0) {
            uint256 last = _utilisation(level, signal);
            uint256 average = (signal.weighed + last * (_periodBlocks - signal.blocks)) / _periodBlocks;
            uint256 worth = uint256(_quoteOf(level, signal)) * level.bonded;
            uint256 sold = Math.min((signal.sold * _SHARE) / worth, _MAX_FLOW);
            uint256 flow = (signal.flow * flowDecay + sold * (_WAD - flowDecay)) / _WAD;
            uint256 index = _indexAfter(1, level.index, flow, average);
            uint256 idle = Math.min(period - level.period, _MAX_IDLE) - 1;
            if (idle != 0) {
                flow = (flow * WadMath.pow(flowDecay, idle)) / _WAD;
                index = _indexAfter(idle, index, flow, last);
            }
            level.index = uint96(index);
            signal.flow = uint32(flow);
            signal.utilisation = uint32(idle == 0 ? average : last);
        }
        (level.period, signal.sold) = (period, 0);
        (signal.weighed, signal.blocks) = (0, 0);
        return true;
    }

    /// @return 1/1e9; while there is no capacity, what it was in the period before
    function _utilisation(Level memory level, Signal memory signal) private pure returns (uint256) {
        if (level.bonded == 0) return signal.utilisation;
        return Math.min((level.committed * _SHARE) / level.bonded, _SHARE);
    }

    function _currentPeriod() private view returns (uint32) {
        return Periods.ofBlock(block.number, _genesisBlock, _periodBlocks);
    }

    /// @param periods so many of the kind
    /// @param flow 1/1e9
    /// @param utilisation 1/1e9
    /// @return token wei × 1e9
    function _indexAfter(
        uint256 periods,
        uint256 index,
        uint256 flow,
        uint256 utilisation
    ) private view returns (uint256) {
        uint256 s = ((Math.min(flow, _SHARE) + utilisation) * _WAD_PER_SHARE) / 2;
        uint256 factor =
            s < target ? _WAD - (step * (target - s)) / target : _WAD + (step * (s - target)) / (_WAD - target);
        index = (index * WadMath.pow(factor, periods)) / _WAD;
        uint256 start = startPrice * _INDEX_SCALE;
        return Math.min(Math.max(index, start / _RANGE), start * _RANGE);
    }
}
