// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "../StandIns.sol";

/// @dev False on purpose. A checker or a runner that calls one of these proved proves nothing.
contract Canary is StandIns {
    // take test/formal/canary/Tuples.sol: Held, _held, move
    // take contracts/libraries/Anchors.sol: BLOCKHASH_WINDOW, latest

    function late(uint256 blockNumber, uint256 current) external {
        require(blockNumber < current);
        // property canary-anchor: The anchor of a block is always the block itself.
        assert(latest(blockNumber, current) == blockNumber);
    }

    function kept(uint32 id, uint96 amount) external {
        uint96 free = _held[id].free;
        move(id, amount);
        // property canary-tuple: What is moved stays where it was. Left alone, the checker proves this: see the README.
        assert(_held[id].free == free);
    }
}
