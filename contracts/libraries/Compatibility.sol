// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAsks} from "../interfaces/orders/IAsks.sol";
import {IBids} from "../interfaces/orders/IBids.sol";
import {Ask} from "../types/Ask.sol";
import {Bid, BidTerms} from "../types/Bid.sol";
import {StorageAgreement} from "../types/StorageAgreement.sol";

/// @notice When an ask and an agreement go together, and a bid and an answer: one pure rule each, the same in `node/market/compatibility.ts`.
library Compatibility {
    uint256 private constant _BPS = 10_000;

    /// @notice The price of an ask: fixed, or the index at a premium, between floor and ceiling. Token wei for one unit over one period.
    /// @param quote the index's price in this period; not looked at for a fixed ask
    function priceOf(Ask memory ask, uint256 quote) internal pure returns (uint256 price) {
        uint256 floor = ask.pricePerUnitPeriod;
        if (ask.premiumBps == 0) return floor;
        price = (quote * ask.premiumBps + _BPS - 1) / _BPS;
        if (price > ask.ceiling) price = ask.ceiling;
        if (price < floor) price = floor;
    }

    /// @notice Reverts with the first condition of an ask that an agreement does not meet.
    /// @param ask with the least price that counts: its own, or of a pegged one what it wants now
    /// @param taken units that would come out of what is left
    /// @param price token wei for one unit over one period
    /// @param clientDeposit available escrow balance of whoever pays, token wei
    /// @param time unix seconds
    function requireFits(
        Ask memory ask,
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint32 taken,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit,
        uint256 time
    ) internal pure {
        require(ask.provider != 0, IAsks.OrderBook_UnknownAsk(askId));
        require(ask.provider == provider, IAsks.OrderBook_WrongProvider(askId, ask.provider, provider));
        require(time < ask.expiry, IAsks.OrderBook_AskExpired(askId, ask.expiry));
        require(
            units >= ask.minUnits && units <= ask.maxUnits,
            IAsks.OrderBook_UnitsOutOfRange(askId, units, ask.minUnits, ask.maxUnits)
        );
        require(taken <= ask.unitsLeft, IAsks.OrderBook_CapacityExceeded(askId, ask.unitsLeft, taken));
        require(
            periods >= ask.minPeriods && periods <= ask.maxPeriods,
            IAsks.OrderBook_PeriodsOutOfRange(askId, periods, ask.minPeriods, ask.maxPeriods)
        );
        require(price >= ask.pricePerUnitPeriod, IAsks.OrderBook_PriceBelowAsk(askId, price, ask.pricePerUnitPeriod));
        require(
            collateralPeriods >= ask.collateralPeriods,
            IAsks.OrderBook_CollateralBelowAsk(askId, collateralPeriods, ask.collateralPeriods)
        );
        require(
            clientDeposit >= ask.minClientDeposit,
            IAsks.OrderBook_DepositBelowAsk(askId, clientDeposit, ask.minClientDeposit)
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
