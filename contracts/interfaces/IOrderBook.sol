// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAsks} from "./orders/IAsks.sol";
import {IBids} from "./orders/IBids.sol";

/// @title Standing orders
/// @notice Two sides of one book: asks of providers, bids of clients. Holds no tokens; what is behind bids is locked in the Escrow.
interface IOrderBook is IAsks, IBids {
    /// @notice Only forming agreements fills orders.
    error OrderBook_NotAgreements(address caller);
}
