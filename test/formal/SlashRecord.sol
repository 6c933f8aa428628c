// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

// in place: self
contract SlashRecord is StandIns {
    // take contracts/libraries/SlashHistory.sol: History, push, latest, reporterOf

    History self;

    function last(uint24 count, uint32 period, uint32 reporter, uint64 remaining) external {
        require(count < 2 ** 24 - 1);
        push(count, period, reporter, remaining);
        // property history-latest: The last entry's fraction is read back as it was written, whatever its period and reporter.
        assert(latest(uint256(count) + 1, 1e18) == remaining);
    }

    function reporter_(uint24 count, uint32 period, uint32 reporter, uint64 remaining) external {
        push(count, period, reporter, remaining);
        // property history-reporter: So is its reporter.
        assert(reporterOf(count) == reporter);
    }

    function others(uint24 count, uint24 other, uint32 period, uint32 reporter, uint64 remaining) external {
        require(count != other);
        uint128 before = self.entries[other];
        push(count, period, reporter, remaining);
        // property history-append: Adding an entry changes no other.
        assert(self.entries[other] == before);
    }

    function whole() external {
        // property history-empty: Without a miss the whole stays.
        assert(latest(0, 1e18) == 1e18);
    }
}
