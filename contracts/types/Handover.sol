// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "./StorageAgreement.sol";

/// @notice What a successor signs to take an agreement over for the rest of its term, at its price, behind its own collateral.
/// @param agreement the live agreement
/// @param objectKey the object that the shard belongs to
/// @param successor the provider that takes over
/// @param nonce unordered: each node key uses a number once
/// @param deadline unix seconds after which the handover no longer holds
struct Handover {
    AgreementId agreement;
    bytes32 objectKey;
    uint32 successor;
    uint64 nonce;
    uint64 deadline;
}

using HandoverLib for Handover global;

/// @notice EIP-712 encoding of handovers.
library HandoverLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
    );

    /// @dev Every member is a value type, so the ABI encoding of the struct is its EIP-712 encoding.
    function hash(Handover calldata handover) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, handover));
    }
}
