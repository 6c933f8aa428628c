// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "../types/StorageAgreement.sol";

/// @title Bids for lost shards, while their owner is away
/// @notice A client that makes this contract a session key of its escrow account (`IEscrow.authorizeSession`, with a budget and a time) lets anyone post a bid
/// for a shard whose agreement failed. Its price climbs from the old one to what the failure gave back: the rent that was left, and a share of the
/// compensation. Whoever answers rebuilds the shard from the object's others and is paid as it proves it; the open bid, and then the agreement
/// that answers it, are what the others' providers serve it by. Who answers and cannot rebuild it loses its collateral to the burn, not to the client, whose friends the others' holders may be.
/// The client can cancel the bid and end the session at any time.
interface IRepairs {
    /// @notice What a bid was posted for.
    /// @param client whose shard it is
    /// @param shardIndex its place in the object
    /// @param bidId the bid in the order book; 0 when none was posted
    /// @param objectKey the object
    struct Repair {
        address client;
        uint8 shardIndex;
        uint64 bidId;
        bytes32 objectKey;
    }

    /// @notice A bid was posted for the shard of a failed agreement.
    event RepairPosted(
        AgreementId indexed lost,
        uint64 indexed bidId,
        address indexed client,
        bytes32 objectKey,
        uint8 shardIndex,
        bytes32 shardRoot
    );

    error Repairs_InvalidParams(string field);
    error Repairs_AlreadyPosted(AgreementId lost, uint64 bidId);
    /// @notice The agreement did not fail.
    error Repairs_NotFailed(AgreementId lost);
    /// @notice It is not the agreement that held this client's shard last.
    error Repairs_WrongObject(AgreementId lost, address client, bytes32 objectKey);
    /// @notice The term would have ended by `endPeriod`, and the next period is later than its last.
    error Repairs_TermOver(AgreementId lost, uint256 endPeriod, uint256 currentPeriod);

    /// @notice Posts a bid for the shard of a failed agreement, out of its client's escrow account. Anyone, once for each agreement.
    /// @dev Requirements: the agreement failed and was the last to hold the shard; a whole period of its term is left; the client's session for this contract, its
    /// budget and its available balance cover rent and burn at the ceiling; the rest as `IBids.postBid`.
    /// Price: with p the agreement's price and t the whole periods left, the ceiling is the largest at which rent and burn together are at most what p pays for t periods
    /// and `bountyBps` of the compensation for its whole collateral, where its client got that; the start is p, or the ceiling where that is lower.
    /// Warning: the budget is spent by the ceiling when the bid is posted; what comes back from the bid does not come back to the budget.
    function post(AgreementId lost, address client, bytes32 objectKey) external returns (uint64 bidId);

    /// @notice The bid that was posted for a failed agreement.
    function repairs(AgreementId lost) external view returns (Repair memory);
    /// @notice Share of the client's compensation that a bid may pay out again, 1/10,000.
    function bountyBps() external view returns (uint256);
    /// @notice Seconds in which the price climbs to its ceiling.
    function climbSeconds() external view returns (uint256);
    /// @notice Seconds after which an unanswered bid can be closed.
    function windowSeconds() external view returns (uint256);
}
