// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {BidTree} from "./BidTree.sol";
import {CallTable} from "./CallTable.sol";

/// @notice Bids of the client for shards of one object, and what answers them.
abstract contract BidFixture is CallTable {
    bytes32 internal constant WANTED = keccak256("wanted");
    uint64 internal constant START_PRICE = PRICE;
    uint64 internal constant CEILING = 3 * PRICE;
    uint32 internal constant CLIMB = 1_000;
    uint16 internal constant REGION = 826;

    /// @notice An answer as it is sent.
    struct Answer {
        uint64 bidId;
        StorageAgreement[] list;
        bytes[] signatures;
        bytes32[][] proofs;
    }

    /// @dev Roots of the shards of the bid that was built last.
    bytes32[] internal shardRoots;

    function _bidTerms(uint8 shards, Rest rest) internal returns (BidTerms memory) {
        delete shardRoots;
        for (uint8 i; i < shards; ++i) {
            shardRoots.push(_agreement(holder, WANTED, i, UNITS, TERM).shardRoot);
        }
        return
            BidTerms({
                objectKey: WANTED,
                shardsRoot: BidTree.rootOf(shardRoots),
                units: UNITS,
                periods: TERM,
                shards: shards,
                rest: rest,
                region: 0,
                minScoreBps: 0,
                collateralPeriods: COLLATERAL_PERIODS,
                expiry: uint40(block.timestamp + 1 days),
                climbSeconds: CLIMB,
                startPrice: START_PRICE,
                ceiling: CEILING
            });
    }

    function _postBid(BidTerms memory terms) internal returns (uint64) {
        vm.prank(client);
        return orderBook.postBid(terms);
    }

    function _postBid(uint8 shards, Rest rest) internal returns (uint64) {
        return _postBid(_bidTerms(shards, rest));
    }

    /// @notice The agreement by which a provider takes one of a bid's shards.
    function _taking(
        uint64 bidId,
        Provider memory p,
        uint8 shard,
        uint64 price
    ) internal returns (StorageAgreement memory a) {
        a = _agreement(p, WANTED, shard, UNITS, TERM);
        a.pricePerUnitPeriod = price;
        a.collateral = uint96(uint256(price) * UNITS * COLLATERAL_PERIODS);
        (a.askId, a.bidId, a.nonce) = (0, bidId, orderBook.nonceOf(bidId, shard));
        a.deadline = uint64(block.timestamp + 365 days);
    }

    /// @notice An answer for shards [first, first + count) by the providers with these numbers, at one price.
    function _answer(uint64 bidId, uint8 first, uint8 count, uint64 price) internal returns (Answer memory answer) {
        answer = Answer(bidId, new StorageAgreement[](count), new bytes[](count), new bytes32[][](count));
        for (uint8 i; i < count; ++i) {
            uint8 shard = first + i;
            answer.list[i] = _taking(bidId, providers[shard], shard, price);
            answer.proofs[i] = BidTree.proofOf(shardRoots, shard);
        }
        _signAll(answer);
    }

    function _signAll(Answer memory answer) internal view {
        for (uint256 i; i < answer.list.length; ++i) {
            StorageAgreement memory a = answer.list[i];
            answer.signatures[i] = _sign(providers[a.provider - 1].nodeKey, agreements.digestOf(a));
        }
    }

    /// @dev Whoever sends it.
    function _send(Answer memory answer) internal returns (AgreementId[] memory) {
        return orderBook.answerBid(answer.bidId, answer.list, answer.signatures, answer.proofs);
    }

    function _answerCall(Answer memory answer) internal returns (Call memory) {
        bytes memory data = abi.encodeCall(
            orderBook.answerBid,
            (answer.bidId, answer.list, answer.signatures, answer.proofs)
        );
        return Call(makeAddr("relayer"), address(orderBook), data);
    }

    function _postBidCall(BidTerms memory terms) internal view returns (Call memory) {
        return Call(client, address(orderBook), abi.encodeCall(orderBook.postBid, (terms)));
    }

    // ------------------------------------------------------------------- money

    /// @notice Rent and burn of one shard at the ceiling, rounded up.
    function _reserved(BidTerms memory terms) internal pure returns (uint256 value) {
        value = uint256(terms.ceiling) * terms.units * terms.periods;
        value += (value * 200 + 9_999) / 10_000;
    }

    function _lockedByBook() internal view returns (uint256) {
        return escrow.lockedBy(address(orderBook));
    }

    // ------------------------------------------------------------------ errors

    function _differs(uint64 bidId, string memory field) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IBids.OrderBook_AnswerDiffers.selector, bidId, field);
    }

    function _unknownBid(uint64 bidId) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IBids.OrderBook_UnknownBid.selector, bidId);
    }
}
