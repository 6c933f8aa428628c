// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {Duties} from "../libraries/Duties.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Misses} from "./Misses.sol";

/// @title What a provider holds: the set that draws are made from
abstract contract HeldSet is Misses {
    using Duties for Duty;
    using SumTree for SumTree.Forest;

    modifier onlyAgreements() {
        require(msg.sender == agreements, PossessionProofs_NotAgreements(msg.sender));
        _;
    }

    /// @inheritdoc IPossessionProofs
    function add(
        uint32 provider,
        bytes32 root,
        uint32 units,
        uint128 rent
    ) external onlyAgreements returns (uint32 leaf, uint32 held) {
        uint32 current = currentPeriod();
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, current, 0);
        require(!duty.failed, PossessionProofs_ProviderFailed(provider));
        leaf = duty.leaves;
        require(
            units <= type(uint32).max - duty.units && leaf != type(uint32).max,
            PossessionProofs_ProviderFull(provider)
        );

        duty.touch(current);
        held = duty.units + units;
        duty.units = held;
        duty.rent += rent;
        duty.leaves = leaf + 1;
        duty.store(_duties[provider]);
        uint64 agreement = _agreementId(provider, leaf);
        _roots[agreement] = root;
        _forest.append(provider, leaf, units);
    }

    /// @inheritdoc IPossessionProofs
    function remove(uint64 agreement, uint128 rent, bool conceded) external onlyAgreements {
        (uint32 provider, uint32 leaf) = (uint32(agreement >> 32), uint32(agreement));
        uint32 current = currentPeriod();
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, current, 0);
        uint32 units = unitsOf(agreement);
        require(units != 0, PossessionProofs_UnknownLeaf(agreement));

        if (duty.failed) {
            // Its units and rent were dropped when it failed, and nothing is drawn from it any more.
            _forest.removeFromDead(provider, leaf);
        } else {
            duty.touch(current);
            _forest.remove(provider, leaf, duty.leaves, current);
            duty.units -= units;
            duty.rent -= rent;
            duty.store(_duties[provider]);
        }
        emit UnitsRemoved(provider, agreement, units, rent);
        if (conceded) {
            _conceded[agreement] = true;
            emit LossConceded(provider, agreement);
        }
    }

    /// @inheritdoc IPossessionProofs
    function count(
        uint64 agreement,
        uint32 fromPeriod,
        uint32 toPeriod
    ) external onlyAgreements returns (uint32 proven, uint32 units) {
        uint32 provider = uint32(agreement >> 32);
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, currentPeriod(), 0);
        return (_provenBetween(provider, duty.lastProven, fromPeriod, toPeriod), unitsOf(agreement));
    }
}
