// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {Duties} from "../libraries/Duties.sol";
import {ProofStore} from "./ProofStore.sol";

/// @title What was not proven: missed and slashed, or declared for maintenance beforehand
abstract contract Misses is ProofStore {
    using Duties for Duty;

    /// @inheritdoc IPossessionProofs
    function recordMisses(uint32 provider, uint32 reporter) external {
        Duty memory duty = _duties[provider].load();
        uint32 recorded = _resolve(provider, duty, currentPeriod(), reporter);
        require(recorded != 0, PossessionProofs_NothingMissed(provider));
    }

    /// @inheritdoc IPossessionProofs
    function declareMaintenance(uint32 provider, uint32 fromPeriod, uint32 periods) external {
        require(registry.isAuthorized(provider, msg.sender), PossessionProofs_NotAuthorized(provider, msg.sender));
        uint32 current = currentPeriod();
        require(fromPeriod > current, PossessionProofs_MaintenanceTooLate(provider, fromPeriod, current));
        require(
            periods <= maintenancePeriods && periods <= type(uint32).max - fromPeriod,
            PossessionProofs_MaintenanceTooLong(provider, periods, maintenancePeriods)
        );
        Maintenance memory stretch = _maintenance[provider];
        // One that has begun counts, and lasts as long as was declared; one that has not, or was taken back, is replaced, and what counts is the one
        // before it.
        if (stretch.fromPeriod <= current && stretch.fromPeriod != stretch.untilPeriod) {
            require(stretch.untilPeriod <= current, PossessionProofs_MaintenanceRunning(provider, stretch.untilPeriod));
            stretch.lastFrom = stretch.fromPeriod;
        }
        uint256 earliest = stretch.lastFrom == 0 ? 0 : uint256(stretch.lastFrom) + maintenanceCycle;
        require(fromPeriod >= earliest, PossessionProofs_MaintenanceTooSoon(provider, fromPeriod, uint32(earliest)));
        // What lies behind is judged by the stretch that was declared for it.
        Duty memory duty = _duties[provider].load();
        _resolve(provider, duty, current, 0);

        (stretch.fromPeriod, stretch.untilPeriod) = (fromPeriod, fromPeriod + periods);
        _maintenance[provider] = stretch;
        duty.maintained = true;
        duty.store(_duties[provider]);
        emit MaintenanceDeclared(provider, stretch.fromPeriod, stretch.untilPeriod);
    }

    /// @inheritdoc IPossessionProofs
    function unrecordedMisses(uint32 provider) external view returns (uint32) {
        Duty memory duty = _duties[provider].load();
        (uint32 from, uint32 count) = duty.unproven(currentPeriod());
        (uint32 quietFrom, uint32 quietUntil) = _quietWithin(provider, duty, from, from + count);
        return count - (quietUntil - quietFrom);
    }

    /// @dev Records the missed periods before the current one, in storage and in `duty`. Without any unproven ones, nothing is written.
    /// @param reporter escrow account that is owed the report fee, or 0
    /// @return missed number of periods recorded
    function _resolve(
        uint32 provider,
        Duty memory duty,
        uint32 current,
        uint32 reporter
    ) internal returns (uint32 missed) {
        (uint32 from, uint32 count) = duty.unproven(current);
        if (count == 0) return 0;
        uint32 end = from + count;
        (uint32 quietFrom, uint32 quietUntil) = _quietWithin(provider, duty, from, end);
        (uint32 before, uint32 later) = (quietFrom - from, end - quietUntil);
        duty.resolvedThrough = current - 1;
        duty.store(_duties[provider]);
        if (before != 0) missed = _miss(provider, duty, from, before, reporter);
        // The first stretch may have failed the provider, and then nothing more is owed.
        if (later != 0 && !duty.failed) missed += _miss(provider, duty, quietUntil, later, before == 0 ? reporter : 0);
    }

    function _miss(
        uint32 provider,
        Duty memory duty,
        uint32 from,
        uint32 count,
        uint32 reporter
    ) private returns (uint32) {
        uint256 rent = duty.rentOver(from, count);
        if (collateral.strike(provider, from, count, reporter)) {
            (duty.failed, duty.units, duty.rent) = (true, 0, 0);
            duty.store(_duties[provider]);
        }
        emit PeriodsMissed(provider, from, count, duty.failed);
        reputation.recordMissed(provider, from + count - 1, rent, count);
        return count;
    }

    /// @dev The part of [from, end) that was declared for maintenance; empty, at the end, when there is none.
    function _quietWithin(
        uint32 provider,
        Duty memory duty,
        uint32 from,
        uint32 end
    ) private view returns (uint32 quietFrom, uint32 quietUntil) {
        (quietFrom, quietUntil) = (end, end);
        if (!duty.maintained || from == end) return (quietFrom, quietUntil);
        Maintenance memory stretch = _maintenance[provider];
        if (stretch.fromPeriod >= end || stretch.untilPeriod <= from) return (quietFrom, quietUntil);
        quietFrom = stretch.fromPeriod < from ? from : stretch.fromPeriod;
        quietUntil = stretch.untilPeriod > end ? end : stretch.untilPeriod;
    }
}
