// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bid, BidTerms} from "../../types/Bid.sol";
import {AgreementId, StorageAgreement} from "../../types/StorageAgreement.sol";

/// @title Standing orders to buy
/// @notice A client's bid has the money behind it from the first block. Its price climbs until providers that hold the shards answer; whatever is not
/// used goes back to the client.
interface IBids {
    /// @notice A bid was posted: `reserved` token wei of its client are locked behind each shard.
    event BidPosted(uint64 indexed bidId, address indexed client, BidTerms terms, uint256 reserved);
    /// @notice Providers took `shards` of a bid's shards; `shardsLeft` stay on offer.
    event BidAnswered(uint64 indexed bidId, uint8 shards, uint8 shardsLeft);
    /// @notice A bid is over; `refunded` token wei that were behind it are the client's again.
    event BidClosed(uint64 indexed bidId, uint256 refunded);

    error OrderBook_UnknownBid(uint64 bidId);
    error OrderBook_InvalidBid(string field);
    error OrderBook_BidExpired(uint64 bidId, uint256 expiry);
    error OrderBook_BidNotExpired(uint64 bidId, uint256 expiry);
    error OrderBook_NotBidder(uint64 bidId, address caller);
    /// @notice More answers than shards wanted, none, or not all of them in a bid that wants all or none.
    error OrderBook_WrongShardCount(uint64 bidId, uint256 answers, uint256 wanted);
    error OrderBook_LengthMismatch(uint256 answers, uint256 proofs);
    /// @notice A term of an answer is not the bid's.
    error OrderBook_AnswerDiffers(uint64 bidId, string field);
    error OrderBook_PriceAboveBid(uint64 bidId, uint256 price, uint256 bidPrice);
    error OrderBook_CollateralBelowBid(uint64 bidId, uint256 collateral, uint256 least);
    error OrderBook_ShardNotWanted(uint64 bidId, uint8 shardIndex, bytes32 shardRoot);
    error OrderBook_RegionNotWanted(uint64 bidId, uint32 provider, uint16 region);
    error OrderBook_ScoreTooLow(uint64 bidId, uint32 provider, uint256 score, uint256 least);
    /// @notice The provider's operator is the bidder.
    error OrderBook_SelfMatch(uint64 bidId, uint32 provider);

    /// @notice Posts a bid of the caller and locks, for each shard, rent and burn at the ceiling out of its escrow account.
    /// @dev Requirements: nothing is zero but region, score floor and climb; start <= ceiling; the value at the start price reaches the least that an
    /// agreement may have; expiry lies ahead; the score floor is at most 1.
    function postBid(BidTerms calldata terms) external returns (uint64 bidId);

    /// @notice As `postBid` for `client`, by its session key and out of its budget. The bid is the client's, and only the client can cancel it.
    /// @dev Requirements: as `postBid`; the session of the caller covers what is locked. The client itself needs no session.
    function postBidFor(address client, BidTerms calldata terms) external returns (uint64 bidId);

    /// @notice Forms agreements out of a bid. Anyone; the providers signed, and the bid is the client's consent.
    /// @dev Requirements: as `IAgreements.form` for providers; each agreement is the bid's in client, object, units, periods, without an ask, with the bid's number and the
    /// nonce `nonceOf`; its shard is among the bid's (`shardProofs`, Merkle proofs under `shardsRoot`); its price is at most what the bid pays now, its collateral at
    /// least what it wants; the provider has region and score, and another operator than the client.
    function answerBid(
        uint64 bidId,
        StorageAgreement[] calldata agreements,
        bytes[] calldata providerSignatures,
        bytes32[][] calldata shardProofs
    ) external returns (AgreementId[] memory ids);

    /// @notice Withdraws a bid: what is behind it is the client's again. Its client only, any time.
    function cancelBid(uint64 bidId) external;

    /// @notice Closes a bid that has expired, as if its client did. Anyone.
    function closeBid(uint64 bidId) external;

    /// @notice A bid; all zero when it is over or was never posted.
    function bids(uint64 bidId) external view returns (Bid memory);
    /// @notice What a bid pays now, token wei for one unit over one period.
    function bidPrice(uint64 bidId) external view returns (uint256);
    /// @notice Number of bids ever posted; ids run from 1 to this.
    function bidCount() external view returns (uint64);
    /// @notice Bids with ids in [from, from + max), for paging.
    function bidsPage(uint64 from, uint64 max) external view returns (Bid[] memory);
    /// @notice The client's nonce that the agreement for a shard of a bid has.
    function nonceOf(uint64 bidId, uint8 shardIndex) external pure returns (uint64);
}
