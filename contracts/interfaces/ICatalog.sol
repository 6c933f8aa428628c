// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who may read what, and the keys that descriptions are sealed for
/// @notice A client's objects are enciphered for itself. To share one, it seals the object's description for the reader's key and writes it here:
/// providers then serve the reader, and the reader finds it again with nothing but its wallet. Holds no tokens; everyone writes of its own only.
interface ICatalog {
    /// @notice `owner` has this X25519 public key, under which others may seal for it. Replaces an earlier one.
    event KeyPublished(address indexed owner, bytes32 key);
    /// @notice `reader` may read an object of `owner` before `until`, unix seconds; `reader` zero is everybody.
    /// @param envelope the object's description: sealed for the reader's key, or in the clear for everybody
    event Shared(
        address indexed owner,
        address indexed reader,
        bytes32 indexed objectKey,
        uint40 until,
        bytes envelope
    );
    /// @notice `reader` may read it no more. What it has read or deciphered before, it has.
    event Unshared(address indexed owner, address indexed reader, bytes32 indexed objectKey);

    error Catalog_InvalidKey();
    error Catalog_InvalidShare(string field);
    error Catalog_EnvelopeTooLong(uint256 length, uint256 most);
    error Catalog_NotShared(address owner, bytes32 objectKey, address reader);

    /// @notice Publishes the caller's X25519 public key.
    /// @dev Requirements: `key` is not zero.
    function publishKey(bytes32 key) external;

    /// @notice Lets `reader` (zero: everybody) read an object of the caller. Replaces what was shared with it before.
    /// @dev Requirements: `objectKey` is not zero; the reader is not the caller; `until` lies ahead; `envelope` has 1 to `maxEnvelopeBytes` bytes. Whether the
    /// object exists is for providers to see: an object may be shared before it is stored.
    /// @param until unix seconds from which the reader may read no more
    function share(bytes32 objectKey, address reader, uint40 until, bytes calldata envelope) external;

    /// @notice Takes a share of the caller back at once.
    /// @dev Requirements: there is one, expired or not.
    function unshare(bytes32 objectKey, address reader) external;

    /// @notice Longest envelope, in bytes: the longest name, and the rest.
    function maxEnvelopeBytes() external view returns (uint256);
    /// @notice The X25519 public key of `owner`; zero when it published none.
    function keyOf(address owner) external view returns (bytes32);
    /// @notice Unix seconds before which `reader` may read; 0 when never. Zero as the reader asks for everybody.
    function sharedUntil(address owner, bytes32 objectKey, address reader) external view returns (uint40);
    /// @notice Whether `reader` may read an object of `owner` now: by a share of its own, or as everybody.
    function mayRead(address owner, bytes32 objectKey, address reader) external view returns (bool);
}
