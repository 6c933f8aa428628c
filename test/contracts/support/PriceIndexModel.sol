// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PriceIndexParams} from "../../../contracts/PriceIndex.sol";

/// @notice The index once more, from the words of IPriceIndex: nothing lazy, nothing packed, nothing shared with the contract.
contract PriceIndexModel {
    uint256 private constant WAD = 1e18;
    uint256 private constant SHARE = 1e9;

    uint256 private immutable _start;
    uint256 private immutable _target;
    uint256 private immutable _step;
    uint256 private immutable _decay;
    uint256 private immutable _curve;
    uint256 private immutable _periodBlocks;

    /// @notice Token wei × 1e9.
    uint256 public index;
    uint256 public period;
    uint256 public committed;
    uint256 public bonded;
    /// @notice 1/1e9, like `utilisation`.
    uint256 public flow;
    uint256 public utilisation;
    uint256 public sold;
    /// @notice Periods in which something changed.
    uint256 public entries;
    /// @dev Utilisation of each block of the period, up to the last change.
    uint256[] private _shares;

    constructor(PriceIndexParams memory params, uint256 period_, uint256 periodBlocks) {
        (_start, _target, _step) = (params.startPrice, params.target, params.step);
        (_decay, _curve, period) = (params.flowDecay, params.curve, period_);
        _periodBlocks = periodBlocks;
        index = _start * 1e9;
        utilisation = _target / 1e9;
    }

    /// @param block_ of the period, from 0 on; as below
    function sell(uint256 period_, uint256 block_, uint256 units, uint256 value) external {
        _enter(period_, block_);
        committed += units;
        sold += value;
        if (sold > type(uint88).max) sold = type(uint88).max;
    }

    function end(uint256 period_, uint256 block_, uint256 units) external {
        _enter(period_, block_);
        committed -= units;
    }

    function bond(uint256 period_, uint256 block_, uint256 units) external {
        _enter(period_, block_);
        bonded = units;
    }

    /// @notice Blocks of the period that are counted, and the sum of their utilisation.
    function counted() external view returns (uint256 blocks, uint256 weighed) {
        return (_shares.length, _sum());
    }

    /// @notice Token wei.
    function quote() public view returns (uint256) {
        uint256 u = utilisation * 1e9;
        uint256 factor;
        if (u >= _target) factor = WAD + ((_curve - WAD) * (u - _target)) / (WAD - _target);
        else factor = WAD - ((WAD - (WAD * WAD) / _curve) * (_target - u)) / _target;
        uint256 product = index * factor;
        return product / 1e27 + (product % 1e27 == 0 ? 0 : 1);
    }

    function _enter(uint256 period_, uint256 block_) private {
        if (period_ != period) {
            uint256 elapsed = period_ - period;
            if (bonded != 0) _move(elapsed > 168 ? 168 : elapsed);
            (period, sold) = (period_, 0);
            delete _shares;
            ++entries;
        }
        _fill(block_);
    }

    function _fill(uint256 upTo) private {
        while (_shares.length < upTo) _shares.push(_share());
    }

    function _share() private view returns (uint256) {
        if (bonded == 0) return utilisation;
        return committed > bonded ? SHARE : (committed * SHARE) / bonded;
    }

    function _sum() private view returns (uint256 sum) {
        for (uint256 i; i < _shares.length; ++i) {
            sum += _shares[i];
        }
    }

    function _move(uint256 elapsed) private {
        _fill(_periodBlocks);
        uint256 share = (sold * SHARE) / (quote() * bonded);
        if (share > 3 * SHARE) share = 3 * SHARE;
        flow = (flow * _decay + share * (WAD - _decay)) / WAD;
        utilisation = _sum() / _periodBlocks;
        _follow(1);
        if (elapsed == 1) return;
        flow = (flow * _power(_decay, elapsed - 1)) / WAD;
        utilisation = _share();
        _follow(elapsed - 1);
    }

    function _follow(uint256 periods) private {
        uint256 s = (((flow > SHARE ? SHARE : flow) + utilisation) * 1e9) / 2;
        uint256 factor;
        if (s >= _target) factor = WAD + (_step * (s - _target)) / (WAD - _target);
        else factor = WAD - (_step * (_target - s)) / _target;
        index = (index * _power(factor, periods)) / WAD;
        if (index > _start * 1e10) index = _start * 1e10;
        if (index < _start * 1e8) index = _start * 1e8;
    }

    /// @dev The product, from the lowest on, of those of base^1, base^2, base^4, ... whose sum of exponents is the exponent; each rounded down.
    function _power(uint256 base, uint256 exponent) private pure returns (uint256 result) {
        result = WAD;
        for (uint256 bit; bit < 8; ++bit) {
            if ((exponent >> bit) & 1 == 1) result = (result * base) / WAD;
            base = (base * base) / WAD;
        }
    }
}
