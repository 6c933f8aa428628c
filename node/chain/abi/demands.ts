/* Written by scripts/generate-abi.ts from contracts/interfaces/IDemands.sol. */
export const demandsAbi = [
  {
    inputs: [
      { internalType: 'uint256', name: 'demand', type: 'uint256' },
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
    ],
    name: 'Demands_AgreementOver',
    type: 'error',
  },
  { inputs: [{ internalType: 'string', name: 'field', type: 'string' }], name: 'Demands_InvalidParams', type: 'error' },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { internalType: 'uint32', name: 'unit', type: 'uint32' },
      { internalType: 'uint256', name: 'units', type: 'uint256' },
    ],
    name: 'Demands_NoSuchUnit',
    type: 'error',
  },
  { inputs: [{ internalType: 'uint256', name: 'demand', type: 'uint256' }], name: 'Demands_NotOpen', type: 'error' },
  { inputs: [], name: 'Demands_NothingDemanded', type: 'error' },
  {
    inputs: [
      { internalType: 'uint256', name: 'demand', type: 'uint256' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'blockNumber', type: 'uint256' },
    ],
    name: 'Demands_StillOpen',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'last', type: 'uint256' },
    ],
    name: 'Demands_TermTooShort',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'demand', type: 'uint256' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'blockNumber', type: 'uint256' },
    ],
    name: 'Demands_TooLate',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'length', type: 'uint256' },
      { internalType: 'uint256', name: 'expected', type: 'uint256' },
    ],
    name: 'Demands_WrongLength',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'bytes32', name: 'computed', type: 'bytes32' },
      { internalType: 'bytes32', name: 'expected', type: 'bytes32' },
    ],
    name: 'Demands_WrongRoot',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'demand', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
    ],
    name: 'DemandFailed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'demand', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
    ],
    name: 'DemandVoided',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'demand', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'address', name: 'client', type: 'address' },
      { indexed: false, internalType: 'uint32', name: 'unit', type: 'uint32' },
      { indexed: false, internalType: 'uint48', name: 'deadline', type: 'uint48' },
      { indexed: false, internalType: 'uint256', name: 'bond', type: 'uint256' },
    ],
    name: 'UnitDemanded',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'demand', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { indexed: false, internalType: 'address', name: 'submitter', type: 'address' },
      { indexed: false, internalType: 'uint256', name: 'paid', type: 'uint256' },
    ],
    name: 'UnitShown',
    type: 'event',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'demandId', type: 'uint256' },
      { internalType: 'bytes', name: 'opening', type: 'bytes' },
    ],
    name: 'answer',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'bond',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'demandId', type: 'uint256' }],
    name: 'close',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { internalType: 'uint32[]', name: 'units', type: 'uint32[]' },
    ],
    name: 'demand',
    outputs: [{ internalType: 'uint256', name: 'first', type: 'uint256' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'demandCount',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'demandId', type: 'uint256' }],
    name: 'demands',
    outputs: [
      {
        components: [
          { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
          { internalType: 'uint32', name: 'clientAccount', type: 'uint32' },
          { internalType: 'uint48', name: 'deadline', type: 'uint48' },
          { internalType: 'uint32', name: 'unit', type: 'uint32' },
          { internalType: 'bool', name: 'open', type: 'bool' },
        ],
        internalType: 'struct IDemands.Demand',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'maxOpen',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'windowBlocks',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;
