// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {Duties} from "../libraries/Duties.sol";
import {ProvenPeriods} from "../libraries/ProvenPeriods.sol";
import {SharedPaths} from "../libraries/SharedPaths.sol";
import {Draws} from "./Draws.sol";
import {Misses} from "./Misses.sol";

/// @title How a period is proven
abstract contract Proving is Misses, Draws {
    using Duties for Duty;
    using ProvenPeriods for mapping(uint256 => uint256);
    using SharedPaths for SharedPaths.Paths;

    /// @inheritdoc IPossessionProofs
    function prove(uint32 provider, uint32 period, bytes calldata proof) external {
        uint32 current = currentPeriod();
        require(period == current, PossessionProofs_WrongPeriod(period, current));
        Duty memory duty = _duties[provider].load();
        require(duty.lastProven != period, PossessionProofs_AlreadyProven(provider, period));
        _resolve(provider, duty, current, 0);
        (uint32 units, uint32 leaves, uint128 rent) = duty.atOpen(current);
        require(units != 0, PossessionProofs_NothingToProve(provider, period));

        _verify(_drawing(provider, period, _pinSeed(period), units, leaves), proof);

        _proven[provider].mark(period, duty.lastProven);
        duty.lastProven = period;
        duty.resolvedThrough = period;
        duty.storeHead(_duties[provider]);
        emit PeriodProven(provider, period, msg.sender, rent);
        reputation.recordProven(provider, period, rent);
    }

    /// @dev One pass: each draw's path is hashed from where the one before it ended, and the last one ends the proof.
    function _verify(Drawing memory drawing, bytes calldata proof) private view {
        SharedPaths.Paths memory paths = SharedPaths.create(drawCount);
        for (uint256 i; i < drawCount; ++i) {
            (uint64 agreement, uint256 leaf, uint256 depth, bool conceded) = _draw(drawing, i);
            if (conceded) continue;
            (bytes32 node, bytes32 expected) = paths.climb(
                proof,
                SharedPaths.placeOf(agreement, leaf),
                depth,
                _roots[agreement]
            );
            if (node != expected) {
                // With another length, most nodes are wrong for that reason alone.
                _requireLength(drawing, proof.length);
                revert PossessionProofs_WrongRoot(i, node, expected);
            }
        }
        require(paths.end == proof.length, PossessionProofs_WrongLength(proof.length, paths.end));
    }

    function _requireLength(Drawing memory drawing, uint256 length) private view {
        SharedPaths.Paths memory paths = SharedPaths.create(drawCount);
        for (uint256 i; i < drawCount; ++i) {
            (uint64 agreement, uint256 leaf, uint256 depth, bool conceded) = _draw(drawing, i);
            if (!conceded) paths.add(SharedPaths.placeOf(agreement, leaf), depth);
        }
        require(paths.end == length, PossessionProofs_WrongLength(length, paths.end));
    }
}
