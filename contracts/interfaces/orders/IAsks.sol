// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ask} from "../../types/Ask.sol";
import {SignedAsk} from "../../types/SignedAsk.sol";

/// @title Standing orders to sell
/// @notice Providers post asks, or sign them and spread them off the chain; forming an agreement takes a part of one. An ask's price is fixed, or
/// follows the index.
interface IAsks {
    /// @notice An ask was posted, with all its terms.
    event AskPosted(uint64 indexed askId, uint32 indexed provider, Ask ask);
    /// @notice An ask has new terms; the old ones no longer hold.
    event AskAmended(uint64 indexed askId, uint32 indexed provider, Ask ask);
    /// @notice An ask was withdrawn by its provider.
    event AskCancelled(uint64 indexed askId, uint32 indexed provider);
    /// @notice Forming an agreement took `units` out of an ask; `unitsLeft` stay on offer.
    event AskFilled(uint64 indexed askId, uint32 indexed provider, uint32 units, uint32 unitsLeft);
    /// @notice Asks that the provider signed in a series before `series` can no longer be brought.
    event SeriesStarted(uint32 indexed provider, uint32 series);

    error OrderBook_UnknownAsk(uint64 askId);
    error OrderBook_NotAuthorized(uint32 provider, address caller);
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
    error OrderBook_BadAskSignature(uint32 provider, address recovered, address expected);
    /// @notice The provider signed the ask in a series that is over.
    error OrderBook_SeriesOver(uint32 provider, uint32 signed, uint32 current);
    /// @notice The ask was brought before, or cancelled.
    error OrderBook_AskKnown(uint64 askId);

    /// @notice Posts an ask for a provider. Operator or node key only.
    /// @dev Requirements: the provider has its placement id; price, units and collateral are not zero; min <= max; expiry lies ahead; a pegged ask's premium is
    /// from half to twice the index and its ceiling not below its floor; a fixed ask has neither.
    function postAsk(Ask calldata ask) external returns (uint64 askId);

    /// @notice Replaces the terms and what is left of an ask; its id, and so its place, stays.
    /// @dev Requirements: as `postAsk`; the provider does not change.
    function amendAsk(uint64 askId, Ask calldata ask) external;

    /// @notice Withdraws asks of one provider, posted or brought. Operator or node key only.
    function cancelAsks(uint32 provider, uint64[] calldata askIds) external;

    /// @notice Voids all asks that the provider signed so far and that nobody brought, by starting a new series. Operator or node key only.
    function startSeries(uint32 provider) external returns (uint32 series);

    /// @notice Puts an ask into the book that its provider signed off the chain, to be filled like a posted one. Anyone; the filler pays for it.
    /// @dev Requirements: signed by the provider's node key or operator (EIP-712, ERC-1271), in its current series; as `postAsk`; not brought before.
    /// @return askId the upper bit and 63 bits of the hash of what was signed, so known before
    function bringAsk(SignedAsk calldata signed, bytes calldata signature) external returns (uint64 askId);

    /// @notice Takes a part of an ask. Agreements only.
    /// @dev Requirements: every condition of the ask holds for the agreement. The provider signed the agreement, and with it the price: of a pegged ask the
    /// book asks for the floor only, so that no period that begins between signing and forming can void what both signed.
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

    /// @notice Reverts unless every condition of an ask, but for what is left of it, holds for an agreement with its provider, at what a pegged ask wants now.
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
    /// @notice What an ask wants now, token wei for one unit over one period.
    function askPrice(uint64 askId) external view returns (uint256);
    /// @notice Number of asks ever posted; ids run from 1 to this. Asks that were brought have ids of their own.
    function askCount() external view returns (uint64);
    /// @notice Posted asks with ids in [from, from + max), for paging.
    function asksPage(uint64 from, uint64 max) external view returns (Ask[] memory);
    /// @notice The series that a provider's signed asks have to name.
    function seriesOf(uint32 provider) external view returns (uint32);
    /// @notice EIP-712 digest of a signed ask, and the id that it has in the book.
    function signedAsk(SignedAsk calldata signed) external view returns (bytes32 digest, uint64 askId);
}
