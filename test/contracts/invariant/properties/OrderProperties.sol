// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceIndex} from "../../../../contracts/interfaces/IPriceIndex.sol";
import {IReputation} from "../../../../contracts/interfaces/IReputation.sol";
import {Bid} from "../../../../contracts/types/Bid.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 51 to 59 of README.md: bids, capacity, the price index, distinct clients.
abstract contract OrderProperties is Sums {
    function _checkOrders() internal view {
        _i51_lockOfOrderBook();
        _i52_bidsCostAtMostTheirCeiling();
        _i53_bids();
        _i55_indexCounts();
        _i56_indexIsBounded();
        _unbroken(57, "I57 a signed ask was brought twice");
        _unbroken(59, "I59 a bid for a lost shard was posted that may not be");
    }

    function _checkOrdersOf(uint32 provider) internal view {
        _i54_capacity(provider);
        _i58_distinctClients(provider);
    }

    function _i51_lockOfOrderBook() private view {
        uint256 behind;
        for (uint256 i; i < openBids.length; ++i) {
            BidGhost storage g = bidGhosts[openBids[i]];
            behind += g.reserved * g.shardsLeft;
        }
        uint256 locked = escrow.lockedBy(address(orderBook));
        _same(locked, behind, "I51 lock of OrderBook", 0);
        _same(locked, lockerGhosts[address(orderBook)], "I51 lock of OrderBook, by events", 0);
    }

    function _i52_bidsCostAtMostTheirCeiling() private view {
        _unbroken(52, "I52 a shard of a bid cost more than the bid said");
        uint64 count = orderBook.bidCount();
        // What is over does not change; the last few are enough.
        for (uint64 id = count < 8 ? 1 : count - 7; id <= count; ++id) {
            BidGhost storage g = bidGhosts[id];
            uint256 left = g.open ? g.shardsLeft : 0;
            _same(g.given, g.reserved * (g.terms.shards - left), "I52 money behind bid", id);
        }
    }

    function _i53_bids() private view {
        _unbroken(53, "I53 a bid was taken or closed as it may not be");
        for (uint256 i; i < openBids.length; ++i) {
            BidGhost storage g = bidGhosts[openBids[i]];
            Bid memory bid = orderBook.bids(openBids[i]);
            _same(bid.shardsLeft, g.shardsLeft, "I53 shards left of bid", openBids[i]);
            _holds(bid.client == g.client, "I53 client of bid", openBids[i]);
            _same(g.due, 0, "I53 answered and not formed: shards of bid", openBids[i]);
        }
    }

    function _i54_capacity(uint32 provider) private view {
        _unbroken(54, "I54 a provider took more than it declared");
        _same(registry.capacityOf(provider), providerGhosts[provider].capacity, "I54 capacity of provider", provider);
    }

    function _i55_indexCounts() private view {
        (IPriceIndex.Level memory level, ) = priceIndex.current();
        uint256 units;
        for (uint256 i; i < live.length; ++i) units += agreementGhosts[live[i]].units;
        _same(level.committed, units, "I55 committed", 0);
        _same(level.committed, committed, "I55 committed, by events", 0);
        uint256 bonded;
        for (uint32 provider = 1; provider <= providers.length; ++provider) bonded += registry.capacityOf(provider);
        _same(level.bonded, bonded, "I55 bonded", 0);
    }

    function _i56_indexIsBounded() private view {
        _unbroken(56, "I56 the index moved too far, too often, or out of its range");
        (, IPriceIndex.Signal memory signal) = priceIndex.current();
        _same(signal.entries, indexEntries, "I56 entries of the index", 0);
        if (indexEntries == 0) return;
        IPriceIndex.Entry memory last = priceIndex.history(1)[0];
        _same(last.period, indexGhost.period, "I56 period of the last entry", 0);
        _same(last.index, indexGhost.index, "I56 index of the last entry", 0);
    }

    function _i58_distinctClients(uint32 provider) private view {
        _unbroken(58, "I58 a client was counted twice, or without having been served");
        IReputation.Clients memory actual = reputation.clientsOf(provider);
        IReputation.Clients storage g = clientGhosts[provider];
        _same(actual.epoch, g.epoch, "I58 epoch of provider", provider);
        _same(actual.recent, g.recent, "I58 recent clients of provider", provider);
        _same(actual.before, g.before, "I58 former clients of provider", provider);
    }
}
