// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev `Collateral.strike` loops over misses; this is one round of it, over the contract's own constants.
contract Ladder {
    // take contracts/Collateral.sol: _BPS, _WHOLE, _WORN_OUT

    function step(uint64 index, uint16 stepBps) external pure {
        require(stepBps <= _BPS);
        // property ladder-shrinks: A strike never raises the share that remains.
        assert((index * (_BPS - stepBps)) / _BPS <= index);
    }

    function everything(uint64 index) external pure {
        // property ladder-everything: The last step takes everything.
        assert((index * (_BPS - _BPS)) / _BPS == 0);
    }

    function fits(uint256 index) external pure {
        require(index <= _WHOLE);
        // property ladder-fits: The share fits the 64 bits of the slash history.
        assert(index < 2 ** 64);
    }
}
