// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What becomes of the shards of a bid that an answer leaves over.
/// AllOrNone: an answer takes all shards at once. Stand: they stay on offer until the bid expires. Refund: the first answer closes the bid.
enum Rest {
    AllOrNone,
    Stand,
    Refund
}

/// @notice A client's standing order to buy storage for shards of one object. Its price climbs from a start to a ceiling.
/// @param objectKey the object
/// @param shardsRoot Merkle root over (shard index, shard root) of the shards: OpenZeppelin's standard tree, each leaf keccak256(keccak256(abi.encode(index, root)))
/// @param units size of each shard, in units
/// @param periods the term, in periods
/// @param shards how many shards are wanted
/// @param rest what becomes of the shards that an answer leaves over
/// @param region only providers that declare this region (ISO 3166-1 numeric); 0 = any
/// @param minScoreBps only providers with at least this score, 1/10,000; 0 = any
/// @param collateralPeriods least collateral, in periods of the agreement's rent
/// @param expiry unix seconds from which the bid can no longer be answered; mandatory
/// @param climbSeconds seconds from the posting until the price is at its ceiling; 0 = at once
/// @param startPrice token wei for one unit over one period, to begin with
/// @param ceiling token wei for one unit over one period, at most
struct BidTerms {
    bytes32 objectKey;
    bytes32 shardsRoot;
    uint32 units;
    uint24 periods;
    uint8 shards;
    Rest rest;
    uint16 region;
    uint16 minScoreBps;
    uint24 collateralPeriods;
    uint40 expiry;
    uint32 climbSeconds;
    uint64 startPrice;
    uint64 ceiling;
}

/// @notice A bid in the book.
/// @param client who pays
/// @param postedAt unix seconds
/// @param shardsLeft shards that nobody holds yet
struct Bid {
    BidTerms terms;
    address client;
    uint40 postedAt;
    uint8 shardsLeft;
}
