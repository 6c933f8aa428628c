// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

// stubs: Math
contract Score is StandIns {
    // take contracts/interfaces/IReputation.sol: Record

    mapping(uint32 provider => Record) _records;
    uint256 newcomer;
    uint256 halfLifePeriods;
    uint256 badWeight;
    uint256 fullClients;
    uint256 clients;

    // take contracts/Reputation.sol: _WHOLE, scoreAt, _decay

    function score(uint32 provider, uint32 period) external {
        require(newcomer != 0);
        // property score-below-one: A score is below 10^18, whatever happened.
        assert(scoreAt(provider, period) < 1e18);
    }

    /// @dev The count of clients is a loop: any number of them.
    function clientCountAt(uint32, uint32) internal view returns (uint256) {
        return clients;
    }

    function Math_min(uint256 x, uint256 y) internal pure returns (uint256) {
        return x < y ? x : y;
    }

    function Math_max(uint256 x, uint256 y) internal pure returns (uint256) {
        return x > y ? x : y;
    }

    function ahead(uint96 value, uint32 from, uint32 to) external {
        require(to <= from);
        // property decay-still: Nothing decays when time does not pass.
        assert(_decay(value, from, to) == value);
    }

    function zero(uint32 from, uint32 to) external {
        // property decay-nothing: Nothing comes of nothing.
        assert(_decay(0, from, to) == 0);
    }
}
