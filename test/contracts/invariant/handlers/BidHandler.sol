// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BidTerms, Rest} from "../../../../contracts/types/Bid.sol";
import {StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";
import {BidTree} from "../../support/BidTree.sol";
import {ConstantShard} from "../../support/ConstantShard.sol";
import {OrderHandler} from "./OrderHandler.sol";

/// @notice What happens to bids: posted, answered in whole and in part, taken back, closed.
abstract contract BidHandler is OrderHandler {
    uint256 private constant MAX_OPEN = 5;
    uint256 private constant MAX_LIVE = 18;
    uint256 private constant MAX_SHARDS = 3;

    /// @dev Of shards that follow each other. Each bid that clients post is for an object of its own.
    mapping(uint64 bid => bytes32[]) private _roots;
    mapping(uint64 bid => uint8) private _firstShard;

    function bid_post(uint256 seed) external witnessed {
        require(openBids.length < MAX_OPEN, "enough bids");
        address owner = _client(seed);
        uint64 bidId = orderBook.bidCount() + 1;
        // The pair has one provider, which holds one shard of an object.
        uint256 shards = owner == pairClient ? 1 : 1 + ((seed >> 8) % MAX_SHARDS);
        uint32 units = uint32(1 << ((seed >> 16) % 4));
        bytes32 objectKey = keccak256(abi.encode("bid", bidId));
        for (uint8 i; i < shards; ++i) {
            bytes32 fill = keccak256(abi.encode(objectKey, i, units));
            _roots[bidId].push(ConstantShard.rootOf(fill, units));
            fillOf[_roots[bidId][i]] = fill;
        }
        uint256 start = 1e6 + ((seed >> 32) % PRICE);
        BidTerms memory terms = BidTerms({
            objectKey: objectKey,
            shardsRoot: BidTree.rootOf(_roots[bidId]),
            units: units,
            periods: uint24(1 + ((seed >> 96) % 16)),
            shards: uint8(shards),
            rest: Rest((seed >> 104) % 3),
            region: seed >> 255 == 1 ? 826 : 0,
            minScoreBps: 0,
            collateralPeriods: uint24(1 + ((seed >> 112) % 30)),
            expiry: uint40(block.timestamp + 10 minutes + ((seed >> 120) % 3 days)),
            climbSeconds: uint32((seed >> 160) % 1 days),
            startPrice: uint64(start),
            ceiling: uint64(start + ((seed >> 192) % PRICE))
        });
        vm.prank(owner);
        orderBook.postBid(terms);
    }

    /// @dev By whoever relays it. The answered shards are the first ones that nobody holds yet.
    function bid_answer(uint256 seed) external witnessed {
        (uint64 bidId, uint256 count) = _answerable(seed);
        uint256 found;
        StorageAgreement[] memory list = new StorageAgreement[](count);
        bytes[] memory signatures = new bytes[](count);
        bytes32[][] memory proofs_ = new bytes32[][](count);
        uint32 provider = uint32(seed % providers.length);
        uint8 shard = _firstShard[bidId];
        for (uint256 tried; found < count; ++tried) {
            require(tried < providers.length, "too few providers");
            provider = uint32(1 + (provider % providers.length));
            if (!_mayAnswer(bidId, provider)) continue;
            while ((bidGhosts[bidId].taken >> shard) & 1 == 1) ++shard;
            list[found] = _taking(bidId, provider, shard, seed >> 16);
            signatures[found] = _signFor(provider, agreements.digestOf(list[found]));
            proofs_[found++] = BidTree.proofOf(_roots[bidId], shard++ - _firstShard[bidId]);
        }
        vm.prank(reporter);
        orderBook.answerBid(bidId, list, signatures, proofs_);
    }

    function bid_cancel(uint256 seed) external witnessed {
        uint64 bidId = _bidWhere(seed, _isOpen);
        vm.prank(bidGhosts[bidId].client);
        orderBook.cancelBid(bidId);
    }

    function bid_close(uint256 seed) external witnessed {
        uint64 bidId = _bidWhere(seed, _isExpired);
        vm.prank(reporter);
        orderBook.closeBid(bidId);
    }

    /// @dev A bid for one shard, of any number.
    function _wants(uint64 bidId, uint8 shardIndex, bytes32 root) internal {
        _firstShard[bidId] = shardIndex;
        _roots[bidId].push(root);
    }

    /// @return bidId one that has not expired
    /// @return count shards to answer: all where the bid wants all or none, else some
    function _answerable(uint256 seed) private view returns (uint64 bidId, uint256 count) {
        bidId = _bidWhere(seed >> 8, _isOnOffer);
        BidGhost storage g = bidGhosts[bidId];
        count = g.terms.rest == Rest.AllOrNone ? g.shardsLeft : 1 + ((seed >> 200) % g.shardsLeft);
        require(live.length + count <= MAX_LIVE, "enough agreements");
    }

    function _mayAnswer(uint64 bidId, uint32 provider) private view returns (bool) {
        BidGhost storage g = bidGhosts[bidId];
        if (!_works(provider) || !_mayDeal(g.client, provider) || !_hasRoom(provider, g.terms.units)) return false;
        return !_holdsShardOf(provider, g.client, g.terms.objectKey);
    }

    function _taking(
        uint64 bidId,
        uint32 provider,
        uint8 shard,
        uint256 seed
    ) private view returns (StorageAgreement memory) {
        BidTerms memory terms = bidGhosts[bidId].terms;
        uint256 price = bound(seed, 1e6, orderBook.bidPrice(bidId));
        return
            StorageAgreement({
                client: bidGhosts[bidId].client,
                provider: provider,
                objectKey: terms.objectKey,
                shardIndex: shard,
                shardRoot: _roots[bidId][shard - _firstShard[bidId]],
                units: terms.units,
                pricePerUnitPeriod: uint64(price),
                periods: terms.periods,
                collateral: uint96(price * terms.units * terms.collateralPeriods),
                askId: 0,
                bidId: bidId,
                nonce: orderBook.nonceOf(bidId, shard),
                deadline: _deadline()
            });
    }

    /// @dev The first open bid, from a random one on, that fits.
    function _bidWhere(
        uint256 seed,
        function(uint64) internal view returns (bool) fits
    ) internal view returns (uint64 bidId) {
        for (uint256 i; i < openBids.length; ++i) {
            bidId = openBids[((seed % openBids.length) + i) % openBids.length];
            if (fits(bidId)) return bidId;
        }
        revert("no such bid");
    }

    function _isOpen(uint64) internal pure returns (bool) {
        return true;
    }

    function _isOnOffer(uint64 bidId) internal view returns (bool) {
        return block.timestamp < bidGhosts[bidId].terms.expiry;
    }

    function _isExpired(uint64 bidId) internal view returns (bool) {
        return !_isOnOffer(bidId);
    }
}
