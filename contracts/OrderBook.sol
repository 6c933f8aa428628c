// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "./interfaces/IPriceIndex.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {Asks} from "./orders/Asks.sol";
import {Bids} from "./orders/Bids.sol";

/// @title Standing orders; see IOrderBook
contract OrderBook is Bids {
    constructor(
        IEscrow escrow,
        INodeRegistry registry,
        IPossessionProofs proofs,
        IReputation reputation,
        IPriceIndex priceIndex,
        address agreements
    ) Asks(registry, priceIndex, agreements) Bids(escrow, proofs, reputation) {}
}
