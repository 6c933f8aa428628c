// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

/// @dev What remains of the collateral is any number up to what was locked, as `remaining-bounded` shows.
contract StakeReturn is StandIns {
    // take contracts/interfaces/ICollateral.sol: Stake

    mapping(uint32 provider => Stake) _stakes;
    address _agreements;
    uint256 remaining_;
    uint256 slashed;

    // take contracts/Collateral.sol: releaseCollateral

    function returns_(uint32 provider, uint32 account, uint32 start, uint32 to, uint96 amount) external {
        uint256 free = _stakes[provider].free;
        uint256 locked = _stakes[provider].locked;
        require(locked >= amount && free + locked < 2 ** 96);
        uint256 returned = releaseCollateral(provider, account, start, to, amount, false);
        // property stake-returned: Released collateral moves from locked to free, to the wei, and is no more than was locked for it.
        assert(
            _stakes[provider].free == free + returned &&
                _stakes[provider].locked == locked - returned &&
                returned <= amount
        );
    }

    function failedKeepsNothing(uint32 provider, uint32 account, uint32 start, uint32 to, uint96 amount) external {
        uint96 free = _stakes[provider].free;
        uint256 returned = releaseCollateral(provider, account, start, to, amount, true);
        // property stake-failed-nothing: Of a failed agreement's collateral nothing returns to the provider.
        assert(returned == 0 && _stakes[provider].free == free);
    }

    function _remaining(uint32, uint256, uint32, uint32, uint256 amount) internal view returns (uint256) {
        return remaining_ < amount ? remaining_ : amount;
    }

    function _payOut(uint32, uint32, uint256 lost) internal {
        slashed = lost;
    }
}
