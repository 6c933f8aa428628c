// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "./StorageAgreement.sol";

/// @notice What a client and a provider sign to make a term longer, at the agreement's own price.
/// @param agreement the live agreement; its provider is the upper half of the id
/// @param client who pays; the agreement's client
/// @param periods added to the term
/// @param nonce unordered: each client uses a number once, for agreements and renewals together
/// @param deadline unix seconds after which the renewal no longer holds
struct Renewal {
    AgreementId agreement;
    address client;
    uint24 periods;
    uint64 nonce;
    uint64 deadline;
}

using RenewalLib for Renewal global;

/// @notice EIP-712 encoding of renewals.
library RenewalLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)"
    );

    /// @dev Every member is a value type, so the ABI encoding of the struct is its EIP-712 encoding.
    function hash(Renewal calldata renewal) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, renewal));
    }
}
