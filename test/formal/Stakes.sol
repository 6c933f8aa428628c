// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateral} from "../../contracts/interfaces/ICollateral.sol";
import {IPossessionProofs} from "../../contracts/interfaces/IPossessionProofs.sol";
import {StandIns} from "./StandIns.sol";

// stubs: Math, _registry, _proofs, current
contract Stakes is StandIns {
    /// @dev The provider's: the contracts reach it through a pointer of that name.
    ICollateral.Stake current;
    mapping(uint32 provider => ICollateral.Unbonding) _unbondings;
    uint256 bond;
    uint256 capacityBond;
    uint32 capacity;
    uint256 unbondDelay;
    address _agreements;
    address operator;
    IPossessionProofs.Duty duty;

    // take contracts/Collateral.sol: _FAILED, lock, requestUnbond, _requireCovered

    function locking(uint32 provider, uint96 amount) external {
        uint96 free = current.free;
        uint96 locked = current.locked;
        require(amount != 0 && uint256(free) + locked < 2 ** 96);
        lock(provider, amount);
        // property stake-locks: Locking collateral moves it from free to locked, to the wei, and leaves the bond.
        assert(current.free == free - amount && current.locked == locked + amount && free - amount >= bond);
    }

    function lockingFailed(uint32 provider, uint96 amount) external {
        lock(provider, amount);
        // property stake-failed: A provider that failed locks nothing any more.
        assert(current.strikes != _FAILED);
    }

    function unbonding(uint32 provider, uint96 amount) external {
        uint96 free = current.free;
        uint96 leaving = _unbondings[provider].amount;
        require(uint256(free) + leaving < 2 ** 96);
        requestUnbond(provider, amount);
        // property unbond-moves: A request moves free stake to unbonding, to the wei.
        assert(current.free == free - amount && _unbondings[provider].amount == leaving + amount);
    }

    function unbondingBond(uint32 provider, uint96 amount) external {
        require(current.locked != 0 || duty.units != 0);
        requestUnbond(provider, amount);
        // property unbond-bond: While collateral is locked or units are held, the bond stays.
        assert(current.free >= bond);
    }

    function unbondingCapacity(uint32 provider, uint96 amount) external {
        require(capacity != 0 && bond < 2 ** 96 && capacityBond < 2 ** 64);
        requestUnbond(provider, amount);
        // property unbond-capacity: While capacity is declared, what stays covers the bond and the capacity bond of each unit.
        assert(uint256(current.free) + current.locked >= bond + capacity * capacityBond);
    }

    function _registry_capacityOf(uint32) internal view returns (uint32) {
        return capacity;
    }

    /// @dev StakeSlot does this in assembly, with one read and one write.
    function current_read() internal view returns (uint256 word, uint256 free, uint256 strikes) {
        return (0, current.free, current.strikes);
    }

    function current_lock(uint256, uint256 amount) internal {
        current.free = to96(current.free - amount);
        current.locked = to96(current.locked + amount);
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
