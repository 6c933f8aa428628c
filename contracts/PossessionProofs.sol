// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICollateral} from "./interfaces/ICollateral.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {HeldSet} from "./possession/HeldSet.sol";
import {ProofParams, ProofStore} from "./possession/ProofStore.sol";
import {Proving} from "./possession/Proving.sol";

/// @title Proof that providers still hold the bytes; see IPossessionProofs
/// @dev Each part has a file of its own in possession/; this one only puts them together.
contract PossessionProofs is HeldSet, Proving {
    constructor(
        ProofParams memory params,
        IRandomness randomness,
        INodeRegistry registry,
        ICollateral collateral,
        IReputation reputation,
        address agreements
    ) ProofStore(params, randomness, registry, collateral, reputation, agreements) {}
}
