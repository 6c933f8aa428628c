/* Written by scripts/generate-abi.ts from contracts/interfaces/IAudits.sol. */
export const auditsAbi = [
  {
    inputs: [
      { internalType: 'uint256', name: 'audit', type: 'uint256' },
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
    ],
    name: 'Audits_AgreementOver',
    type: 'error',
  },
  { inputs: [{ internalType: 'string', name: 'field', type: 'string' }], name: 'Audits_InvalidParams', type: 'error' },
  {
    inputs: [
      { internalType: 'uint256', name: 'audit', type: 'uint256' },
      { internalType: 'uint256', name: 'openedAt', type: 'uint256' },
    ],
    name: 'Audits_NoSeedYet',
    type: 'error',
  },
  { inputs: [{ internalType: 'uint256', name: 'audit', type: 'uint256' }], name: 'Audits_NotOpen', type: 'error' },
  {
    inputs: [
      { internalType: 'uint256', name: 'audit', type: 'uint256' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'blockNumber', type: 'uint256' },
    ],
    name: 'Audits_StillOpen',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'last', type: 'uint256' },
    ],
    name: 'Audits_TermTooShort',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'audit', type: 'uint256' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
      { internalType: 'uint256', name: 'blockNumber', type: 'uint256' },
    ],
    name: 'Audits_TooLate',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'length', type: 'uint256' },
      { internalType: 'uint256', name: 'expected', type: 'uint256' },
    ],
    name: 'Audits_WrongLength',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'draw', type: 'uint256' },
      { internalType: 'bytes32', name: 'computed', type: 'bytes32' },
      { internalType: 'bytes32', name: 'expected', type: 'bytes32' },
    ],
    name: 'Audits_WrongRoot',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'audit', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { indexed: false, internalType: 'address', name: 'submitter', type: 'address' },
      { indexed: false, internalType: 'uint256', name: 'paid', type: 'uint256' },
      { indexed: false, internalType: 'uint256', name: 'burned', type: 'uint256' },
    ],
    name: 'AuditAnswered',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'audit', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
    ],
    name: 'AuditFailed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'audit', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { indexed: true, internalType: 'address', name: 'challenger', type: 'address' },
      { indexed: false, internalType: 'uint48', name: 'openedAt', type: 'uint48' },
      { indexed: false, internalType: 'uint48', name: 'deadline', type: 'uint48' },
      { indexed: false, internalType: 'uint256', name: 'bond', type: 'uint256' },
    ],
    name: 'AuditOpened',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint256', name: 'audit', type: 'uint256' },
      { indexed: true, internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
    ],
    name: 'AuditVoided',
    type: 'event',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'audit', type: 'uint256' },
      { internalType: 'bytes', name: 'proof', type: 'bytes' },
    ],
    name: 'answer',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'auditCount',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'audit', type: 'uint256' }],
    name: 'audits',
    outputs: [
      {
        components: [
          { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
          { internalType: 'uint32', name: 'challengerAccount', type: 'uint32' },
          { internalType: 'uint48', name: 'openedAt', type: 'uint48' },
          { internalType: 'uint48', name: 'deadline', type: 'uint48' },
          { internalType: 'bool', name: 'open', type: 'bool' },
        ],
        internalType: 'struct IAudits.Audit',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
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
    inputs: [],
    name: 'burnBps',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'audit', type: 'uint256' }],
    name: 'close',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'drawCount',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint256', name: 'audit', type: 'uint256' }],
    name: 'leavesOf',
    outputs: [{ internalType: 'uint64[]', name: 'leaves', type: 'uint64[]' }],
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
    inputs: [
      { internalType: 'AgreementId', name: 'agreement', type: 'uint64' },
      { internalType: 'address', name: 'owner', type: 'address' },
    ],
    name: 'openAudit',
    outputs: [{ internalType: 'uint256', name: 'audit', type: 'uint256' }],
    stateMutability: 'nonpayable',
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
