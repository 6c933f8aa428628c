/* Written by scripts/generate-abi.ts from contracts/interfaces/IPriceIndex.sol. */
export const priceIndexAbi = [
  {
    inputs: [{ internalType: 'string', name: 'field', type: 'string' }],
    name: 'PriceIndex_InvalidParams',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'address', name: 'caller', type: 'address' }],
    name: 'PriceIndex_NotAMarketContract',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'period', type: 'uint32' },
      { indexed: false, internalType: 'uint96', name: 'index', type: 'uint96' },
      { indexed: false, internalType: 'uint32', name: 'utilisation', type: 'uint32' },
      { indexed: false, internalType: 'uint32', name: 'flow', type: 'uint32' },
    ],
    name: 'IndexMoved',
    type: 'event',
  },
  {
    inputs: [],
    name: 'current',
    outputs: [
      {
        components: [
          { internalType: 'uint96', name: 'index', type: 'uint96' },
          { internalType: 'uint32', name: 'period', type: 'uint32' },
          { internalType: 'uint64', name: 'committed', type: 'uint64' },
          { internalType: 'uint64', name: 'bonded', type: 'uint64' },
        ],
        internalType: 'struct IPriceIndex.Level',
        name: 'level',
        type: 'tuple',
      },
      {
        components: [
          { internalType: 'uint32', name: 'flow', type: 'uint32' },
          { internalType: 'uint32', name: 'utilisation', type: 'uint32' },
          { internalType: 'uint88', name: 'sold', type: 'uint88' },
          { internalType: 'uint24', name: 'entries', type: 'uint24' },
          { internalType: 'uint56', name: 'weighed', type: 'uint56' },
          { internalType: 'uint24', name: 'blocks', type: 'uint24' },
        ],
        internalType: 'struct IPriceIndex.Signal',
        name: 'signal',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'curve',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'flowDecay',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'max', type: 'uint256' }],
    name: 'history',
    outputs: [
      {
        components: [
          { internalType: 'uint32', name: 'period', type: 'uint32' },
          { internalType: 'uint96', name: 'index', type: 'uint96' },
          { internalType: 'uint32', name: 'utilisation', type: 'uint32' },
          { internalType: 'uint32', name: 'flow', type: 'uint32' },
        ],
        internalType: 'struct IPriceIndex.Entry[]',
        name: 'entries',
        type: 'tuple[]',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'before', type: 'uint32' },
      { internalType: 'uint32', name: 'bonded', type: 'uint32' },
    ],
    name: 'onCapacity',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'units', type: 'uint256' }],
    name: 'onEnded',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'units', type: 'uint256' },
      { internalType: 'uint256', name: 'value', type: 'uint256' },
    ],
    name: 'onSold',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'quote',
    outputs: [{ internalType: 'uint64', name: '', type: 'uint64' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'startPrice',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'step',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'target',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;
