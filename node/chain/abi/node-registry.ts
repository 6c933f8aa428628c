/* Written by scripts/generate-abi.ts from contracts/interfaces/INodeRegistry.sol. */
export const nodeRegistryAbi = [
  {
    inputs: [
      { internalType: 'uint256', name: 'length', type: 'uint256' },
      { internalType: 'uint256', name: 'max', type: 'uint256' },
    ],
    name: 'NodeRegistry_AddressesTooLong',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint64', name: 'voidThrough', type: 'uint64' },
    ],
    name: 'NodeRegistry_AlreadyRevoked',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'address', name: 'recovered', type: 'address' },
      { internalType: 'address', name: 'expected', type: 'address' },
    ],
    name: 'NodeRegistry_BadNodeSignature',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'length', type: 'uint256' }],
    name: 'NodeRegistry_BadPublicKey',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint256', name: 'units', type: 'uint256' },
      { internalType: 'uint256', name: 'covered', type: 'uint256' },
    ],
    name: 'NodeRegistry_CapacityCovered',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint256', name: 'units', type: 'uint256' },
      { internalType: 'uint256', name: 'covered', type: 'uint256' },
    ],
    name: 'NodeRegistry_CapacityNotCovered',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'time', type: 'uint256' },
    ],
    name: 'NodeRegistry_Expired',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'address', name: 'nodeAddress', type: 'address' },
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
    ],
    name: 'NodeRegistry_NodeKeyTaken',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'address', name: 'caller', type: 'address' },
    ],
    name: 'NodeRegistry_NotAuthorized',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'NodeRegistry_PlacementAssigned',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'NodeRegistry_UnknownProvider',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'string', name: 'addresses', type: 'string' },
    ],
    name: 'AddressesUpdated',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint32', name: 'units', type: 'uint32' },
    ],
    name: 'CapacityChanged',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'bytes32', name: 'placementId', type: 'bytes32' },
    ],
    name: 'PlacementAssigned',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'address', name: 'operator', type: 'address' },
      { indexed: true, internalType: 'address', name: 'nodeAddress', type: 'address' },
      { indexed: false, internalType: 'bytes', name: 'nodePublicKey', type: 'bytes' },
      { indexed: false, internalType: 'uint16', name: 'region', type: 'uint16' },
      { indexed: false, internalType: 'string', name: 'addresses', type: 'string' },
    ],
    name: 'ProviderRegistered',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint64', name: 'voidThrough', type: 'uint64' },
    ],
    name: 'SignaturesRevoked',
    type: 'event',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'addressesOf',
    outputs: [{ internalType: 'string', name: '', type: 'string' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'assignPlacement',
    outputs: [{ internalType: 'bytes32', name: 'placementId', type: 'bytes32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'capacityOf',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'units', type: 'uint32' },
    ],
    name: 'declareCapacity',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'address', name: 'caller', type: 'address' },
    ],
    name: 'isAuthorized',
    outputs: [{ internalType: 'bool', name: '', type: 'bool' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'nodeAddressOf',
    outputs: [{ internalType: 'address', name: '', type: 'address' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'operatorAccountOf',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'operatorOf',
    outputs: [{ internalType: 'address', name: '', type: 'address' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'providerCount',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'address', name: 'nodeAddress', type: 'address' }],
    name: 'providerOfNode',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'providers',
    outputs: [
      {
        components: [
          { internalType: 'address', name: 'operator', type: 'address' },
          { internalType: 'uint32', name: 'operatorAccount', type: 'uint32' },
          { internalType: 'uint16', name: 'region', type: 'uint16' },
          { internalType: 'uint40', name: 'registeredAt', type: 'uint40' },
          { internalType: 'address', name: 'nodeAddress', type: 'address' },
          { internalType: 'uint64', name: 'voidThrough', type: 'uint64' },
          { internalType: 'uint32', name: 'capacity', type: 'uint32' },
          { internalType: 'bytes32', name: 'placementId', type: 'bytes32' },
        ],
        internalType: 'struct INodeRegistry.Provider',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'bytes', name: 'nodePublicKey', type: 'bytes' },
      { internalType: 'uint16', name: 'region', type: 'uint16' },
      { internalType: 'string', name: 'addresses', type: 'string' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'bytes', name: 'nodeSignature', type: 'bytes' },
    ],
    name: 'register',
    outputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint64', name: 'voidThrough', type: 'uint64' },
    ],
    name: 'revokeSignatures',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'signerOf',
    outputs: [
      { internalType: 'address', name: 'nodeAddress', type: 'address' },
      { internalType: 'uint64', name: 'voidThrough', type: 'uint64' },
      { internalType: 'uint32', name: 'capacity', type: 'uint32' },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'trimCapacity',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'string', name: 'addresses', type: 'string' },
    ],
    name: 'updateAddresses',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
