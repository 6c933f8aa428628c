// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a client promises for bytes that it has read: all of it so far, not what came last. With it goes how well it was served, which the provider
/// co-signs by redeeming.
/// @param channel the channel that pays
/// @param amount token wei promised since the channel was opened, the burned part included
/// @param readBytes bytes read over the channel since it was opened, each of them checked
/// @param firstByteMs median time to the first byte, milliseconds
/// @param kibPerSecond median throughput of the reads, KiB/s, as floor(log2); 0 when too little was read to tell
struct Voucher {
    uint64 channel;
    uint96 amount;
    uint64 readBytes;
    uint32 firstByteMs;
    uint8 kibPerSecond;
}

using VoucherLib for Voucher global;

/// @notice EIP-712 encoding of vouchers and of the consent to close.
library VoucherLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Voucher(uint64 channel,uint96 amount,uint64 readBytes,uint32 firstByteMs,uint8 kibPerSecond)"
    );
    bytes32 internal constant CLOSING_TYPEHASH = keccak256(
        "Closing(Voucher voucher,uint64 deadline)Voucher(uint64 channel,uint96 amount,uint64 readBytes,uint32 firstByteMs,uint8 kibPerSecond)"
    );

    /// @dev Every member is a value type, so the ABI encoding of the struct is its EIP-712 encoding; copied as it came, five words.
    function hash(Voucher calldata voucher) internal pure returns (bytes32 result) {
        bytes32 typeHash = TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), voucher, 0xa0)
            result := keccak256(free, 0xc0)
        }
    }

    /// @notice What a provider signs to let a channel end at once, with this voucher as the last word: amount and receipt.
    /// @param voucherHash as `hash` gives it
    /// @param deadline unix seconds after which it no longer holds
    function hashClosing(bytes32 voucherHash, uint64 deadline) internal pure returns (bytes32 result) {
        bytes32 typeHash = CLOSING_TYPEHASH;
        // As keccak256(abi.encode(typeHash, voucherHash, deadline)), in memory that is free anyway.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            mstore(add(free, 0x20), voucherHash)
            mstore(add(free, 0x40), deadline)
            result := keccak256(free, 0x60)
        }
    }
}
