// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAsks} from "../interfaces/orders/IAsks.sol";
import {IBids} from "../interfaces/orders/IBids.sol";
import {Bid, BidTerms} from "../types/Bid.sol";
import {StorageAgreement} from "../types/StorageAgreement.sol";
import {AskWords} from "./AskWords.sol";

/// @notice When an ask and an agreement go together, and a bid and an answer: one pure rule each. That of asks stands in `node/market/compatibility.ts` alike.
library Compatibility {
    using AskWords for uint256;

    uint256 private constant _BPS = 10_000;

    /// @notice What a pegged ask wants: the index at its premium, rounded up, not above its ceiling and not below its floor.
    /// @param quote the index's price in this period, token wei for one unit over one period
    /// @return price token wei for one unit over one period
    function pegged(
        uint256 floor,
        uint256 premiumBps,
        uint256 ceiling,
        uint256 quote
    ) internal pure returns (uint256 price) {
        price = (quote * premiumBps + _BPS - 1) / _BPS;
        if (price > ceiling) price = ceiling;
        if (price < floor) price = floor;
    }

    /// @notice Reverts unless an ask stands, and is of that provider.
    /// @param head the ask's first word
    /// @param time unix seconds
    function requireStands(uint256 head, uint64 askId, uint32 provider, uint256 time) internal pure {
        uint32 owner = head.provider();
        require(owner != 0, IAsks.OrderBook_UnknownAsk(askId));
        require(owner == provider, IAsks.OrderBook_WrongProvider(askId, owner, provider));
        require(time < head.expiry(), IAsks.OrderBook_AskExpired(askId, head.expiry()));
    }

    /// @notice Reverts with the first condition of an ask that stands and that an agreement does not meet.
    /// @param head the ask's first word, with the least price that counts: its own, or of a pegged one what it wants now
    /// @param tail its second word
    /// @param price token wei for one unit over one period
    /// @param clientDeposit available escrow balance of whoever pays, token wei
    function requireFits(
        uint256 head,
        uint256 tail,
        uint64 askId,
        uint32 units,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) internal pure {
        require(
            units >= head.minUnits() && units <= head.maxUnits(),
            IAsks.OrderBook_UnitsOutOfRange(askId, units, head.minUnits(), head.maxUnits())
        );
        require(units <= head.unitsLeft(), IAsks.OrderBook_CapacityExceeded(askId, head.unitsLeft(), units));
        require(
            periods >= tail.minPeriods() && periods <= tail.maxPeriods(),
            IAsks.OrderBook_PeriodsOutOfRange(askId, periods, tail.minPeriods(), tail.maxPeriods())
        );
        require(price >= head.price(), IAsks.OrderBook_PriceBelowAsk(askId, price, head.price()));
        require(
            collateralPeriods >= head.collateralPeriods(),
            IAsks.OrderBook_CollateralBelowAsk(askId, collateralPeriods, head.collateralPeriods())
        );
        require(
            clientDeposit >= tail.minClientDeposit(),
            IAsks.OrderBook_DepositBelowAsk(askId, clientDeposit, tail.minClientDeposit())
        );
    }

    /// @notice Reverts with the first condition of a bid that an agreement does not meet: those that follow from the two alone.
    /// @param bidId the bid's number
    /// @param price what the bid pays now, token wei for one unit over one period
    function requireAnswers(Bid memory bid, uint64 bidId, uint256 price, StorageAgreement memory a) internal pure {
        BidTerms memory terms = bid.terms;
        require(a.client == bid.client, IBids.OrderBook_AnswerDiffers(bidId, "client"));
        require(a.bidId == bidId, IBids.OrderBook_AnswerDiffers(bidId, "bidId"));
        // An ask could ask the client for more than the bid says.
        require(a.askId == 0, IBids.OrderBook_AnswerDiffers(bidId, "askId"));
        require(a.objectKey == terms.objectKey, IBids.OrderBook_AnswerDiffers(bidId, "objectKey"));
        require(a.units == terms.units, IBids.OrderBook_AnswerDiffers(bidId, "units"));
        require(a.periods == terms.periods, IBids.OrderBook_AnswerDiffers(bidId, "periods"));
        require(a.nonce == nonceOf(bidId, a.shardIndex), IBids.OrderBook_AnswerDiffers(bidId, "nonce"));
        require(a.pricePerUnitPeriod <= price, IBids.OrderBook_PriceAboveBid(bidId, a.pricePerUnitPeriod, price));
        uint256 least = uint256(a.units) * a.pricePerUnitPeriod * terms.collateralPeriods;
        require(a.collateral >= least, IBids.OrderBook_CollateralBelowBid(bidId, a.collateral, least));
    }

    /// @notice The client's nonce that the agreement for a bid's shard has, so that no shard of a bid is taken twice: the upper bit, the bid, the shard.
    function nonceOf(uint64 bidId, uint8 shardIndex) internal pure returns (uint64) {
        return (1 << 63) | (bidId << 8) | shardIndex;
    }

    /// @notice The price of a bid: linear from its start to its ceiling over its climb. Token wei for one unit over one period, rounded down.
    /// @param time unix seconds, not before the posting
    function priceOf(Bid memory bid, uint256 time) internal pure returns (uint256) {
        BidTerms memory terms = bid.terms;
        uint256 elapsed = time - bid.postedAt;
        if (elapsed >= terms.climbSeconds) return terms.ceiling;
        return terms.startPrice + (uint256(terms.ceiling - terms.startPrice) * elapsed) / terms.climbSeconds;
    }
}
