/* Written by scripts/generate-abi.ts from contracts/interfaces/IRepairs.sol. */
export const repairsAbi = [
  {
    inputs: [
      { internalType: 'AgreementId', name: 'lost', type: 'uint64' },
      { internalType: 'uint64', name: 'bidId', type: 'uint64' },
    ],
    name: 'Repairs_AlreadyPosted',
    type: 'error',
  },
  { inputs: [{ internalType: 'string', name: 'field', type: 'string' }], name: 'Repairs_InvalidParams', type: 'error' },
  { inputs: [{ internalType: 'AgreementId', name: 'lost', type: 'uint64' }], name: 'Repairs_NotFailed', type: 'error' },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'lost', type: 'uint64' },
      { internalType: 'uint256', name: 'endPeriod', type: 'uint256' },
      { internalType: 'uint256', name: 'currentPeriod', type: 'uint256' },
    ],
    name: 'Repairs_TermOver',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'lost', type: 'uint64' },
      { internalType: 'address', name: 'client', type: 'address' },
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
    ],
    name: 'Repairs_WrongObject',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'AgreementId', name: 'lost', type: 'uint64' },
      { indexed: true, internalType: 'uint64', name: 'bidId', type: 'uint64' },
      { indexed: true, internalType: 'address', name: 'client', type: 'address' },
      { indexed: false, internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
      { indexed: false, internalType: 'uint8', name: 'shardIndex', type: 'uint8' },
      { indexed: false, internalType: 'bytes32', name: 'shardRoot', type: 'bytes32' },
    ],
    name: 'RepairPosted',
    type: 'event',
  },
  {
    inputs: [],
    name: 'bountyBps',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'climbSeconds',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'lost', type: 'uint64' },
      { internalType: 'address', name: 'client', type: 'address' },
      { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
    ],
    name: 'post',
    outputs: [{ internalType: 'uint64', name: 'bidId', type: 'uint64' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'AgreementId', name: 'lost', type: 'uint64' }],
    name: 'repairs',
    outputs: [
      {
        components: [
          { internalType: 'address', name: 'client', type: 'address' },
          { internalType: 'uint8', name: 'shardIndex', type: 'uint8' },
          { internalType: 'uint64', name: 'bidId', type: 'uint64' },
          { internalType: 'bytes32', name: 'objectKey', type: 'bytes32' },
        ],
        internalType: 'struct IRepairs.Repair',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'windowSeconds',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;
