// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementParams, AgreementStore} from "./agreements/AgreementStore.sol";
import {Auditing} from "./agreements/Auditing.sol";
import {Forming} from "./agreements/Forming.sol";
import {HandingOver} from "./agreements/HandingOver.sol";
import {Renewing} from "./agreements/Renewing.sol";
import {ICollateral} from "./interfaces/ICollateral.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "./interfaces/IPriceIndex.sol";
import {IReputation} from "./interfaces/IReputation.sol";

/// @title The life of an agreement; see IAgreements
/// @dev Each step has a file of its own in agreements/; this one only puts them together.
contract Agreements is Forming, Auditing, Renewing, HandingOver {
    constructor(
        AgreementParams memory params,
        IEscrow escrow,
        INodeRegistry registry,
        IOrderBook orderBook,
        IPossessionProofs proofs,
        ICollateral collateral,
        IReputation reputation,
        IPriceIndex priceIndex,
        address audits,
        address demands
    )
        AgreementStore(params, escrow, registry, orderBook, proofs, collateral, reputation, priceIndex, audits, demands)
    {}
}
