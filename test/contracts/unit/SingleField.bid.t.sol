// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {BidFixture} from "../support/BidFixture.sol";

/// @notice A valid bid, one member changed at a time: each with its exact error.
contract SingleFieldBidTest is BidFixture {
    function _good() private returns (BidTerms memory) {
        return _bidTerms(2, Rest.Stand);
    }

    function _invalid(BidTerms memory terms, string memory field) private {
        bytes memory err = abi.encodeWithSelector(IBids.OrderBook_InvalidBid.selector, field);
        _single(_postBidCall(_good()), _postBidCall(terms), err);
    }

    function test_RevertWhen_ThereIsNoObject() public {
        BidTerms memory terms = _good();
        terms.objectKey = 0;
        _invalid(terms, "objectKey");
    }

    function test_RevertWhen_ThereIsNoRoot() public {
        BidTerms memory terms = _good();
        terms.shardsRoot = 0;
        _invalid(terms, "shardsRoot");
    }

    function test_RevertWhen_ShardsHaveNoUnits() public {
        BidTerms memory terms = _good();
        terms.units = 0;
        _invalid(terms, "units");
    }

    function test_RevertWhen_TheTermIsNone() public {
        BidTerms memory terms = _good();
        terms.periods = 0;
        _invalid(terms, "periods");
    }

    function test_RevertWhen_NoShardsAreWanted() public {
        BidTerms memory terms = _good();
        terms.shards = 0;
        _invalid(terms, "shards");
    }

    function test_RevertWhen_TheScoreFloorIsAboveOne() public {
        BidTerms memory terms = _good();
        terms.minScoreBps = 10_001;
        _invalid(terms, "minScoreBps");
        terms.minScoreBps = 10_000;
        _expect(_postBidCall(terms), OK, "of a floor of one");
    }

    function test_RevertWhen_NoCollateralIsWanted() public {
        BidTerms memory terms = _good();
        terms.collateralPeriods = 0;
        _invalid(terms, "collateralPeriods");
    }

    function test_RevertWhen_TheExpiryDoesNotLieAhead() public {
        BidTerms memory terms = _good();
        terms.expiry = uint40(block.timestamp);
        _invalid(terms, "expiry");
        terms.expiry = uint40(block.timestamp + 1);
        _expect(_postBidCall(terms), OK, "of a second ahead");
    }

    function test_RevertWhen_TheStartIsNothing() public {
        BidTerms memory terms = _good();
        terms.startPrice = 0;
        _invalid(terms, "startPrice");
    }

    function test_RevertWhen_TheStartIsAboveTheCeiling() public {
        BidTerms memory terms = _good();
        terms.startPrice = terms.ceiling + 1;
        _invalid(terms, "startPrice");
        terms.startPrice = terms.ceiling;
        _expect(_postBidCall(terms), OK, "of a start at the ceiling");
    }

    /// @dev At the start price already: or nobody could answer before it is worth enough.
    function test_RevertWhen_TheValueIsTooSmall() public {
        BidTerms memory terms = _good();
        (terms.units, terms.periods, terms.startPrice) = (1, 1, uint64(agreements.minValue() - 1));
        _invalid(terms, "value");
        terms.startPrice += 1;
        _expect(_postBidCall(terms), OK, "of the least value");
    }

    function test_RevertWhen_TheMoneyIsNotThere() public {
        BidTerms memory terms = _good();
        uint256 needed = 2 * _reserved(terms);
        uint256 available = escrow.availableOf(client);
        vm.prank(client);
        escrow.withdraw(client, available - needed);
        uint256 snapshot = vm.snapshotState();
        _expect(_postBidCall(terms), OK, "with just enough");
        vm.revertToState(snapshot);
        vm.prank(client);
        escrow.withdraw(client, 1);
        bytes4 err = IEscrow.Escrow_InsufficientBalance.selector;
        bytes memory short = abi.encodeWithSelector(err, client, needed - 1, needed);
        _expect(_postBidCall(terms), short, "with a wei less");
    }

    /// @dev More than 96 bits of money are asked for and not cut.
    function test_RevertWhen_TheValueLeavesItsWidth() public {
        BidTerms memory terms = _good();
        (terms.units, terms.periods) = (type(uint32).max, type(uint24).max);
        (terms.ceiling, terms.shards) = (type(uint64).max, 255);
        uint256 needed = 255 * _reserved(terms);
        bytes4 err = IEscrow.Escrow_InsufficientBalance.selector;
        bytes memory short = abi.encodeWithSelector(err, client, escrow.availableOf(client), needed);
        _expect(_postBidCall(terms), short, "of everything at its most");
        assertGt(needed, type(uint96).max);
    }

    function test_WhatMayBeZeroMayBe() public {
        BidTerms memory terms = _good();
        (terms.region, terms.minScoreBps, terms.climbSeconds) = (0, 0, 0);
        _expect(_postBidCall(terms), OK, "of zeros");
    }
}
