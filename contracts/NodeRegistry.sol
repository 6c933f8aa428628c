// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICollateral} from "./interfaces/ICollateral.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IPriceIndex} from "./interfaces/IPriceIndex.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";

/// @title Who the providers are
contract NodeRegistry is INodeRegistry, EIP712 {
    bytes32 private constant _NODE_BINDING_TYPEHASH = keccak256(
        "NodeBinding(address operator,uint16 region,uint256 deadline)"
    );
    /// @dev x || y of an uncompressed point.
    uint256 private constant _PUBLIC_KEY_BYTES = 64;
    /// @dev Room for a dozen multiaddrs, at 20,000 gas for each 32 bytes.
    uint256 private constant _MAX_ADDRESSES_BYTES = 1024;

    ICollateral private immutable _collateral;
    IRandomness private immutable _randomness;
    IPriceIndex private immutable _priceIndex;

    /// @inheritdoc INodeRegistry
    uint32 public providerCount;
    mapping(uint32 provider => Provider) private _providers;
    mapping(uint32 provider => string) private _addresses;
    /// @inheritdoc INodeRegistry
    mapping(address nodeAddress => uint32 provider) public providerOfNode;

    constructor(
        ICollateral collateral,
        IRandomness randomness,
        IPriceIndex priceIndex
    ) EIP712("Stowmarket NodeRegistry", "1") {
        _collateral = collateral;
        _randomness = randomness;
        _priceIndex = priceIndex;
    }

    /// @inheritdoc INodeRegistry
    function register(
        bytes calldata nodePublicKey,
        uint16 region,
        string calldata addresses,
        uint256 deadline,
        bytes calldata nodeSignature
    ) external returns (uint32 provider) {
        require(nodePublicKey.length == _PUBLIC_KEY_BYTES, NodeRegistry_BadPublicKey(nodePublicKey.length));
        require(block.timestamp <= deadline, NodeRegistry_Expired(deadline, block.timestamp));
        address nodeAddress = address(uint160(uint256(keccak256(nodePublicKey))));
        provider = providerOfNode[nodeAddress];
        require(provider == 0, NodeRegistry_NodeKeyTaken(nodeAddress, provider));
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(_NODE_BINDING_TYPEHASH, msg.sender, region, deadline)));
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, nodeSignature);
        require(recovered == nodeAddress, NodeRegistry_BadNodeSignature(recovered, nodeAddress));

        provider = ++providerCount;
        providerOfNode[nodeAddress] = provider;
        _setAddresses(provider, addresses);
        emit ProviderRegistered(provider, msg.sender, nodeAddress, nodePublicKey, region, addresses);

        _providers[provider] = Provider({
            operator: msg.sender,
            operatorAccount: _collateral.lockBond(provider, msg.sender),
            region: region,
            registeredAt: uint40(block.number),
            nodeAddress: nodeAddress,
            voidThrough: 0,
            capacity: 0,
            placementId: 0
        });
    }

    /// @inheritdoc INodeRegistry
    function assignPlacement(uint32 provider) external returns (bytes32 placementId) {
        Provider storage record = _known(provider);
        require(record.placementId == 0, NodeRegistry_PlacementAssigned(provider));
        bytes32 seed = _randomness.seedOf(record.registeredAt);
        placementId = keccak256(abi.encodePacked(record.nodeAddress, seed));
        record.placementId = placementId;
        emit PlacementAssigned(provider, placementId);
    }

    /// @inheritdoc INodeRegistry
    function updateAddresses(uint32 provider, string calldata addresses) external {
        require(isAuthorized(provider, msg.sender), NodeRegistry_NotAuthorized(provider, msg.sender));
        _setAddresses(provider, addresses);
        emit AddressesUpdated(provider, addresses);
    }

    /// @inheritdoc INodeRegistry
    function revokeSignatures(uint32 provider, uint64 voidThrough) external {
        require(isAuthorized(provider, msg.sender), NodeRegistry_NotAuthorized(provider, msg.sender));
        Provider storage record = _providers[provider];
        uint64 before = record.voidThrough;
        require(voidThrough > before, NodeRegistry_AlreadyRevoked(provider, before));
        record.voidThrough = voidThrough;
        emit SignaturesRevoked(provider, voidThrough);
    }

    /// @inheritdoc INodeRegistry
    function declareCapacity(uint32 provider, uint32 units) external {
        require(isAuthorized(provider, msg.sender), NodeRegistry_NotAuthorized(provider, msg.sender));
        uint256 covered = _collateral.coveredCapacity(provider);
        require(units <= covered, NodeRegistry_CapacityNotCovered(provider, units, covered));
        _setCapacity(provider, units);
    }

    /// @inheritdoc INodeRegistry
    function trimCapacity(uint32 provider) external {
        uint32 capacity = _known(provider).capacity;
        uint256 covered = _collateral.coveredCapacity(provider);
        require(covered < capacity, NodeRegistry_CapacityCovered(provider, capacity, covered));
        // Below `capacity`, a uint32.
        _setCapacity(provider, uint32(covered));
    }

    /// @inheritdoc INodeRegistry
    function providers(uint32 provider) external view returns (Provider memory) {
        return _known(provider);
    }

    /// @inheritdoc INodeRegistry
    function addressesOf(uint32 provider) external view returns (string memory) {
        _known(provider);
        return _addresses[provider];
    }

    /// @inheritdoc INodeRegistry
    function nodeAddressOf(uint32 provider) external view returns (address nodeAddress) {
        nodeAddress = _providers[provider].nodeAddress;
        require(nodeAddress != address(0), NodeRegistry_UnknownProvider(provider));
    }

    /// @inheritdoc INodeRegistry
    function signerOf(
        uint32 provider
    ) external view returns (address nodeAddress, uint64 voidThrough, uint32 capacity) {
        Provider storage record = _providers[provider];
        // One read for each agreement that is formed, of slot 1; member by member the compiler reads it three times.
        uint256 word;
        assembly ("memory-safe") {
            word := sload(add(record.slot, 1))
        }
        (nodeAddress, voidThrough, capacity) = (address(uint160(word)), uint64(word >> 160), uint32(word >> 224));
        require(nodeAddress != address(0), NodeRegistry_UnknownProvider(provider));
    }

    /// @inheritdoc INodeRegistry
    function capacityOf(uint32 provider) external view returns (uint32) {
        return _providers[provider].capacity;
    }

    /// @inheritdoc INodeRegistry
    function operatorAccountOf(uint32 provider) external view returns (uint32) {
        return _known(provider).operatorAccount;
    }

    /// @inheritdoc INodeRegistry
    function operatorOf(uint32 provider) external view returns (address) {
        return _known(provider).operator;
    }

    /// @inheritdoc INodeRegistry
    function isAuthorized(uint32 provider, address caller) public view returns (bool) {
        Provider storage record = _known(provider);
        return caller == record.operator || caller == record.nodeAddress;
    }

    function _setCapacity(uint32 provider, uint32 units) private {
        Provider storage record = _providers[provider];
        uint32 before = record.capacity;
        record.capacity = units;
        emit CapacityChanged(provider, units);
        _priceIndex.onCapacity(before, units);
    }

    function _setAddresses(uint32 provider, string calldata addresses) private {
        uint256 length = bytes(addresses).length;
        require(length <= _MAX_ADDRESSES_BYTES, NodeRegistry_AddressesTooLong(length, _MAX_ADDRESSES_BYTES));
        _addresses[provider] = addresses;
    }

    /// @dev Unknown ids revert everywhere: a zero address in an answer could be taken for somebody.
    function _known(uint32 provider) private view returns (Provider storage record) {
        record = _providers[provider];
        require(record.operator != address(0), NodeRegistry_UnknownProvider(provider));
    }
}
