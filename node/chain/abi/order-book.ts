/* Written by scripts/generate-abi.ts from contracts/interfaces/IOrderBook.sol. */
export const orderBookAbi = [
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint256',
        name: 'expiry',
        type: 'uint256',
      },
    ],
    name: 'OrderBook_AskExpired',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint32',
        name: 'unitsLeft',
        type: 'uint32',
      },
      {
        internalType: 'uint32',
        name: 'units',
        type: 'uint32',
      },
    ],
    name: 'OrderBook_CapacityExceeded',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint256',
        name: 'collateralPeriods',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'askCollateralPeriods',
        type: 'uint256',
      },
    ],
    name: 'OrderBook_CollateralBelowAsk',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint256',
        name: 'deposit',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'minDeposit',
        type: 'uint256',
      },
    ],
    name: 'OrderBook_DepositBelowAsk',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'string',
        name: 'field',
        type: 'string',
      },
    ],
    name: 'OrderBook_InvalidAsk',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'address',
        name: 'caller',
        type: 'address',
      },
    ],
    name: 'OrderBook_NotAgreements',
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
        internalType: 'address',
        name: 'caller',
        type: 'address',
      },
    ],
    name: 'OrderBook_NotAuthorized',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint24',
        name: 'periods',
        type: 'uint24',
      },
      {
        internalType: 'uint24',
        name: 'min',
        type: 'uint24',
      },
      {
        internalType: 'uint24',
        name: 'max',
        type: 'uint24',
      },
    ],
    name: 'OrderBook_PeriodsOutOfRange',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
    ],
    name: 'OrderBook_PlacementMissing',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint64',
        name: 'price',
        type: 'uint64',
      },
      {
        internalType: 'uint64',
        name: 'askPrice',
        type: 'uint64',
      },
    ],
    name: 'OrderBook_PriceBelowAsk',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint32',
        name: 'units',
        type: 'uint32',
      },
      {
        internalType: 'uint32',
        name: 'min',
        type: 'uint32',
      },
      {
        internalType: 'uint32',
        name: 'max',
        type: 'uint32',
      },
    ],
    name: 'OrderBook_UnitsOutOfRange',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
    ],
    name: 'OrderBook_UnknownAsk',
    type: 'error',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint32',
        name: 'asked',
        type: 'uint32',
      },
      {
        internalType: 'uint32',
        name: 'given',
        type: 'uint32',
      },
    ],
    name: 'OrderBook_WrongProvider',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        indexed: true,
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
      {
        components: [
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint32',
            name: 'unitsLeft',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'minUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'maxUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint40',
            name: 'expiry',
            type: 'uint40',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'minPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'maxPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint16',
            name: 'region',
            type: 'uint16',
          },
          {
            internalType: 'uint96',
            name: 'minClientDeposit',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'retrievalPricePerMiB',
            type: 'uint64',
          },
        ],
        indexed: false,
        internalType: 'struct Ask',
        name: 'ask',
        type: 'tuple',
      },
    ],
    name: 'AskAmended',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        indexed: true,
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
    ],
    name: 'AskCancelled',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
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
        name: 'units',
        type: 'uint32',
      },
      {
        indexed: false,
        internalType: 'uint32',
        name: 'unitsLeft',
        type: 'uint32',
      },
    ],
    name: 'AskFilled',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        indexed: true,
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
      {
        components: [
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint32',
            name: 'unitsLeft',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'minUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'maxUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint40',
            name: 'expiry',
            type: 'uint40',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'minPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'maxPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint16',
            name: 'region',
            type: 'uint16',
          },
          {
            internalType: 'uint96',
            name: 'minClientDeposit',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'retrievalPricePerMiB',
            type: 'uint64',
          },
        ],
        indexed: false,
        internalType: 'struct Ask',
        name: 'ask',
        type: 'tuple',
      },
    ],
    name: 'AskPosted',
    type: 'event',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        components: [
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint32',
            name: 'unitsLeft',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'minUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'maxUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint40',
            name: 'expiry',
            type: 'uint40',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'minPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'maxPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint16',
            name: 'region',
            type: 'uint16',
          },
          {
            internalType: 'uint96',
            name: 'minClientDeposit',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'retrievalPricePerMiB',
            type: 'uint64',
          },
        ],
        internalType: 'struct Ask',
        name: 'ask',
        type: 'tuple',
      },
    ],
    name: 'amendAsk',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'askCount',
    outputs: [
      {
        internalType: 'uint64',
        name: '',
        type: 'uint64',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
    ],
    name: 'asks',
    outputs: [
      {
        components: [
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint32',
            name: 'unitsLeft',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'minUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'maxUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint40',
            name: 'expiry',
            type: 'uint40',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'minPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'maxPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint16',
            name: 'region',
            type: 'uint16',
          },
          {
            internalType: 'uint96',
            name: 'minClientDeposit',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'retrievalPricePerMiB',
            type: 'uint64',
          },
        ],
        internalType: 'struct Ask',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'from',
        type: 'uint64',
      },
      {
        internalType: 'uint64',
        name: 'max',
        type: 'uint64',
      },
    ],
    name: 'asksPage',
    outputs: [
      {
        components: [
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint32',
            name: 'unitsLeft',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'minUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'maxUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint40',
            name: 'expiry',
            type: 'uint40',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'minPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'maxPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint16',
            name: 'region',
            type: 'uint16',
          },
          {
            internalType: 'uint96',
            name: 'minClientDeposit',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'retrievalPricePerMiB',
            type: 'uint64',
          },
        ],
        internalType: 'struct Ask[]',
        name: '',
        type: 'tuple[]',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
    ],
    name: 'cancelAsk',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
      {
        internalType: 'uint32',
        name: 'provider',
        type: 'uint32',
      },
      {
        internalType: 'uint32',
        name: 'units',
        type: 'uint32',
      },
      {
        internalType: 'uint24',
        name: 'periods',
        type: 'uint24',
      },
      {
        internalType: 'uint64',
        name: 'price',
        type: 'uint64',
      },
      {
        internalType: 'uint256',
        name: 'collateralPeriods',
        type: 'uint256',
      },
      {
        internalType: 'uint256',
        name: 'clientDeposit',
        type: 'uint256',
      },
    ],
    name: 'fill',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: 'uint32',
            name: 'provider',
            type: 'uint32',
          },
          {
            internalType: 'uint64',
            name: 'pricePerUnitPeriod',
            type: 'uint64',
          },
          {
            internalType: 'uint32',
            name: 'unitsLeft',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'minUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint32',
            name: 'maxUnits',
            type: 'uint32',
          },
          {
            internalType: 'uint40',
            name: 'expiry',
            type: 'uint40',
          },
          {
            internalType: 'uint24',
            name: 'collateralPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'minPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint24',
            name: 'maxPeriods',
            type: 'uint24',
          },
          {
            internalType: 'uint16',
            name: 'region',
            type: 'uint16',
          },
          {
            internalType: 'uint96',
            name: 'minClientDeposit',
            type: 'uint96',
          },
          {
            internalType: 'uint64',
            name: 'retrievalPricePerMiB',
            type: 'uint64',
          },
        ],
        internalType: 'struct Ask',
        name: 'ask',
        type: 'tuple',
      },
    ],
    name: 'postAsk',
    outputs: [
      {
        internalType: 'uint64',
        name: 'askId',
        type: 'uint64',
      },
    ],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
