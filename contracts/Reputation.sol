// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAgreements} from "./interfaces/IAgreements.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {AgreementId} from "./types/StorageAgreement.sol";

/// @param newcomer token wei of rent that a new provider starts against; larger makes a new identity worth less
/// @param halfLifePeriods periods in which good and bad count half
/// @param badWeight how many tokens of proven rent make up for one of missed rent
/// @param fullClients number of distinct clients with which all good counts
struct ReputationParams {
    uint112 newcomer;
    uint32 halfLifePeriods;
    uint32 badWeight;
    uint8 fullClients;
}

/// @title What happened to each provider
/// @dev Decay is anchored to the periods' numbers and not to the last change: f(p) falls by half at each multiple of the half-life
/// and in a straight line between, and a value carried from a to b is multiplied by f(b) / f(a). So a provider that is updated
/// daily decays exactly as one that is updated once. (A line restarted at each update would take a quarter longer to halve.)
contract Reputation is IReputation {
    uint256 private constant _WHOLE = 1e18;
    /// @dev Two sketches and an epoch share a slot.
    uint256 private constant _SKETCH_BITS = 112;

    /// @inheritdoc IReputation
    uint256 public immutable newcomer;
    /// @inheritdoc IReputation
    uint256 public immutable halfLifePeriods;
    /// @inheritdoc IReputation
    uint256 public immutable badWeight;

    /// @inheritdoc IReputation
    uint256 public immutable fullClients;

    IPossessionProofs private immutable _proofs;
    IAgreements private immutable _agreements;
    address private immutable _audits;

    mapping(uint32 provider => Record) private _records;
    mapping(uint32 provider => Clients) private _clients;

    constructor(ReputationParams memory params, IPossessionProofs proofs, IAgreements agreements, address audits) {
        // All are divisors.
        require(params.newcomer != 0, Reputation_InvalidParams("newcomer"));
        require(params.halfLifePeriods != 0, Reputation_InvalidParams("halfLifePeriods"));
        require(params.fullClients != 0 && params.fullClients <= _SKETCH_BITS, Reputation_InvalidParams("fullClients"));
        newcomer = params.newcomer;
        halfLifePeriods = params.halfLifePeriods;
        badWeight = params.badWeight;
        fullClients = params.fullClients;
        _proofs = proofs;
        _agreements = agreements;
        _audits = audits;
    }

    /// @inheritdoc IReputation
    function recordProven(uint32 provider, uint32 period, uint256 rent) external {
        require(msg.sender == address(_proofs), Reputation_NotAMarketContract(msg.sender));
        _add(provider, period, rent, 0, 0);
    }

    /// @inheritdoc IReputation
    function recordMissed(uint32 provider, uint32 period, uint256 rent, uint32 missed) external {
        require(msg.sender == address(_proofs), Reputation_NotAMarketContract(msg.sender));
        _add(provider, period, 0, rent, missed);
        emit BadRecorded(provider, period, rent, missed);
    }

    /// @inheritdoc IReputation
    function recordKept(uint32 provider) external {
        require(msg.sender == address(_agreements), Reputation_NotAMarketContract(msg.sender));
        ++_records[provider].kept;
        emit AgreementKept(provider);
    }

    /// @inheritdoc IReputation
    function recordHandedOver(uint32 provider) external {
        require(msg.sender == address(_agreements), Reputation_NotAMarketContract(msg.sender));
        ++_records[provider].handedOver;
        emit AgreementHandedOver(provider);
    }

    /// @inheritdoc IReputation
    function recordAudited(uint32 provider) external {
        require(msg.sender == _audits, Reputation_NotAMarketContract(msg.sender));
        ++_records[provider].audited;
        emit AuditPassed(provider);
    }

    /// @inheritdoc IReputation
    function recordFailed(uint32 provider, uint32 period, uint256 value) external {
        require(msg.sender == address(_agreements), Reputation_NotAMarketContract(msg.sender));
        _add(provider, period, 0, value, 0);
        ++_records[provider].failed;
        emit BadRecorded(provider, period, value, 0);
        emit AgreementFailed(provider, value);
    }

    /// @inheritdoc IReputation
    function countClients(uint64[] calldata agreements) external {
        uint32 period = _proofs.currentPeriod();
        uint32 epoch = _epochOf(period);
        for (uint256 i; i < agreements.length; ++i) {
            uint64 id = agreements[i];
            IAgreements.Agreement memory agreement = _agreements.agreements(AgreementId.wrap(id));
            uint32 provider = uint32(id >> 32);
            require(_hasServed(provider, agreement), Reputation_NothingServed(id));
            Clients memory clients = _clientsAt(provider, epoch);
            uint112 bit = uint112(1 << (agreement.clientAccount % _SKETCH_BITS));
            if (clients.recent & bit != 0) continue;
            clients.recent |= bit;
            _clients[provider] = clients;
            emit ClientCounted(provider, agreement.clientAccount, period);
        }
    }

    /// @inheritdoc IReputation
    function records(uint32 provider) external view returns (Record memory) {
        return _records[provider];
    }

    /// @inheritdoc IReputation
    function scoreAt(uint32 provider, uint32 period) external view returns (uint256) {
        Record memory record = _records[provider];
        uint256 good = _decay(record.good, record.updated, period);
        uint256 bad = _decay(record.bad, record.updated, period);
        good = (good * Math.min(Math.max(1, clientCountAt(provider, period)), fullClients)) / fullClients;
        return (good * _WHOLE) / (good + bad * badWeight + newcomer);
    }

    /// @inheritdoc IReputation
    function clientsOf(uint32 provider) external view returns (Clients memory) {
        return _clients[provider];
    }

    /// @inheritdoc IReputation
    function clientCountAt(uint32 provider, uint32 period) public view returns (uint256 count) {
        Clients memory clients = _clientsAt(provider, _epochOf(period));
        // Each round takes away the lowest bit that is set.
        for (uint256 sketch = clients.recent | clients.before; sketch != 0; sketch &= sketch - 1) ++count;
    }

    /// @dev Not by the agreement's own count of proven periods: a successor's begins with those of the provider before it.
    function _hasServed(uint32 provider, IAgreements.Agreement memory agreement) private view returns (bool) {
        IAgreements.Status status = agreement.status;
        if (status != IAgreements.Status.Active && status != IAgreements.Status.Kept) return false;
        uint32 settledTo = agreement.startPeriod + agreement.settledPeriods;
        return _proofs.provenBetween(provider, agreement.startPeriod, settledTo) != 0;
    }

    /// @dev The sketches as of an epoch; an epoch that lies behind changes nothing.
    function _clientsAt(uint32 provider, uint32 epoch) private view returns (Clients memory clients) {
        clients = _clients[provider];
        if (epoch <= clients.epoch) return clients;
        clients.before = epoch - clients.epoch == 1 ? clients.recent : 0;
        clients.recent = 0;
        clients.epoch = epoch;
    }

    function _epochOf(uint32 period) private view returns (uint32) {
        // The quotient of a uint32.
        return uint32(period / halfLifePeriods);
    }

    /// @dev One read and one write of slot 0. Values stop at the slot's width: a proof must never fail over a score.
    function _add(uint32 provider, uint32 period, uint256 good, uint256 bad, uint32 missed) private {
        Record storage record = _records[provider];
        uint32 updated = record.updated;
        good = Math.saturatingAdd(_decay(record.good, updated, period), good);
        bad = Math.saturatingAdd(_decay(record.bad, updated, period), bad);
        missed += record.missed;
        if (period > updated) updated = period;
        if (good > type(uint96).max) good = type(uint96).max;
        if (bad > type(uint96).max) bad = type(uint96).max;

        record.good = uint96(good);
        record.bad = uint96(bad);
        record.updated = updated;
        record.missed = missed;
    }

    /// @dev `value` as of period `from`, carried to `to`: times f(to) / f(from), f(p) = 2^-(p / h) × (2h - p mod h) / 2h.
    /// Rounded down; unchanged when `to` does not lie ahead.
    function _decay(uint256 value, uint256 from, uint256 to) private view returns (uint256) {
        if (to <= from || value == 0) return value;
        // `value` has 96 bits and a half-life 32, so nothing overflows; the rest of a division is below its divisor.
        unchecked {
            uint256 halvings = to / halfLifePeriods - from / halfLifePeriods;
            uint256 numerator = value * (2 * halfLifePeriods - (to % halfLifePeriods));
            return (numerator / (2 * halfLifePeriods - (from % halfLifePeriods))) >> halvings;
        }
    }
}
