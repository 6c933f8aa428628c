// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What happened to each provider
/// @notice Counters and a decayed score, written only by the market's own contracts. Never money.
/// score = g / (g + 10 bad + newcomer), g = good × min(max(1, clients), fullClients) / fullClients: good is the rent of proven periods, bad that of
/// missed ones and of failed agreements' remaining value, clients the number of distinct ones that were counted lately. Good and bad halve every `halfLife` periods (a shift for whole half-lives, linear in between, on a grid that starts at period 0: at most
/// 6.1% off, however often it is updated).
interface IReputation {
    /// @param good decayed proven rent, token wei
    /// @param bad decayed missed rent, token wei
    /// @param updated period of the last decay
    /// @param missed missed periods
    /// @param kept agreements that ended well
    /// @param failed agreements that failed
    /// @param handedOver agreements passed to a successor
    /// @param audited targeted audits answered
    struct Record {
        // slot 0
        uint96 good;
        uint96 bad;
        uint32 updated;
        uint32 missed;
        // slot 1
        uint32 kept;
        uint32 failed;
        uint32 handedOver;
        uint32 audited;
    }

    /// @notice Which clients were counted for a provider, as sketches: bit `account mod 112` for each, so that two may be taken for one.
    /// @param epoch whole half-lives since period 0 in which the last one was counted
    /// @param recent clients counted in that epoch
    /// @param before clients counted in the one before it
    struct Clients {
        uint32 epoch;
        uint112 recent;
        uint112 before;
    }

    // No event for a proven period: `IPossessionProofs.PeriodProven` names provider, period and rent, in the same transaction.

    /// @notice Missed periods, up to and with `period`, counted against the provider with `rent` token wei; `missed` of them.
    event BadRecorded(uint32 indexed provider, uint32 indexed period, uint256 rent, uint32 missed);
    /// @notice An agreement of the provider ended as signed.
    event AgreementKept(uint32 indexed provider);
    /// @notice The provider passed an agreement to a successor.
    event AgreementHandedOver(uint32 indexed provider);
    /// @notice The provider answered a targeted audit.
    event AuditPassed(uint32 indexed provider);
    /// @notice An agreement of the provider failed with `value` token wei of rent unserved.
    event AgreementFailed(uint32 indexed provider, uint256 value);

    /// @notice The client with escrow account `clientAccount` counts for the provider, for this half-life and the next.
    event ClientCounted(uint32 indexed provider, uint32 indexed clientAccount, uint32 indexed period);

    error Reputation_NotAMarketContract(address caller);
    /// @notice Nothing that was settled of the agreement was proven, or it did not end well.
    error Reputation_NothingServed(uint64 agreement);
    error Reputation_InvalidParams(string field);

    /// @notice A period was proven over agreements worth `rent` a period. PossessionProofs only.
    function recordProven(uint32 provider, uint32 period, uint256 rent) external;

    /// @notice `missed` periods passed without a proof over agreements worth `rent` in all those periods together. PossessionProofs only.
    function recordMissed(uint32 provider, uint32 period, uint256 rent, uint32 missed) external;

    /// @notice An agreement ended as signed. Agreements only.
    function recordKept(uint32 provider) external;

    /// @notice An agreement went to a successor. Agreements only.
    function recordHandedOver(uint32 provider) external;

    /// @notice A targeted audit was answered. Audits only.
    function recordAudited(uint32 provider) external;

    /// @notice An agreement failed with `value` token wei of rent unserved. Agreements only.
    function recordFailed(uint32 provider, uint32 period, uint256 value) external;

    /// @notice Counts the clients of agreements among their providers' distinct ones. Anyone, once a half-life for each client that shall go on counting.
    /// @dev Requirement: each agreement is active or was kept, and has settled periods that were proven. Clients that count already change nothing.
    function countClients(uint64[] calldata agreements) external;

    /// @notice What is recorded of a provider, as of the period of its last event.
    function records(uint32 provider) external view returns (Record memory);
    /// @notice Score in [0, 1e18], decayed to `period`.
    function scoreAt(uint32 provider, uint32 period) external view returns (uint256);
    /// @notice Which clients count for a provider.
    function clientsOf(uint32 provider) external view returns (Clients memory);
    /// @notice Number of distinct clients that count for a provider as of `period`, at most 112.
    function clientCountAt(uint32 provider, uint32 period) external view returns (uint256);
    /// @notice Number of distinct clients with which all good counts.
    function fullClients() external view returns (uint256);
    /// @notice Token wei of rent that a new provider starts against.
    function newcomer() external view returns (uint256);
    /// @notice Periods in which good and bad count half.
    function halfLifePeriods() external view returns (uint256);
    /// @notice How many tokens of proven rent make up for one of missed rent.
    function badWeight() external view returns (uint256);
}
