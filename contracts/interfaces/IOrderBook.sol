// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ask} from "../types/Ask.sol";

/// @title Standing orders
/// @notice Providers post asks; forming an agreement takes a part of one. Holds no tokens.
interface IOrderBook {
    /// @notice An ask was posted, with all its terms.
    event AskPosted(uint64 indexed askId, uint32 indexed provider, Ask ask);
    /// @notice An ask has new terms; the old ones no longer hold.
    event AskAmended(uint64 indexed askId, uint32 indexed provider, Ask ask);
    /// @notice An ask was withdrawn by its provider.
    event AskCancelled(uint64 indexed askId, uint32 indexed provider);
    /// @notice Forming an agreement took `units` out of an ask; `unitsLeft` stay on offer.
    event AskFilled(uint64 indexed askId, uint32 indexed provider, uint32 units, uint32 unitsLeft);

    error OrderBook_UnknownAsk(uint64 askId);
    error OrderBook_NotAuthorized(uint32 provider, address caller);
    error OrderBook_NotAgreements(address caller);
    error OrderBook_InvalidAsk(string field);
    error OrderBook_AskExpired(uint64 askId, uint256 expiry);
    error OrderBook_WrongProvider(uint64 askId, uint32 asked, uint32 given);
    error OrderBook_CapacityExceeded(uint64 askId, uint32 unitsLeft, uint32 units);
    error OrderBook_UnitsOutOfRange(uint64 askId, uint32 units, uint32 min, uint32 max);
    error OrderBook_PeriodsOutOfRange(uint64 askId, uint24 periods, uint24 min, uint24 max);
    error OrderBook_PriceBelowAsk(uint64 askId, uint64 price, uint64 askPrice);
    error OrderBook_CollateralBelowAsk(uint64 askId, uint256 collateralPeriods, uint256 askCollateralPeriods);
    error OrderBook_DepositBelowAsk(uint64 askId, uint256 deposit, uint256 minDeposit);
    error OrderBook_PlacementMissing(uint32 provider);

    /// @notice Posts an ask for a provider. Operator or node key only.
    /// @dev Requirements: the provider has its placement id; price, units and collateral are not zero; min <= max; expiry lies ahead.
    function postAsk(Ask calldata ask) external returns (uint64 askId);

    /// @notice Replaces the terms and what is left of an ask; its id, and so its place, stays.
    /// @dev Requirements: as `postAsk`; the provider does not change.
    function amendAsk(uint64 askId, Ask calldata ask) external;

    /// @notice Withdraws an ask. Operator or node key only.
    function cancelAsk(uint64 askId) external;

    /// @notice Takes a part of an ask. Agreements only.
    /// @dev Requirements: every condition of the ask holds for the agreement.
    /// @param clientDeposit the client's available escrow balance before the batch, in token wei
    function fill(
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) external;

    /// @notice Reverts unless every condition of an ask, but for what is left of it, holds for an agreement with its provider.
    /// @param clientDeposit available escrow balance of whoever pays, in token wei
    function requireAccepts(
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) external view;

    /// @notice The terms of an ask; all zero when it was withdrawn or never posted.
    function asks(uint64 askId) external view returns (Ask memory);
    /// @notice Number of asks ever posted; ids run from 1 to this.
    function askCount() external view returns (uint64);
    /// @notice Asks with ids in [from, from + max), for paging.
    function asksPage(uint64 from, uint64 max) external view returns (Ask[] memory);
}
