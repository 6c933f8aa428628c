// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Proof that providers still hold the bytes
/// @notice A provider proves everything that it holds in one transaction a period. Its agreements sit in a sum tree weighted by
/// units. A period draws leaves out of the set as it stood when the period opened; the draws' seed is the randomness of the
/// opening block, so the set is fixed before the seed is known.
interface IPossessionProofs {
    /// @param units units in the tree now
    /// @param unitsAtOpen units when period `touched` opened
    /// @param touched the last period in which the set changed
    /// @param resolvedThrough every period up to this one is proven, missed, or was without duty
    /// @param leaves agreements ever added
    /// @param leavesAtOpen `leaves` when period `touched` opened
    /// @param lastProven the last proven period
    /// @param failed the provider failed for good: it has no units and no duty any more
    /// @param maintained the provider declared maintenance at least once
    /// @param rent token wei per period over all agreements in the tree
    /// @param rentAtOpen `rent` when period `touched` opened
    struct Duty {
        // slot 0
        uint32 units;
        uint32 unitsAtOpen;
        uint32 touched;
        uint32 resolvedThrough;
        uint32 leaves;
        uint32 leavesAtOpen;
        uint32 lastProven;
        bool failed;
        bool maintained;
        // slot 1
        uint128 rent;
        uint128 rentAtOpen;
    }

    /// @notice Periods for which a provider said beforehand that it may not prove.
    /// @param fromPeriod first of them
    /// @param untilPeriod the period after the last of them
    /// @param lastFrom first period of the stretch before this one; 0 when there was none
    struct Maintenance {
        uint32 fromPeriod;
        uint32 untilPeriod;
        uint32 lastFrom;
    }

    /// @notice One leaf that a provider must show.
    /// @param agreement id of the agreement; its lower 32 bits are the place in the tree
    /// @param root the shard's Merkle root
    /// @param leaf index of the 64-byte leaf in the shard
    /// @param depth number of siblings from the leaf to the root
    /// @param conceded the provider admitted this agreement's loss: nothing is to be shown for it
    struct Draw {
        uint64 agreement;
        bytes32 root;
        uint64 leaf;
        uint8 depth;
        bool conceded;
    }

    /// @notice An agreement's shard left the set. Of a failed provider's units and rent nothing is left to take it from.
    event UnitsRemoved(uint32 indexed provider, uint64 indexed agreement, uint32 units, uint128 rent);
    /// @notice The provider admitted the loss of an agreement's shard: this period's draws of it ask for nothing.
    event LossConceded(uint32 indexed provider, uint64 indexed agreement);
    /// @notice The first proof of a period fixed the seed that everybody's draws of it follow from: the upper 224 bits of the opening
    /// block's randomness, and the period in the lower 32.
    event PeriodSeeded(uint32 indexed period, bytes32 seed);
    /// @notice The provider's set was proven for a period, over agreements worth `rent` token wei in it: so much counts for its reputation.
    event PeriodProven(uint32 indexed provider, uint32 indexed period, address submitter, uint256 rent);
    /// @notice `count` periods from `fromPeriod` passed without a proof. A provider that failed has no units and no rent from here on.
    event PeriodsMissed(uint32 indexed provider, uint32 indexed fromPeriod, uint32 count, bool failed);

    /// @notice Periods [fromPeriod, untilPeriod) bring the provider neither pay nor slash when it does not prove them. Replaces a stretch that had not begun.
    event MaintenanceDeclared(uint32 indexed provider, uint32 fromPeriod, uint32 untilPeriod);

    error PossessionProofs_NotAgreements(address caller);
    error PossessionProofs_NotAuthorized(uint32 provider, address caller);
    /// @notice The draws of a period that has begun are known, or will be without the provider's doing.
    error PossessionProofs_MaintenanceTooLate(uint32 provider, uint32 fromPeriod, uint32 current);
    error PossessionProofs_MaintenanceTooLong(uint32 provider, uint32 periods, uint32 max);
    /// @notice The provider may start its next stretch of maintenance in period `earliest`.
    error PossessionProofs_MaintenanceTooSoon(uint32 provider, uint32 fromPeriod, uint32 earliest);
    /// @notice The stretch that was declared before runs until period `untilPeriod`; the next can be declared from then on.
    error PossessionProofs_MaintenanceRunning(uint32 provider, uint32 untilPeriod);
    error PossessionProofs_WrongPeriod(uint32 period, uint32 current);
    /// @notice The opening block, whose hash is the seed, is not over, or the chain does not give its hash.
    error PossessionProofs_NoSeedYet(uint32 period, uint256 openingBlock);
    error PossessionProofs_NothingToProve(uint32 provider, uint32 period);
    error PossessionProofs_AlreadyProven(uint32 provider, uint32 period);
    error PossessionProofs_NothingMissed(uint32 provider);
    /// @notice The proof's length does not follow from the draws: paths must have the depth that the stored unit count gives.
    error PossessionProofs_WrongLength(uint256 length, uint256 expected);
    error PossessionProofs_WrongRoot(uint256 draw, bytes32 computed, bytes32 expected);
    error PossessionProofs_ProviderFull(uint32 provider);
    error PossessionProofs_ProviderFailed(uint32 provider);
    error PossessionProofs_InvalidParams(string field);
    error PossessionProofs_UnknownLeaf(uint64 agreement);

