/* Written by scripts/generate-abi.ts from contracts/interfaces/ICatalog.sol. */
export const catalogAbi = [
  {
    inputs: [
      { internalType: 'uint256', name: 'length', type: 'uint256' },
      { internalType: 'uint256', name: 'most', type: 'uint256' },
    ],
    name: 'Catalog_EnvelopeTooLong',
    type: 'error',
  },
  { inputs: [], name: 'Catalog_InvalidKey', type: 'error' },
  { inputs: [{ internalType: 'string', name: 'field', type: 'string' }], name: 'Catalog_InvalidShare', type: 'error' },
  {
    inputs: [
      { internalType: 'address', name: 'owner', type: 'address' },
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { internalType: 'address', name: 'reader', type: 'address' },
    ],
    name: 'Catalog_NotShared',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'address', name: 'owner', type: 'address' },
      { indexed: false, internalType: 'bytes32', name: 'key', type: 'bytes32' },
    ],
    name: 'KeyPublished',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'address', name: 'owner', type: 'address' },
      { indexed: true, internalType: 'address', name: 'reader', type: 'address' },
      { indexed: true, internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { indexed: false, internalType: 'uint40', name: 'until', type: 'uint40' },
      { indexed: false, internalType: 'bytes', name: 'envelope', type: 'bytes' },
    ],
    name: 'Shared',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'address', name: 'owner', type: 'address' },
      { indexed: true, internalType: 'address', name: 'reader', type: 'address' },
      { indexed: true, internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
    ],
    name: 'Unshared',
    type: 'event',
  },
  {
    inputs: [{ internalType: 'address', name: 'owner', type: 'address' }],
    name: 'keyOf',
    outputs: [{ internalType: 'bytes32', name: '', type: 'bytes32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'maxEnvelopeBytes',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'address', name: 'owner', type: 'address' },
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { internalType: 'address', name: 'reader', type: 'address' },
    ],
    name: 'mayRead',
    outputs: [{ internalType: 'bool', name: '', type: 'bool' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'bytes32', name: 'key', type: 'bytes32' }],
    name: 'publishKey',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { internalType: 'address', name: 'reader', type: 'address' },
      { internalType: 'uint40', name: 'until', type: 'uint40' },
      { internalType: 'bytes', name: 'envelope', type: 'bytes' },
    ],
    name: 'share',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'address', name: 'owner', type: 'address' },
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { internalType: 'address', name: 'reader', type: 'address' },
    ],
    name: 'sharedUntil',
    outputs: [{ internalType: 'uint40', name: '', type: 'uint40' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { internalType: 'address', name: 'reader', type: 'address' },
    ],
    name: 'unshare',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
