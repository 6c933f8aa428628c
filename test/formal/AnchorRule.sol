// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Anchors} from "../../contracts/libraries/Anchors.sol";

contract AnchorRule {
    function reach(uint256 blockNumber, uint256 current) external pure {
        require(blockNumber < current);
        uint256 anchor = Anchors.latest(blockNumber, current);
        // property anchor-known: The anchor is one of the last 256 blocks, whose hashes the EVM knows.
        assert(anchor < current && current - anchor <= 256);
        // property anchor-not-before: The anchor is never before the block whose seed it gives.
        assert(anchor >= blockNumber);
        // property anchor-grid: The anchor is a multiple of 256 blocks behind that block, so nobody chooses it.
        assert((anchor - blockNumber) % 256 == 0);
    }

    function fresh(uint256 blockNumber, uint256 current) external pure {
        require(blockNumber < current && current - blockNumber <= 256);
        // property anchor-fresh: For 256 blocks the anchor is the block itself.
        assert(Anchors.latest(blockNumber, current) == blockNumber);
    }

    function stays(uint256 blockNumber, uint256 current, uint256 later) external pure {
        require(blockNumber < current && current < later);
        uint256 anchor = Anchors.latest(blockNumber, current);
        require(later - anchor <= 256);
        // property anchor-stays: While an anchor's hash is known, waiting does not give another anchor.
        assert(Anchors.latest(blockNumber, later) == anchor);
    }
}
