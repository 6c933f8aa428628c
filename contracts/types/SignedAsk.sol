// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ask} from "./Ask.sol";

/// @notice An ask that its provider signed off the chain. It costs nothing until somebody brings it to the order book to fill it.
/// @param ask the terms; `unitsLeft` is all that the ask ever offers
/// @param nonce makes two asks with the same terms differ
/// @param series the provider's series at signing; starting a new one voids all of the former
struct SignedAsk {
    Ask ask;
    uint64 nonce;
    uint32 series;
}

/// @notice EIP-712 encoding of signed asks.
library SignedAskLib {
    bytes32 internal constant ASK_TYPEHASH = keccak256(
        "Ask(uint32 provider,uint64 pricePerUnitPeriod,uint32 unitsLeft,uint32 minUnits,uint32 maxUnits,uint40 expiry,uint24 collateralPeriods,uint24 minPeriods,uint24 maxPeriods,uint16 region,uint96 minClientDeposit,uint64 retrievalPricePerMiB,uint16 premiumBps,uint64 ceiling)"
    );
    bytes32 internal constant TYPEHASH = keccak256(
        "SignedAsk(Ask ask,uint64 nonce,uint32 series)Ask(uint32 provider,uint64 pricePerUnitPeriod,uint32 unitsLeft,uint32 minUnits,uint32 maxUnits,uint40 expiry,uint24 collateralPeriods,uint24 minPeriods,uint24 maxPeriods,uint16 region,uint96 minClientDeposit,uint64 retrievalPricePerMiB,uint16 premiumBps,uint64 ceiling)"
    );
    /// @dev Ids of posted asks count from 1 and never get there.
    uint64 private constant _SIGNED = 1 << 63;

    /// @dev Every member of an ask is a value type, so the ABI encoding of the struct is its EIP-712 encoding.
    function hash(SignedAsk calldata signed) internal pure returns (bytes32) {
        bytes32 askHash = keccak256(abi.encode(ASK_TYPEHASH, signed.ask));
        return keccak256(abi.encode(TYPEHASH, askHash, signed.nonce, signed.series));
    }

    /// @notice Id that a signed ask has in the order book: the upper bit, and 63 bits of its hash.
    function idOf(bytes32 structHash) internal pure returns (uint64) {
        return uint64(uint256(structHash)) | _SIGNED;
    }
}
