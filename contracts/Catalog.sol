// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICatalog} from "./interfaces/ICatalog.sol";

/// @title Who may read what; see ICatalog
contract Catalog is ICatalog {
    /// @dev The longest name, and the rest.
    uint256 private constant _MAX_ENVELOPE_BYTES = 8_192;
    address private constant _EVERYBODY = address(0);

    /// @inheritdoc ICatalog
    mapping(address owner => bytes32) public keyOf;
    /// @inheritdoc ICatalog
    mapping(address owner => mapping(bytes32 objectKey => mapping(address reader => uint40))) public sharedUntil;

    /// @inheritdoc ICatalog
    function publishKey(bytes32 key) external {
        require(key != 0, Catalog_InvalidKey());
        keyOf[msg.sender] = key;
        emit KeyPublished(msg.sender, key);
    }

    /// @inheritdoc ICatalog
    function share(bytes32 objectKey, address reader, uint40 until, bytes calldata envelope) external {
        require(objectKey != 0, Catalog_InvalidShare("objectKey"));
        require(reader != msg.sender, Catalog_InvalidShare("reader"));
        require(until > block.timestamp, Catalog_InvalidShare("until"));
        require(envelope.length != 0, Catalog_InvalidShare("envelope"));
        require(envelope.length <= _MAX_ENVELOPE_BYTES, Catalog_EnvelopeTooLong(envelope.length, _MAX_ENVELOPE_BYTES));
        sharedUntil[msg.sender][objectKey][reader] = until;
        emit Shared(msg.sender, reader, objectKey, until, envelope);
    }

    /// @inheritdoc ICatalog
    function unshare(bytes32 objectKey, address reader) external {
        require(sharedUntil[msg.sender][objectKey][reader] != 0, Catalog_NotShared(msg.sender, objectKey, reader));
        delete sharedUntil[msg.sender][objectKey][reader];
        emit Unshared(msg.sender, reader, objectKey);
    }

    /// @inheritdoc ICatalog
    function mayRead(address owner, bytes32 objectKey, address reader) external view returns (bool) {
        mapping(address => uint40) storage readers = sharedUntil[owner][objectKey];
        return block.timestamp < readers[reader] || block.timestamp < readers[_EVERYBODY];
    }

    /// @inheritdoc ICatalog
    function maxEnvelopeBytes() external pure returns (uint256) {
        return _MAX_ENVELOPE_BYTES;
    }
}
