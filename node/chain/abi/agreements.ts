/* Written by scripts/generate-abi.ts from contracts/interfaces/IAgreements.sol. */
export const agreementsAbi = [
  {
    inputs: [
      {
        internalType: 'address',
        name: 'client',
        type: 'address',
      },
    ],
    name: 'Agreements_BadClientSignature',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
      {
        internalType: 'address',
        name: 'recovered',
        type: 'address',
      },
      {
        internalType: 'address',
        name: 'expected',
        type: 'address',
      },
    ],
    name: 'Agreements_BadProviderSignature',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'collateral',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'rentPerPeriod',
        type: 'uint256',
      },
    ],
    name: 'Agreements_CollateralNotMultiple',
    type: 'error',
  },
  {
    inputs: [],
    name: 'Agreements_EmptyBatch',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'deadline',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'time',
        type: 'uint256',
      },
    ],
    name: 'Agreements_Expired',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'agreements',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'signatures',
        type: 'uint256',
      },
    ],
    name: 'Agreements_LengthMismatch',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'address',
        name: 'first',
        type: 'address',
      },
      {
        internalType: 'address',
        name: 'other',
        type: 'address',
      },
    ],
    name: 'Agreements_MixedClients',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'address',
        name: 'client',
        type: 'address',
      },
      {
        internalType: 'uint64',
        name: 'nonce',
        type: 'uint64',
      },
    ],
    name: 'Agreements_NonceUsed',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        internalType: 'enum IAgreements.Status',
        name: 'status',
        type: 'uint8',
      },
    ],
    name: 'Agreements_NotActive',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        internalType: 'address',
        name: 'caller',
        type: 'address',
      },
    ],
    name: 'Agreements_NotClient',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        internalType: 'uint32',
        name: 'endPeriod',
        type: 'uint32',
      },
      {
        internalType: 'uint32',
        name: 'current',
        type: 'uint32',
      },
    ],
    name: 'Agreements_NotOver',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        internalType: 'address',
        name: 'caller',
        type: 'address',
      },
    ],
    name: 'Agreements_NotProvider',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        internalType: 'uint32',
        name: 'endPeriod',
        type: 'uint32',
      },
    ],
    name: 'Agreements_NothingToShorten',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
      {
        internalType: 'bytes32',
        name: 'objectKey',
        type: 'bytes32',
      },
      {
        internalType: 'uint8',
        name: 'shardIndex',
        type: 'uint8',
      },
    ],
    name: 'Agreements_ProviderHoldsShard',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'bytes32',
        name: 'objectKey',
        type: 'bytes32',
      },
      {
        internalType: 'uint8',
        name: 'shardIndex',
        type: 'uint8',
      },
    ],
    name: 'Agreements_ShardGap',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'bytes32',
        name: 'objectKey',
        type: 'bytes32',
      },
      {
        internalType: 'uint8',
        name: 'shardIndex',
        type: 'uint8',
      },
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
    ],
    name: 'Agreements_ShardTaken',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'value',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'min',
        type: 'uint256',
      },
    ],
    name: 'Agreements_ValueTooSmall',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
    ],
    name: 'Agreements_ZeroPeriods',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
    ],
    name: 'Agreements_ZeroPrice',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint256',
        name: 'index',
        type: 'uint256',
      },
    ],
    name: 'Agreements_ZeroUnits',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        indexed: false,
        internalType: 'enum IAgreements.Status',
        name: 'status',
        type: 'uint8',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'released',
        type: 'uint256',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'collateralReturned',
        type: 'uint256',
      },
    ],
    name: 'AgreementEnded',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        indexed: true,
        internalType: 'address',
        name: 'client',
        type: 'address',
      },
      {
        indexed: true,
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
      {
        indexed: false,
        internalType: 'uint32',
        name: 'startPeriod',
        type: 'uint32',
      },
      {
        components: [
          {
            internalType: 'address',
            name: 'client',
            type: 'address',
          },
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'bytes32',
            name: 'objectKey',
            type: 'bytes32',
          },
          {
            internalType: 'uint8',
            name: 'shardIndex',
            type: 'uint8',
          },
          {
            internalType: 'bytes32',
            name: 'shardRoot',
            type: 'bytes32',
          },
          {
            internalType: 'uint32',
            name: 'units',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint24',
            name: 'periods',
            type: 'uint24',
          },
          {
            internalType: 'uint96',
            name: 'collateral',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'askId',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'bidId',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'nonce',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'deadline',
            type: 'uint64',
          },
        ],
        indexed: false,
        internalType: 'struct StorageAgreement',
        name: 'agreement',
        type: 'tuple',
      },
    ],
    name: 'AgreementFormed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        indexed: false,
        internalType: 'uint32',
        name: 'fromPeriod',
        type: 'uint32',
      },
      {
        indexed: false,
        internalType: 'uint32',
        name: 'toPeriod',
        type: 'uint32',
      },
      {
        indexed: false,
        internalType: 'uint32',
        name: 'proven',
        type: 'uint32',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'paid',
        type: 'uint256',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'refunded',
        type: 'uint256',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'heldBack',
        type: 'uint256',
      },
    ],
    name: 'AgreementSettled',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'address',
        name: 'client',
        type: 'address',
      },
      {
        indexed: true,
        internalType: 'uint64',
        name: 'word',
        type: 'uint64',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'mask',
        type: 'uint256',
      },
    ],
    name: 'NoncesRevoked',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
      {
        indexed: false,
        internalType: 'uint32',
        name: 'endPeriod',
        type: 'uint32',
      },
      {
        indexed: false,
        internalType: 'uint256',
        name: 'refunded',
        type: 'uint256',
      },
    ],
    name: 'NoticeGiven',
    type: 'event',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
    ],
    name: 'agreements',
    outputs: [
      {
        components: [
          {
            internalType: 'uint32',
            name: 'clientAccount',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'startPeriod',
            type: 'uint32',
          },
          {
            internalType: 'uint24',
            name: 'periods',
            type: 'uint24',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint24',
            name: 'settledPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'provenPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint8',
            name: 'shardIndex',
            type: 'uint8',
          },
          {
            internalType: 'enum IAgreements.Status',
            name: 'status',
            type: 'uint8',
          },
        ],
        internalType: 'struct IAgreements.Agreement',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'burnBps',
    outputs: [
      {
        internalType: 'uint256',
        name: '',
        type: 'uint256',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
    ],
    name: 'concede',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: 'address',
            name: 'client',
            type: 'address',
          },
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'bytes32',
            name: 'objectKey',
            type: 'bytes32',
          },
          {
            internalType: 'uint8',
            name: 'shardIndex',
            type: 'uint8',
          },
          {
            internalType: 'bytes32',
            name: 'shardRoot',
            type: 'bytes32',
          },
          {
            internalType: 'uint32',
            name: 'units',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint24',
            name: 'periods',
            type: 'uint24',
          },
          {
            internalType: 'uint96',
            name: 'collateral',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'askId',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'bidId',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'nonce',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'deadline',
            type: 'uint64',
          },
        ],
        internalType: 'struct StorageAgreement',
        name: 'agreement',
        type: 'tuple',
      },
    ],
    name: 'digestOf',
    outputs: [
      {
        internalType: 'bytes32',
        name: '',
        type: 'bytes32',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
    ],
    name: 'end',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: 'address',
            name: 'client',
            type: 'address',
          },
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'bytes32',
            name: 'objectKey',
            type: 'bytes32',
          },
          {
            internalType: 'uint8',
            name: 'shardIndex',
            type: 'uint8',
          },
          {
            internalType: 'bytes32',
            name: 'shardRoot',
            type: 'bytes32',
          },
          {
            internalType: 'uint32',
            name: 'units',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint24',
            name: 'periods',
            type: 'uint24',
          },
          {
            internalType: 'uint96',
            name: 'collateral',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'askId',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'bidId',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'nonce',
            type: 'uint64',
          },
          {
            internalType: 'uint64',
            name: 'deadline',
            type: 'uint64',
          },
        ],
        internalType: 'struct StorageAgreement[]',
        name: 'agreements',
        type: 'tuple[]',
      },
      {
        internalType: 'bytes[]',
        name: 'providerSignatures',
        type: 'bytes[]',
      },
      {
        internalType: 'bytes',
        name: 'clientSignature',
        type: 'bytes',
      },
    ],
    name: 'form',
    outputs: [
      {
        internalType: 'AgreementId[]',
        name: 'ids',
        type: 'uint64[]',
      },
    ],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId',
        name: 'id',
        type: 'uint64',
      },
    ],
    name: 'giveNotice',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'holdbackBps',
    outputs: [
      {
        internalType: 'uint256',
        name: '',
        type: 'uint256',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'address',
        name: 'client',
        type: 'address',
      },
      {
        internalType: 'bytes32',
        name: 'objectKey',
        type: 'bytes32',
      },
    ],
    name: 'holdersOf',
    outputs: [
      {
        internalType: 'AgreementId[]',
        name: 'ids',
        type: 'uint64[]',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'address',
        name: 'client',
        type: 'address',
      },
      {
        internalType: 'uint64',
        name: 'nonce',
        type: 'uint64',
      },
    ],
    name: 'isNonceUsed',
    outputs: [
      {
        internalType: 'bool',
        name: '',
        type: 'bool',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'minValue',
    outputs: [
      {
        internalType: 'uint256',
        name: '',
        type: 'uint256',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'noticePeriods',
    outputs: [
      {
        internalType: 'uint32',
        name: '',
        type: 'uint32',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'word',
        type: 'uint64',
      },
      {
        internalType: 'uint256',
        name: 'mask',
        type: 'uint256',
      },
    ],
    name: 'revokeNonces',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'AgreementId[]',
        name: 'ids',
        type: 'uint64[]',
      },
    ],
    name: 'settle',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
