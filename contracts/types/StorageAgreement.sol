// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Identifies one agreement for ever: provider id in the upper 32 bits, the agreement's place in that
/// provider's sum tree in the lower 32. Never reused, so that no money can outlive the thing it was locked for.
type AgreementId is uint64;

using AgreementIdLib for AgreementId global;

/// @notice What an agreement's number says.
library AgreementIdLib {
    /// @notice The provider's id in the NodeRegistry.
    function providerOf(AgreementId id) internal pure returns (uint32) {
        return uint32(AgreementId.unwrap(id) >> 32);
    }
}

/// @notice What a client and a provider sign: one shard, one provider, one client, a price and a term.
/// @param client who pays; an account (EOA) or an ERC-1271 wallet
/// @param provider the provider's id in the NodeRegistry
/// @param objectKey the object that the shard belongs to
/// @param shardIndex which of the object's shards this is, 0 to 254
/// @param shardRoot SHA-256 Merkle root of the shard, over whole units
/// @param units stored size in units of 64 KiB, header unit included
/// @param pricePerUnitPeriod token wei for one unit over one period
/// @param periods the term, in periods
/// @param collateral token wei of the provider's stake locked behind this agreement; a whole multiple of one period's rent
/// @param askId the ask that is taken, or 0 for none
/// @param bidId the bid that is answered, or 0 for none
/// @param nonce unordered: each client uses a number once
/// @param deadline unix seconds after which the agreement can no longer be formed
struct StorageAgreement {
    address client;
    uint32 provider;
    bytes32 objectKey;
    uint8 shardIndex;
    bytes32 shardRoot;
    uint32 units;
    uint64 pricePerUnitPeriod;
    uint24 periods;
    uint96 collateral;
    uint64 askId;
    uint64 bidId;
    uint64 nonce;
    uint64 deadline;
}

using StorageAgreementLib for StorageAgreement global;

/// @notice EIP-712 encoding of agreements, beside the struct so that the two cannot drift apart.
library StorageAgreementLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "StorageAgreement(address client,uint32 provider,bytes32 objectKey,uint8 shardIndex,bytes32 shardRoot,uint32 units,uint64 pricePerUnitPeriod,uint24 periods,uint96 collateral,uint64 askId,uint64 bidId,uint64 nonce,uint64 deadline)"
    );
    bytes32 internal constant BATCH_TYPEHASH = keccak256(
        "AgreementBatch(StorageAgreement[] agreements)StorageAgreement(address client,uint32 provider,bytes32 objectKey,uint8 shardIndex,bytes32 shardRoot,uint32 units,uint64 pricePerUnitPeriod,uint24 periods,uint96 collateral,uint64 askId,uint64 bidId,uint64 nonce,uint64 deadline)"
    );

    /// @dev Thirteen value types: in memory, in the ABI and in EIP-712 alike 13 words, one after the other.
    uint256 internal constant BYTES = 13 * 32;

    /// @dev `keccak256(abi.encode(TYPEHASH, agreement))` without a copy: the type's hash stands for a moment in the word before the struct.
    function hash(StorageAgreement memory agreement) internal pure returns (bytes32 result) {
        bytes32 typeHash = TYPEHASH;
        assembly ("memory-safe") {
            let start := sub(agreement, 0x20)
            let kept := mload(start)
            mstore(start, typeHash)
            result := keccak256(start, add(BYTES, 0x20))
            mstore(start, kept)
        }
    }

    /// @dev EIP-712: an array of structs hashes as the concatenation of its members' hashes.
    function hashBatch(bytes32[] memory agreementHashes) internal pure returns (bytes32) {
        return keccak256(abi.encode(BATCH_TYPEHASH, keccak256(abi.encodePacked(agreementHashes))));
    }
}
