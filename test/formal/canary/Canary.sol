// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "../StandIns.sol";

/// @dev False on purpose. A checker or a runner that calls this proved proves nothing.
// in place: self
contract Canary is StandIns {
    // take contracts/libraries/Periods.sol: ofBlock, opening

    function late(uint64 blockNumber, uint64 genesis) external {
        require(blockNumber >= genesis && blockNumber - genesis < 1000);
        // property canary: Every block opens its period.
        assert(opening(ofBlock(blockNumber, genesis, 15), genesis, 15) == blockNumber);
    }
}
