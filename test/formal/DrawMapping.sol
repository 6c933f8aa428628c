// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev Draws are assembly: these are the same sums in Solidity, over the library's own constants.
contract DrawMapping is StandIns {
    // take contracts/libraries/MerkleSha256.sol: UNIT_DEPTH, UNIT_LEAF_MASK

    function inside(uint256 hash, uint32 units) external pure {
        require(units != 0);
        uint256 total = uint256(units) * 1024;
        uint256 position = hash % total;
        // property draw-inside: A draw falls on a unit that the provider holds.
        assert(position / 1024 < units);
    }

    function leaf(uint256 position, uint32 offset, uint32 weight) external pure {
        require(offset < weight);
        // property draw-leaf: The leaf of a draw lies within the shard that it falls into.
        assert(uint256(offset) * 1024 + (position % 1024) < uint256(weight) * 1024);
    }
}
