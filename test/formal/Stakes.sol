// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateral} from "../../contracts/interfaces/ICollateral.sol";
import {IPossessionProofs} from "../../contracts/interfaces/IPossessionProofs.sol";
import {StandIns} from "./StandIns.sol";

// stubs: Math, _registry, _proofs
contract Stakes is StandIns {
    mapping(uint32 provider => ICollateral.Stake) _stakes;
    mapping(uint32 provider => ICollateral.Unbonding) _unbondings;
    uint256 bond;
    uint256 unbondDelay;
    address _agreements;
    address operator;
    IPossessionProofs.Duty duty;

    // take contracts/Collateral.sol: _FAILED, lock, requestUnbond

    function locking(uint32 provider, uint96 amount) external {
        uint96 free = _stakes[provider].free;
        uint96 locked = _stakes[provider].locked;
        require(amount != 0 && uint256(free) + locked < 2 ** 96);
        lock(provider, amount);
        // property stake-locks: Locking collateral moves it from free to locked, to the wei, and leaves the bond.
        assert(
            _stakes[provider].free == free - amount &&
                _stakes[provider].locked == locked + amount &&
                free - amount >= bond
        );
    }

    function lockingFailed(uint32 provider, uint96 amount) external {
        lock(provider, amount);
        // property stake-failed: A provider that failed locks nothing any more.
        assert(_stakes[provider].strikes != _FAILED);
    }

    function unbonding(uint32 provider, uint96 amount) external {
        uint96 free = _stakes[provider].free;
        uint96 leaving = _unbondings[provider].amount;
        require(uint256(free) + leaving < 2 ** 96);
        requestUnbond(provider, amount);
        // property unbond-moves: A request moves free stake to unbonding, to the wei.
        assert(_stakes[provider].free == free - amount && _unbondings[provider].amount == leaving + amount);
    }

    function unbondingBond(uint32 provider, uint96 amount) external {
        require(_stakes[provider].locked != 0 || duty.units != 0);
        requestUnbond(provider, amount);
        // property unbond-bond: While collateral is locked or units are held, the bond stays.
        assert(_stakes[provider].free >= bond);
    }

    function _registry_operatorOf(uint32) internal view returns (address) {
        return operator;
    }

    function _proofs_duties(uint32) internal view returns (IPossessionProofs.Duty memory) {
        return duty;
    }

    /// @dev OpenZeppelin's does this in assembly.
    function Math_saturatingSub(uint256 x, uint256 y) internal pure returns (uint256) {
        return x > y ? x - y : 0;
    }
}
