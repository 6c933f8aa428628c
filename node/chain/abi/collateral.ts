/* Written by scripts/generate-abi.ts from contracts/interfaces/ICollateral.sol. */
export const collateralAbi = [
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint256', name: 'available', type: 'uint256' },
      { internalType: 'uint256', name: 'needed', type: 'uint256' },
    ],
    name: 'Collateral_InsufficientStake',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'string', name: 'field', type: 'string' }],
    name: 'Collateral_InvalidParams',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint24', name: 'slash', type: 'uint24' },
    ],
    name: 'Collateral_NoReportFee',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'account', type: 'uint32' }],
    name: 'Collateral_NoSuchAccount',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'address', name: 'caller', type: 'address' }],
    name: 'Collateral_NotAMarketContract',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'address', name: 'caller', type: 'address' },
    ],
    name: 'Collateral_NotAuthorized',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'Collateral_NothingUnbonding',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'Collateral_ProviderFailed',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint256', name: 'releaseTime', type: 'uint256' },
    ],
    name: 'Collateral_StillUnbonding',
    type: 'error',
  },
  { inputs: [], name: 'Collateral_ZeroAmount', type: 'error' },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'CollateralReleased',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint32', name: 'period', type: 'uint32' },
    ],
    name: 'ProviderFailed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint24', name: 'slash', type: 'uint24' },
      { indexed: true, internalType: 'uint32', name: 'account', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'ReportFeeOwed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint24', name: 'slash', type: 'uint24' },
      { indexed: true, internalType: 'uint32', name: 'account', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'ReportFeePaid',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint32', name: 'clientAccount', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'toClient', type: 'uint256' },
      { indexed: false, internalType: 'uint256', name: 'burned', type: 'uint256' },
    ],
    name: 'Slashed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'address', name: 'from', type: 'address' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'Staked',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: true, internalType: 'uint32', name: 'period', type: 'uint32' },
      { indexed: false, internalType: 'uint8', name: 'strikes', type: 'uint8' },
      { indexed: false, internalType: 'uint256', name: 'remaining', type: 'uint256' },
    ],
    name: 'Struck',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
      { indexed: false, internalType: 'uint256', name: 'releaseTime', type: 'uint256' },
    ],
    name: 'UnbondRequested',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'Unbonded',
    type: 'event',
  },
  {
    inputs: [],
    name: 'bond',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint24', name: 'slash', type: 'uint24' },
    ],
    name: 'claimReportFee',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'hasFailed',
    outputs: [{ internalType: 'bool', name: '', type: 'bool' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'lock',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'address', name: 'operator', type: 'address' },
    ],
    name: 'lockBond',
    outputs: [{ internalType: 'uint32', name: 'operatorAccount', type: 'uint32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'lockableOf',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'clientAccount', type: 'uint32' },
      { internalType: 'uint32', name: 'startPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'toPeriod', type: 'uint32' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
      { internalType: 'bool', name: 'failed', type: 'bool' },
    ],
    name: 'releaseCollateral',
    outputs: [{ internalType: 'uint256', name: 'returned', type: 'uint256' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'startPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'beforePeriod', type: 'uint32' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'remainingOf',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'requestUnbond',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint32', name: 'clientAccount', type: 'uint32' },
      { internalType: 'uint32', name: 'startPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'toPeriod', type: 'uint32' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'settleSlashes',
    outputs: [{ internalType: 'uint256', name: 'lost', type: 'uint256' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'address', name: 'owner', type: 'address' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
    ],
    name: 'stake',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'stakes',
    outputs: [
      {
        components: [
          { internalType: 'uint96', name: 'free', type: 'uint96' },
          { internalType: 'uint96', name: 'locked', type: 'uint96' },
          { internalType: 'uint8', name: 'strikes', type: 'uint8' },
          { internalType: 'uint32', name: 'lastMiss', type: 'uint32' },
          { internalType: 'uint24', name: 'slashes', type: 'uint24' },
        ],
        internalType: 'struct ICollateral.Stake',
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
      { internalType: 'uint32', name: 'fromPeriod', type: 'uint32' },
      { internalType: 'uint32', name: 'count', type: 'uint32' },
      { internalType: 'uint32', name: 'reporter', type: 'uint32' },
    ],
    name: 'strike',
    outputs: [{ internalType: 'bool', name: 'failed', type: 'bool' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'unbondings',
    outputs: [
      {
        components: [
          { internalType: 'uint96', name: 'amount', type: 'uint96' },
          { internalType: 'uint40', name: 'releaseTime', type: 'uint40' },
        ],
        internalType: 'struct ICollateral.Unbonding',
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint32', name: 'provider', type: 'uint32' }],
    name: 'withdrawUnbonded',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
