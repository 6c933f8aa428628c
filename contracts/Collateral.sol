// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICollateral} from "./interfaces/ICollateral.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {SlashHistory} from "./libraries/SlashHistory.sol";
import {StakeSlot} from "./libraries/StakeSlot.sol";

/// @param bond token wei that a registered provider keeps at stake
/// @param capacityBond token wei of stake, free or locked, for each unit of capacity that a provider declares
/// @param unbondDelay seconds between a request and the withdrawal
/// @param reportFee token wei that the provider pays to whoever reports its misses
/// @param compensationBps share of slashed tokens that goes to the client, in 1/10,000; the rest is burned
/// @param healPeriods the ladder starts over once so many periods lie between two misses
/// @param ladderBps share of what remains that the 1st to 4th miss takes, in 1/10,000; the 4th takes everything
struct CollateralParams {
    uint96 bond;
    uint64 capacityBond;
    uint40 unbondDelay;
    uint96 reportFee;
    uint16 compensationBps;
    uint32 healPeriods;
    uint16[4] ladderBps;
}

/// @title What providers have at risk
/// @dev The running product of a provider's slashes is kept by period. Collateral locked from period s on has shrunk, before
/// period x, to floor(amount × index(x) / index(s)). An agreement's losses are differences of that, so however often and in
/// whatever pieces it is settled, they and what remains add up to `amount` to the wei.
contract Collateral is ICollateral {
    using SlashHistory for SlashHistory.History;
    using StakeSlot for Stake;

    uint256 private constant _BPS = 10_000;
    /// @dev Index of a provider that was never slashed.
    uint256 private constant _WHOLE = 1e18;
    /// @dev A provider whose index falls below this (more than 2,000 healed misses) has failed for good as well: further products
    /// would be too coarse to divide by. Above it, rounding moves an agreement's loss by less than a billionth of its collateral a miss.
    uint256 private constant _WORN_OUT = 1e9;
    uint256 private constant _LADDER_STEPS = 4;
    uint8 private constant _FAILED = 255;
    uint32 private constant _BURN_ACCOUNT = 0;

    /// @inheritdoc ICollateral
    uint256 public immutable bond;
    /// @inheritdoc ICollateral
    uint256 public immutable capacityBond;
    /// @inheritdoc ICollateral
    uint256 public immutable unbondDelay;
    /// @inheritdoc ICollateral
    uint256 public immutable reportFee;
    /// @inheritdoc ICollateral
    uint256 public immutable compensationBps;
    /// @inheritdoc ICollateral
    uint256 public immutable healPeriods;
    /// @dev Four steps of 16 bits, the first in the lowest.
    uint256 private immutable _ladder;

    IEscrow private immutable _escrow;
    INodeRegistry private immutable _registry;
    address private immutable _agreements;
    IPossessionProofs private immutable _proofs;

    mapping(uint32 provider => Stake) private _stakes;
    mapping(uint32 provider => Unbonding) private _unbondings;
    /// @dev The index after each miss; `Stake.slashes` is their number.
    mapping(uint32 provider => SlashHistory.History) private _slashes;

    constructor(
        CollateralParams memory params,
        IEscrow escrow,
        INodeRegistry registry,
        address agreements,
        IPossessionProofs proofs
    ) {
        require(params.compensationBps <= _BPS, Collateral_InvalidParams("compensationBps"));
        // Without a window every miss would be a first one, and a run of misses a loop without bound.
        require(params.healPeriods != 0, Collateral_InvalidParams("healPeriods"));
        uint256 ladder;
        for (uint256 i = 0; i < _LADDER_STEPS; ++i) {
            require(params.ladderBps[i] <= _BPS, Collateral_InvalidParams("ladderBps"));
            ladder |= uint256(params.ladderBps[i]) << (16 * i);
        }
        require(params.ladderBps[_LADDER_STEPS - 1] == _BPS, Collateral_InvalidParams("ladderBps"));

        bond = params.bond;
        capacityBond = params.capacityBond;
        unbondDelay = params.unbondDelay;
        reportFee = params.reportFee;
        compensationBps = params.compensationBps;
        healPeriods = params.healPeriods;
        _ladder = ladder;
        _escrow = escrow;
        _registry = registry;
        _agreements = agreements;
        _proofs = proofs;
    }

    /// @inheritdoc ICollateral
    function stake(uint32 provider, address owner, uint256 amount) external {
        require(amount != 0, Collateral_ZeroAmount());
        // Reverts for unknown providers, whose stake nobody could take out.
        _registry.operatorOf(provider);
        _addStake(provider, owner, msg.sender, amount);
    }

    /// @inheritdoc ICollateral
    function lockBond(uint32 provider, address operator) external returns (uint32 operatorAccount) {
        require(msg.sender == address(_registry), Collateral_NotAMarketContract(msg.sender));
        return _addStake(provider, operator, operator, bond);
    }

    /// @inheritdoc ICollateral
    function requestUnbond(uint32 provider, uint256 amount) external {
        require(msg.sender == _registry.operatorOf(provider), Collateral_NotAuthorized(provider, msg.sender));
        require(amount != 0, Collateral_ZeroAmount());
        Stake storage current = _stakes[provider];
        uint256 free = current.free;
        bool bonded = current.locked != 0 || _proofs.duties(provider).units != 0;
        uint256 available = bonded ? Math.saturatingSub(free, bond) : free;
        require(available >= amount, Collateral_InsufficientStake(provider, available, amount));
        _requireCovered(provider, free - amount + current.locked);

        // At most `free`, a uint96; everything staked together stays below 2^96.
        unchecked {
            current.free = uint96(free - amount);
            _unbondings[provider].amount += uint96(amount);
        }
        uint256 releaseTime = block.timestamp + unbondDelay;
        _unbondings[provider].releaseTime = uint40(releaseTime);
        emit UnbondRequested(provider, amount, releaseTime);
    }

    /// @inheritdoc ICollateral
    function withdrawUnbonded(uint32 provider) external {
        Unbonding memory unbonding = _unbondings[provider];
        require(unbonding.amount != 0, Collateral_NothingUnbonding(provider));
        require(block.timestamp >= unbonding.releaseTime, Collateral_StillUnbonding(provider, unbonding.releaseTime));
        delete _unbondings[provider];
        emit Unbonded(provider, unbonding.amount);
        _escrow.release(_registry.operatorAccountOf(provider), unbonding.amount, _BURN_ACCOUNT, 0);
    }

    /// @inheritdoc ICollateral
    function lock(uint32 provider, uint256 amount) external {
        require(msg.sender == _agreements, Collateral_NotAMarketContract(msg.sender));
        Stake storage current = _stakes[provider];
        (uint256 word, uint256 free, uint256 strikes) = current.read();
        require(strikes != _FAILED, Collateral_ProviderFailed(provider));
        uint256 available = Math.saturatingSub(free, bond);
        require(available >= amount, Collateral_InsufficientStake(provider, available, amount));
        current.lock(word, amount);
    }

    /// @inheritdoc ICollateral
    function settleSlashes(
        uint32 provider,
        uint32 clientAccount,
        uint32 startPeriod,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint256 amount
    ) external returns (uint256 lost) {
        require(msg.sender == _agreements, Collateral_NotAMarketContract(msg.sender));
        // Most providers missed nothing lately, and then the record of their slashes need not be read.
        Stake storage current = _stakes[provider];
        if (current.lastMiss < fromPeriod) return 0;
        uint256 count = current.slashes;
        lost =
            _remaining(provider, count, startPeriod, fromPeriod, amount) -
            _remaining(provider, count, startPeriod, toPeriod, amount);
        if (lost != 0) _payOut(provider, clientAccount, lost);
    }

    /// @inheritdoc ICollateral
    function releaseCollateral(
        uint32 provider,
        uint32 clientAccount,
        uint32 startPeriod,
        uint32 toPeriod,
        uint256 amount,
        bool failed
    ) external returns (uint256 returned) {
        require(msg.sender == _agreements, Collateral_NotAMarketContract(msg.sender));
        Stake memory current = _stakes[provider];
        uint256 remaining =
            current.lastMiss < startPeriod
                ? amount
                : _remaining(provider, current.slashes, startPeriod, toPeriod, amount);
        if (remaining == 0) return 0;
        if (failed) {
            _payOut(provider, clientAccount, remaining);
            return 0;
        }
        current.locked = uint96(current.locked - remaining);
        // Everything staked together stays below 2^96.
        unchecked {
            current.free += uint96(remaining);
        }
        _stakes[provider] = current;
        emit CollateralReleased(provider, remaining);
        return remaining;
    }

    /// @inheritdoc ICollateral
    function strike(uint32 provider, uint32 fromPeriod, uint32 count, uint32 reporter) external returns (bool failed) {
        require(msg.sender == address(_proofs), Collateral_NotAMarketContract(msg.sender));
        Stake memory current = _stakes[provider];
        if (current.strikes == _FAILED) return true;
        if (fromPeriod - current.lastMiss > healPeriods) current.strikes = 0;
        reporter = _setFeeAside(provider, current, reporter);

        SlashHistory.History storage slashes = _slashes[provider];
        uint256 index = slashes.latest(current.slashes, _WHOLE);
        uint256 end = uint256(fromPeriod) + count;
        // At most four rounds: the fourth miss in a row fails the provider.
        for (uint256 period = fromPeriod; period < end && !failed; ++period) {
            uint256 stepBps = (_ladder >> (16 * current.strikes)) & 0xffff;
            index = (index * (_BPS - stepBps)) / _BPS;
            failed = ++current.strikes == _LADDER_STEPS || index < _WORN_OUT;
            if (failed) {
                index = 0;
                current.strikes = _FAILED;
            }
            current.lastMiss = uint32(period);
            // One report, one fee: it stands beside the first slash.
            slashes.push(current.slashes, period, period == fromPeriod ? reporter : 0, index);
            ++current.slashes;
            emit Struck(provider, uint32(period), current.strikes, index);
        }
        _stakes[provider] = current;
        if (failed) emit ProviderFailed(provider, current.lastMiss);
    }

    /// @inheritdoc ICollateral
    function claimReportFee(uint32 provider, uint24 slash) external {
        SlashHistory.History storage slashes = _slashes[provider];
        uint32 account = slashes.reporterOf(slash);
        require(account != 0, Collateral_NoReportFee(provider, slash));
        (address owner, ) = _escrow.accounts(account);
        require(owner != address(0), Collateral_NoSuchAccount(account));
        slashes.clearReporter(slash);
        emit ReportFeePaid(provider, slash, account, reportFee);
        _escrow.release(account, reportFee, _BURN_ACCOUNT, 0);
    }

    /// @inheritdoc ICollateral
    function stakes(uint32 provider) external view returns (Stake memory) {
        return _stakes[provider];
    }

    /// @inheritdoc ICollateral
    function unbondings(uint32 provider) external view returns (Unbonding memory) {
        return _unbondings[provider];
    }

    /// @inheritdoc ICollateral
    function hasFailed(uint32 provider) external view returns (bool) {
        return _stakes[provider].strikes == _FAILED;
    }

    /// @inheritdoc ICollateral
    function lockableOf(uint32 provider) external view returns (uint256) {
        Stake memory current = _stakes[provider];
        return current.strikes == _FAILED ? 0 : Math.saturatingSub(current.free, bond);
    }

    /// @inheritdoc ICollateral
    function coveredCapacity(uint32 provider) external view returns (uint256) {
        Stake memory current = _stakes[provider];
        if (current.strikes == _FAILED) return 0;
        uint256 beyond = Math.saturatingSub(uint256(current.free) + current.locked, bond);
        return capacityBond == 0 ? type(uint32).max : beyond / capacityBond;
    }

    /// @inheritdoc ICollateral
    function ladderBps() external view returns (uint16[4] memory steps) {
        for (uint256 i = 0; i < _LADDER_STEPS; ++i) {
            steps[i] = uint16(_ladder >> (16 * i));
        }
    }

    /// @inheritdoc ICollateral
    function remainingOf(
        uint32 provider,
        uint32 startPeriod,
        uint32 beforePeriod,
        uint256 amount
    ) external view returns (uint256) {
        return _remaining(provider, _stakes[provider].slashes, startPeriod, beforePeriod, amount);
    }

    /// @param remaining free and locked stake, token wei
    function _requireCovered(uint32 provider, uint256 remaining) private view {
        uint32 capacity = _registry.capacityOf(provider);
        if (capacity == 0) return;
        uint256 needed = bond + capacity * capacityBond;
        require(remaining >= needed, Collateral_CapacityBonded(provider, capacity, remaining, needed));
    }

    /// @dev Out of the payer's escrow account into free stake.
    /// @param key who asks for it: the payer, or its session key
    function _addStake(uint32 provider, address from, address key, uint256 amount) private returns (uint32 account) {
        // What escrow locks is below 2^96 in total; more than that fails there.
        unchecked {
            _stakes[provider].free += uint96(amount);
        }
        emit Staked(provider, from, amount);
        return _escrow.lockBy(from, key, amount, 0);
    }

    /// @dev Updates `current` in memory; the caller stores it. Pulled later, so that a report pays for no account of its reporter.
    /// @return account `reporter`, or 0 when nothing is owed
    function _setFeeAside(uint32 provider, Stake memory current, uint32 reporter) private returns (uint32 account) {
        if (reporter == 0 || reportFee == 0 || current.free < reportFee) return 0;
        // At most `free`, a uint96.
        unchecked {
            current.free -= uint96(reportFee);
        }
        emit ReportFeeOwed(provider, current.slashes, reporter, reportFee);
        return reporter;
    }

    /// @dev Slashed collateral: the client first, where it is to be compensated; the rest is burned.
    function _payOut(uint32 provider, uint32 clientAccount, uint256 lost) private {
        _stakes[provider].locked = uint96(_stakes[provider].locked - lost);
        uint256 toClient = clientAccount == _BURN_ACCOUNT ? 0 : (lost * compensationBps) / _BPS;
        uint256 burned = lost - toClient;
        emit Slashed(provider, clientAccount, toClient, burned);
        _escrow.release(clientAccount, toClient, _BURN_ACCOUNT, burned);
    }

    /// @param count the provider's slashes
    function _remaining(
        uint32 provider,
        uint256 count,
        uint32 startPeriod,
        uint32 beforePeriod,
        uint256 amount
    ) private view returns (uint256) {
        SlashHistory.History storage slashes = _slashes[provider];
        uint256 startIndex = slashes.before(count, startPeriod, _WHOLE);
        // The provider had failed before the agreement started, unrecorded when it was formed: no miss has touched it.
        if (startIndex == 0) return amount;
        return (amount * slashes.before(count, beforePeriod, _WHOLE)) / startIndex;
    }
}
