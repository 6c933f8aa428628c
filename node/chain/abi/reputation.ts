/* Written by scripts/generate-abi.ts from contracts/interfaces/IReputation.sol. */
export const reputationAbi = [
  {
    inputs: [{ internalType: 'string', name: 'field', type: 'string' }],
    name: 'Reputation_InvalidParams',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'address', name: 'caller', type: 'address' }],
    name: 'Reputation_NotAMarketContract',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'value', type: 'uint256' },
    ],
    name: 'AgreementFailed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [{ indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'AgreementHandedOver',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [{ indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'AgreementKept',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [{ indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'AuditPassed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint32', name: 'period', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'rent', type: 'uint256' },
      { indexed: false, internalType: 'uint32', name: 'missed', type: 'uint32' },
    ],
    name: 'BadRecorded',
    type: 'event',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'recordAudited',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
      { internalType: 'uint256', name: 'value', type: 'uint256' },
    ],
    name: 'recordFailed',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'recordHandedOver',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'recordKept',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
      { internalType: 'uint256', name: 'rent', type: 'uint256' },
      { internalType: 'uint32', name: 'missed', type: 'uint32' },
    ],
    name: 'recordMissed',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
      { internalType: 'uint256', name: 'rent', type: 'uint256' },
    ],
    name: 'recordProven',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'records',
    outputs: [
      {
        components: [
          { internalType: 'uint96', name: 'good', type: 'uint96' },
          { internalType: 'uint96', name: 'bad', type: 'uint96' },
          { internalType: 'uint32', name: 'updated', type: 'uint32' },
          { internalType: 'uint32', name: 'missed', type: 'uint32' },
          { internalType: 'uint32', name: 'kept', type: 'uint32' },
          { internalType: 'uint32', name: 'failed', type: 'uint32' },
          { internalType: 'uint32', name: 'handedOver', type: 'uint32' },
          { internalType: 'uint32', name: 'audited', type: 'uint32' },
        ],
        internalType: 'struct IReputation.Record',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
    ],
    name: 'scoreAt',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;
