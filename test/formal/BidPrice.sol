// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bid, BidTerms} from "../../contracts/types/Bid.sol";
import {StandIns} from "./StandIns.sol";

/// @dev Assertions without a name are steps on the way, proved like the others.
contract BidPrice is StandIns {
    // take contracts/libraries/Compatibility.sol: priceOf, pegged, _BPS

    function within(Bid memory bid, uint256 time) external {
        require(time >= bid.postedAt && bid.terms.startPrice <= bid.terms.ceiling);
        uint256 range = bid.terms.ceiling - bid.terms.startPrice;
        uint256 elapsed = time - bid.postedAt;
        uint256 climb = bid.terms.climbSeconds;
        if (elapsed < climb) {
            assert(range * elapsed <= range * climb);
            assert((range * elapsed) / climb <= range);
        }
        uint256 price = priceOf(bid, time);
        // property bid-within: A bid pays at least its start and at most its ceiling, at any time.
        assert(price >= bid.terms.startPrice && price <= bid.terms.ceiling);
    }

    function rising(Bid memory bid, uint256 early, uint256 late) external {
        require(early >= bid.postedAt && late >= early && bid.terms.startPrice <= bid.terms.ceiling);
        uint256 range = bid.terms.ceiling - bid.terms.startPrice;
        uint256 climb = bid.terms.climbSeconds;
        (uint256 first, uint256 second) = (early - bid.postedAt, late - bid.postedAt);
        if (first < climb) {
            assert(range * first <= range * climb);
            assert((range * first) / climb <= range);
        }
        if (second < climb) {
            assert(range * first <= range * second);
            assert((range * first) / climb <= (range * second) / climb);
        }
        // property bid-rising: The price of a bid never falls.
        assert(priceOf(bid, early) <= priceOf(bid, late));
    }

    function whole(Bid memory bid, uint256 time) external {
        require(time >= bid.postedAt && time - bid.postedAt >= bid.terms.climbSeconds);
        // property bid-ceiling: Once the climb is over, a bid pays its ceiling.
        assert(priceOf(bid, time) == bid.terms.ceiling);
    }

    function peg(uint64 floor, uint16 premium, uint64 ceiling, uint64 quote) external {
        require(floor <= ceiling);
        uint256 price = pegged(floor, premium, ceiling, quote);
        // property peg-within: What a pegged ask wants lies between its floor and its ceiling.
        assert(price >= floor && price <= ceiling);
    }

    function pegRising(uint64 floor, uint16 premium, uint64 ceiling, uint64 low, uint64 high) external {
        require(floor <= ceiling && low <= high);
        assert(uint256(low) * premium <= uint256(high) * premium);
        // property peg-rising: It never falls when the index rises.
        assert(pegged(floor, premium, ceiling, low) <= pegged(floor, premium, ceiling, high));
    }
}
