// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateral} from "../../contracts/interfaces/ICollateral.sol";
import {StandIns} from "./StandIns.sol";

/// @dev Of the slash history only this is assumed: a fraction of 10^18 that later periods never raise.
// stubs: _escrow, slashes
contract Slashing is StandIns {
    mapping(uint32 provider => ICollateral.Stake) _stakes;
    uint256 compensationBps;
    uint256 atStart;
    uint32 startOfTerm;
    uint256 atMiddle;
    uint32 middle;
    uint256 atEnd;
    uint256 toClient_;
    uint256 toBurn;

    // take contracts/Collateral.sol: _BPS, _WHOLE, _BURN_ACCOUNT, _payOut, _remaining

    function payOut(uint32 provider, uint32 account, uint96 lost) external {
        require(compensationBps <= _BPS);
        _payOut(provider, account, lost);
        // property slash-divided: Client's share and burned share of a slash add up to it, and the client's is rounded down.
        assert(toClient_ + toBurn == lost && toClient_ * _BPS <= lost * compensationBps);
    }

    function uncompensated(uint32 provider, uint96 lost) external {
        require(compensationBps <= _BPS);
        _payOut(provider, _BURN_ACCOUNT, lost);
        // property slash-burned: Where no client is compensated, all of a slash is burned.
        assert(toClient_ == 0 && toBurn == lost);
    }

    function locked(uint32 provider, uint32 account, uint96 lost) external {
        require(compensationBps <= _BPS);
        uint256 before = _stakes[provider].locked;
        require(before < 2 ** 96);
        _payOut(provider, account, lost);
        // property slash-unlocks: Locked collateral falls by exactly what is slashed, and never below zero.
        assert(before == uint256(_stakes[provider].locked) + toClient_ + toBurn);
    }

    function bounded(uint32 provider, uint32 start, uint96 amount) external {
        require(atMiddle <= atStart && startOfTerm == start);
        require(middle != start);
        // property remaining-bounded: No more collateral remains than was locked.
        assert(_remaining(provider, 1, start, middle, amount) <= amount);
    }

    function slashes_before(uint256, uint256 period, uint256) internal view returns (uint256) {
        if (period == startOfTerm) return atStart;
        return period == middle ? atMiddle : atEnd;
    }

    function _escrow_release(uint32, uint256 amount, uint32, uint256 second) internal {
        (toClient_, toBurn) = (amount, second);
    }
}
