/* Written by scripts/generate-abi.ts from contracts/interfaces/IRandomness.sol. */
export const randomnessAbi = [
  {
    inputs: [{ internalType: 'uint256', name: 'anchor', type: 'uint256' }],
    name: 'Randomness_NoBlockHash',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'blockNumber', type: 'uint256' },
      { internalType: 'uint256', name: 'current', type: 'uint256' },
    ],
    name: 'Randomness_NotYet',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'blockNumber', type: 'uint256' },
      { indexed: false, internalType: 'uint256', name: 'anchor', type: 'uint256' },
      { indexed: false, internalType: 'bytes32', name: 'seed', type: 'bytes32' },
    ],
    name: 'SeedFixed',
    type: 'event',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'blockNumber', type: 'uint256' }],
    name: 'peekSeed',
    outputs: [{ internalType: 'bytes32', name: 'seed', type: 'bytes32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'blockNumber', type: 'uint256' }],
    name: 'seedOf',
    outputs: [{ internalType: 'bytes32', name: 'seed', type: 'bytes32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
