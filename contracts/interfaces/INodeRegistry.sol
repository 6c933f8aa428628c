// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who the providers are
/// @notice Binds an operator wallet (cold: stake, earnings) to a node key (hot, secp256k1) and so to a libp2p peer id,
/// and assigns the placement id that decides which shards a provider may compete for.
interface INodeRegistry {
    /// @param operator the wallet that owns stake and earnings
    /// @param operatorAccount the operator's account number in the Escrow
    /// @param region declared region, ISO 3166-1 numeric, 0 = undeclared
    /// @param registeredAt block of the registration
    /// @param nodeAddress EVM address of the node key
    /// @param voidThrough what the provider signed with a deadline up to this, unix seconds, no longer holds
    /// @param capacity units that the provider may hold, covered by its stake
    /// @param placementId zero until assigned
    struct Provider {
        // slot 0
        address operator;
        uint32 operatorAccount;
        uint16 region;
        uint40 registeredAt;
        // slot 1
        address nodeAddress;
        uint64 voidThrough;
        uint32 capacity;
        // slot 2
        bytes32 placementId;
    }

    /// @notice An operator registered a node key and got a provider id.
    /// @param nodePublicKey uncompressed secp256k1 point, x || y (64 bytes); the peer id follows from it
    /// @param addresses newline-separated multiaddrs of last resort, for when the DHT lies or stalls
    event ProviderRegistered(
        uint32 indexed provider,
        address indexed operator,
        address indexed nodeAddress,
        bytes nodePublicKey,
        uint16 region,
        string addresses
    );
    /// @notice A provider got its placement id, for good.
    event PlacementAssigned(uint32 indexed provider, bytes32 placementId);
    /// @notice A provider replaced its addresses of last resort.
    event AddressesUpdated(uint32 indexed provider, string addresses);

    /// @notice What the provider signed with a deadline up to `voidThrough`, unix seconds, no longer holds.
    event SignaturesRevoked(uint32 indexed provider, uint64 voidThrough);

    /// @notice The provider may hold `units` from now on; what it holds already stays.
    event CapacityChanged(uint32 indexed provider, uint32 units);

    error NodeRegistry_UnknownProvider(uint32 provider);
    error NodeRegistry_NodeKeyTaken(address nodeAddress, uint32 provider);
    error NodeRegistry_BadPublicKey(uint256 length);
    error NodeRegistry_BadNodeSignature(address recovered, address expected);
    error NodeRegistry_Expired(uint256 deadline, uint256 time);
    error NodeRegistry_NotAuthorized(uint32 provider, address caller);
    error NodeRegistry_AddressesTooLong(uint256 length, uint256 max);
    error NodeRegistry_PlacementAssigned(uint32 provider);
    error NodeRegistry_AlreadyRevoked(uint32 provider, uint64 voidThrough);
    /// @notice The provider's stake covers a capacity of at most `covered` units.
    error NodeRegistry_CapacityNotCovered(uint32 provider, uint256 units, uint256 covered);
    /// @notice The provider's stake covers the capacity that it declared.
    error NodeRegistry_CapacityCovered(uint32 provider, uint256 units, uint256 covered);

    /// @notice Registers the caller as operator of a node key and locks the bond out of the caller's escrow account.
    /// @dev Requirements: the key is not registered yet; `nodeSignature` is the node key's signature of
    /// `NodeBinding(address operator,uint16 region,uint256 deadline)`, which needs no nonce, as a key is bound once for ever; the escrow account covers the bond; addresses at most 1024 bytes.
    /// @return provider the new id, from 1
    function register(
        bytes calldata nodePublicKey,
        uint16 region,
        string calldata addresses,
        uint256 deadline,
        bytes calldata nodeSignature
    ) external returns (uint32 provider);

    /// @notice Fixes a provider's placement id: keccak256 of the node address (20 bytes) and the randomness of the registration block (32 bytes).
    /// @dev Separate from `register` because that randomness must not be known to the registering transaction. Anyone may call, once.
    function assignPlacement(uint32 provider) external returns (bytes32 placementId);

    /// @notice Replaces the addresses of last resort. Operator or node key only.
    function updateAddresses(uint32 provider, string calldata addresses) external;

    /// @notice Makes void whatever the provider signed with a deadline up to `voidThrough`, unix seconds. Operator or node key only.
    /// @dev Requirement: later than the last such call's; so nothing revoked comes back.
    function revokeSignatures(uint32 provider, uint64 voidThrough) external;

    /// @notice Sets how many units the provider may hold: no agreement can take it beyond. Operator or node key only.
    /// @dev Requirement: its stake covers the bond and the capacity bond of each unit (`ICollateral.coveredCapacity`). Only capacity that is bonded counts for the
    /// price index, so that nobody can make the market look empty, or take units that nobody offers, for nothing.
    function declareCapacity(uint32 provider, uint32 units) external;

    /// @notice Lowers a capacity that the provider's stake no longer covers, after slashes, to what it does. Anyone.
    function trimCapacity(uint32 provider) external;

    /// @notice All that is registered of a provider, but for its addresses.
    function providers(uint32 provider) external view returns (Provider memory);
    /// @notice Number of providers ever registered; ids run from 1 to this.
    function providerCount() external view returns (uint32);
    /// @notice Newline-separated multiaddrs of last resort.
    function addressesOf(uint32 provider) external view returns (string memory);
    /// @notice Provider of a node address; 0 when none.
    function providerOfNode(address nodeAddress) external view returns (uint32);
    /// @notice EVM address of a provider's node key.
    function nodeAddressOf(uint32 provider) external view returns (address);
    /// @notice EVM address of a provider's node key, up to which deadline its signatures are void, and how many units it may hold.
    function signerOf(uint32 provider) external view returns (address nodeAddress, uint64 voidThrough, uint32 capacity);
    /// @notice Units that a provider may hold.
    function capacityOf(uint32 provider) external view returns (uint32);
    /// @notice Account number, in the Escrow, that a provider's earnings go to.
    function operatorAccountOf(uint32 provider) external view returns (uint32);
    /// @notice Whether `caller` may act for the provider: its operator or its node key.
    function isAuthorized(uint32 provider, address caller) external view returns (bool);
    /// @notice The wallet that owns a provider's stake and earnings.
    function operatorOf(uint32 provider) external view returns (address);
}