    /// @notice Proves a provider's whole set for the current period. Anyone may submit.
    /// @dev Requirements: `period` is the current period and not proven yet; the provider had units when it opened; `proof` is, for each
    /// draw in order (conceded ones left out), the 64-byte leaf and its siblings from the bottom up, nothing else. What stands in the proof already
    /// is not sent again: a draw in the same shard as earlier ones brings the siblings below the lowest point where its path meets one of
    /// theirs, but not the sibling there, and nothing at all for a leaf that an earlier draw opened.
    function prove(uint32 provider, uint32 period, bytes calldata proof) external;

    /// @notice Records the provider's missed periods and their slashes; the report fee is owed to the escrow account `reporter`, 0 for nobody's.
    /// @dev Requirements: at least one period that is over was neither proven nor recorded nor declared for maintenance.
    function recordMisses(uint32 provider, uint32 reporter) external;

    /// @notice Says beforehand that the provider may not prove: [fromPeriod, fromPeriod + periods) bring neither pay nor slash. Operator or node key only.
    /// @dev Requirements: `fromPeriod` has not begun; at most `maintenancePeriods` at a time; it starts at least `maintenanceCycle` periods after the
    /// stretch before it did; no stretch is running. A stretch that has not begun is replaced, or with 0 `periods` taken back. Proving in it is allowed and paid.
    function declareMaintenance(uint32 provider, uint32 fromPeriod, uint32 periods) external;

    /// @notice Adds an agreement's shard, drawn from the next period on. Agreements only.
    /// @dev No event: what the caller announces names the agreement, whose lower half is the place in the tree, its root, units and price.
    /// @return leaf the agreement's place in the provider's tree
    /// @return held units that the provider holds now
    function add(uint32 provider, bytes32 root, uint32 units, uint128 rent) external returns (uint32 leaf, uint32 held);

    /// @notice Takes an agreement's shard out, from the next period on. Agreements only.
    /// @param conceded true when the provider admits the loss: then this period's draws of it ask for nothing
    function remove(uint64 agreement, uint128 rent, bool conceded) external;

    /// @notice Brings the provider's record up to date (missed periods included) and counts. Agreements only.
    /// @return proven number of proven periods in [fromPeriod, toPeriod)
    /// @return units the agreement's units
    function count(uint64 agreement, uint32 fromPeriod, uint32 toPeriod) external returns (uint32 proven, uint32 units);

    /// @notice Periods count from 1.
    function currentPeriod() external view returns (uint32);
    /// @notice First block of a period.
    function openingBlock(uint32 period) external view returns (uint256);
    /// @notice Blocks in a period.
    function periodBlocks() external view returns (uint32);
    /// @notice Leaves drawn from each provider in each period.
    function drawCount() external view returns (uint32);
    /// @notice The leaves that the provider must show in the current period; empty when it has no duty or the opening block is not over.
    function draws(uint32 provider) external view returns (Draw[] memory);
    /// @notice Longest stretch of maintenance, in periods.
    function maintenancePeriods() external view returns (uint32);
    /// @notice Periods from the start of a stretch of maintenance to the earliest start of the next.
    function maintenanceCycle() external view returns (uint32);
    /// @notice A provider's last declared stretch of maintenance.
    function maintenanceOf(uint32 provider) external view returns (Maintenance memory);
    /// @notice What a provider owes.
    function duties(uint32 provider) external view returns (Duty memory);
    /// @notice Root of an agreement's shard; stays once removed.
    function rootOf(uint64 agreement) external view returns (bytes32);
    /// @notice Units of an agreement in the tree now; 0 once removed.
    function unitsOf(uint64 agreement) external view returns (uint32);
    /// @notice Whether the provider proved a period.
    function isProven(uint32 provider, uint32 period) external view returns (bool);
    /// @notice Number of proven periods in [fromPeriod, toPeriod).
    function provenBetween(uint32 provider, uint32 fromPeriod, uint32 toPeriod) external view returns (uint32);
    /// @notice Whether nothing is owed of the current period: it is proven, or there was nothing to prove. False for a provider that failed.
    function isDischarged(uint32 provider) external view returns (bool);
    /// @notice Missed periods that nobody has recorded yet.
    function unrecordedMisses(uint32 provider) external view returns (uint32);
}
