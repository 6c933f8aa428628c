/* Written by scripts/generate-abi.ts from contracts/interfaces/IPossessionProofs.sol. */
export const possessionProofsAbi = [
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
    ],
    name: 'PossessionProofs_AlreadyProven',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'string', name: 'field', type: 'string' }],
    name: 'PossessionProofs_InvalidParams',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'untilPeriod', type: 'uint32' },
    ],
    name: 'PossessionProofs_MaintenanceRunning',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'current', type: 'uint32' },
    ],
    name: 'PossessionProofs_MaintenanceTooLate',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'periods', type: 'uint32' },
      { internalType: 'uint32', name: 'max', type: 'uint32' },
    ],
    name: 'PossessionProofs_MaintenanceTooLong',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'earliest', type: 'uint32' },
    ],
    name: 'PossessionProofs_MaintenanceTooSoon',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'period', type: 'uint32' },
      { internalType: 'uint256', name: 'openingBlock', type: 'uint256' },
    ],
    name: 'PossessionProofs_NoSeedYet',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'address', name: 'caller', type: 'address' }],
    name: 'PossessionProofs_NotAgreements',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'address', name: 'caller', type: 'address' },
    ],
    name: 'PossessionProofs_NotAuthorized',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'PossessionProofs_NothingMissed',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
    ],
    name: 'PossessionProofs_NothingToProve',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'PossessionProofs_ProviderFailed',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'PossessionProofs_ProviderFull',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'agreement', type: 'uint64' }],
    name: 'PossessionProofs_UnknownLeaf',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'length', type: 'uint256' },
      { internalType: 'uint256', name: 'expected', type: 'uint256' },
    ],
    name: 'PossessionProofs_WrongLength',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'period', type: 'uint32' },
      { internalType: 'uint32', name: 'current', type: 'uint32' },
    ],
    name: 'PossessionProofs_WrongPeriod',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'draw', type: 'uint256' },
      { internalType: 'bytes32', name: 'computed', type: 'bytes32' },
      { internalType: 'bytes32', name: 'expected', type: 'bytes32' },
    ],
    name: 'PossessionProofs_WrongRoot',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint64', name: 'agreement', type: 'uint64' },
    ],
    name: 'LossConceded',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { indexed: false, internalType: 'uint32', name: 'untilPeriod', type: 'uint32' },
    ],
    name: 'MaintenanceDeclared',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint32', name: 'period', type: 'uint32' },
      { indexed: false, internalType: 'address', name: 'submitter', type: 'address' },
      { indexed: false, internalType: 'uint256', name: 'rent', type: 'uint256' },
    ],
    name: 'PeriodProven',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'period', type: 'uint32' },
      { indexed: false, internalType: 'bytes32', name: 'seed', type: 'bytes32' },
    ],
    name: 'PeriodSeeded',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { indexed: false, internalType: 'uint32', name: 'count', type: 'uint32' },
      { indexed: false, internalType: 'bool', name: 'failed', type: 'bool' },
    ],
    name: 'PeriodsMissed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint64', name: 'agreement', type: 'uint64' },
      { indexed: false, internalType: 'uint32', name: 'units', type: 'uint32' },
      { indexed: false, internalType: 'uint128', name: 'rent', type: 'uint128' },
    ],
    name: 'UnitsRemoved',
    type: 'event',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'bytes32', name: 'root', type: 'bytes32' },
      { internalType: 'uint32', name: 'units', type: 'uint32' },
      { internalType: 'uint128', name: 'rent', type: 'uint128' },
    ],
    name: 'add',
    outputs: [
      { internalType: 'uint32', name: 'leaf', type: 'uint32' },
      { internalType: 'uint32', name: 'held', type: 'uint32' },
    ],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'agreement', type: 'uint64' },
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'toPeriod', type: 'uint32' },
    ],
    name: 'count',
    outputs: [
      { internalType: 'uint32', name: 'proven', type: 'uint32' },
      { internalType: 'uint32', name: 'units', type: 'uint32' },
    ],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'currentPeriod',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'periods', type: 'uint32' },
    ],
    name: 'declareMaintenance',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'drawCount',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'draws',
    outputs: [
      {
        components: [
          { internalType: 'uint64', name: 'agreement', type: 'uint64' },
          { internalType: 'bytes32', name: 'root', type: 'bytes32' },
          { internalType: 'uint64', name: 'leaf', type: 'uint64' },
          { internalType: 'uint8', name: 'depth', type: 'uint8' },
          { internalType: 'bool', name: 'conceded', type: 'bool' },
        ],
        internalType: 'struct IPossessionProofs.Draw[]',
        name: '',
        type: 'tuple[]',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'duties',
    outputs: [
      {
        components: [
          { internalType: 'uint32', name: 'units', type: 'uint32' },
          { internalType: 'uint32', name: 'unitsAtOpen', type: 'uint32' },
          { internalType: 'uint32', name: 'touched', type: 'uint32' },
          { internalType: 'uint32', name: 'resolvedThrough', type: 'uint32' },
          { internalType: 'uint32', name: 'leaves', type: 'uint32' },
          { internalType: 'uint32', name: 'leavesAtOpen', type: 'uint32' },
          { internalType: 'uint32', name: 'lastProven', type: 'uint32' },
          { internalType: 'bool', name: 'failed', type: 'bool' },
          { internalType: 'bool', name: 'maintained', type: 'bool' },
          { internalType: 'uint128', name: 'rent', type: 'uint128' },
          { internalType: 'uint128', name: 'rentAtOpen', type: 'uint128' },
        ],
        internalType: 'struct IPossessionProofs.Duty',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'isDischarged',
    outputs: [{ internalType: 'bool', name: '', type: 'bool' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
    ],
    name: 'isProven',
    outputs: [{ internalType: 'bool', name: '', type: 'bool' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'maintenanceCycle',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'maintenanceOf',
    outputs: [
      {
        components: [
          { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
          { internalType: 'uint32', name: 'untilPeriod', type: 'uint32' },
          { internalType: 'uint32', name: 'lastFrom', type: 'uint32' },
        ],
        internalType: 'struct IPossessionProofs.Maintenance',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'maintenancePeriods',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'period', type: 'uint32' }],
    name: 'openingBlock',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'periodBlocks',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'period', type: 'uint32' },
      { internalType: 'bytes', name: 'proof', type: 'bytes' },
    ],
    name: 'prove',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'toPeriod', type: 'uint32' },
    ],
    name: 'provenBetween',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'reporter', type: 'uint32' },
    ],
    name: 'recordMisses',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'agreement', type: 'uint64' },
      { internalType: 'uint128', name: 'rent', type: 'uint128' },
      { internalType: 'bool', name: 'conceded', type: 'bool' },
    ],
    name: 'remove',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'agreement', type: 'uint64' }],
    name: 'rootOf',
    outputs: [{ internalType: 'bytes32', name: '', type: 'bytes32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'agreement', type: 'uint64' }],
    name: 'unitsOf',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'unrecordedMisses',
    outputs: [{ internalType: 'uint32', name: '', type: 'uint32' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;
