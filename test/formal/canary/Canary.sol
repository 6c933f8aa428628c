// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "../StandIns.sol";

/// @dev False on purpose. A checker or a runner that calls one of these proved proves nothing.
// stubs: Math
contract Canary is StandIns {
    // take contracts/interfaces/ICollateral.sol: Stake

    mapping(uint32 provider => Stake) _stakes;
    uint256 bond;
    address _agreements;

    // take contracts/libraries/Anchors.sol: BLOCKHASH_WINDOW, latest
    // take contracts/Collateral.sol: _FAILED, lock

    function late(uint256 blockNumber, uint256 current) external {
        require(blockNumber < current);
        // property canary-anchor: The anchor of a block is always the block itself.
        assert(latest(blockNumber, current) == blockNumber);
    }

    function kept(uint32 provider, uint96 amount) external {
        uint96 free = _stakes[provider].free;
        lock(provider, amount);
        // property canary-tuple: Locking collateral leaves free stake as it was. Left alone, the checker proves this: see the README.
        assert(_stakes[provider].free == free);
    }

    function Math_saturatingSub(uint256 x, uint256 y) internal pure returns (uint256) {
        return x > y ? x - y : 0;
    }
}
