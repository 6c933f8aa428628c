/* Written by scripts/generate-abi.ts from contracts/interfaces/IRetrievalChannels.sol. */
export const retrievalChannelsAbi = [
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
      { internalType: 'uint256', name: 'deposit', type: 'uint256' },
    ],
    name: 'RetrievalChannels_AboveDeposit',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint256', name: 'closesAt', type: 'uint256' },
    ],
    name: 'RetrievalChannels_AlreadyClosing',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'RetrievalChannels_BadClientSignature',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint256', name: 'expiry', type: 'uint256' },
      { internalType: 'uint256', name: 'earliest', type: 'uint256' },
      { internalType: 'uint256', name: 'latest', type: 'uint256' },
    ],
    name: 'RetrievalChannels_BadExpiry',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'RetrievalChannels_BadProviderSignature',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'string', name: 'field', type: 'string' }],
    name: 'RetrievalChannels_InvalidParams',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'RetrievalChannels_NoChannel',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'address', name: 'caller', type: 'address' },
    ],
    name: 'RetrievalChannels_NotTheClient',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint256', name: 'amount', type: 'uint256' },
      { internalType: 'uint256', name: 'redeemed', type: 'uint256' },
    ],
    name: 'RetrievalChannels_NothingNew',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint256', name: 'deadline', type: 'uint256' },
    ],
    name: 'RetrievalChannels_SignatureExpired',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint256', name: 'closesAt', type: 'uint256' },
    ],
    name: 'RetrievalChannels_StillOpen',
    type: 'error',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint256', name: 'closesAt', type: 'uint256' },
    ],
    name: 'RetrievalChannels_TooLate',
    type: 'error',
  },
  { inputs: [], name: 'RetrievalChannels_ZeroAmount', type: 'error' },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint64', name: 'channel', type: 'uint64' },
      { indexed: false, internalType: 'uint256', name: 'refunded', type: 'uint256' },
      { indexed: false, internalType: 'uint256', name: 'burned', type: 'uint256' },
    ],
    name: 'ChannelClosed',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint64', name: 'channel', type: 'uint64' },
      { indexed: false, internalType: 'uint32', name: 'closesAt', type: 'uint32' },
    ],
    name: 'ChannelClosing',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint64', name: 'channel', type: 'uint64' },
      { indexed: true, internalType: 'address', name: 'client', type: 'address' },
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
      { indexed: false, internalType: 'uint40', name: 'expiry', type: 'uint40' },
    ],
    name: 'ChannelOpened',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint64', name: 'channel', type: 'uint64' },
      { indexed: false, internalType: 'uint256', name: 'amount', type: 'uint256' },
      { indexed: false, internalType: 'uint40', name: 'expiry', type: 'uint40' },
    ],
    name: 'ChannelToppedUp',
    type: 'event',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'uint64', name: 'channel', type: 'uint64' },
      { indexed: true, internalType: 'uint32', name: 'provider', type: 'uint32' },
      { indexed: false, internalType: 'uint256', name: 'total', type: 'uint256' },
      { indexed: false, internalType: 'uint256', name: 'paid', type: 'uint256' },
      { indexed: false, internalType: 'uint64', name: 'readBytes', type: 'uint64' },
      { indexed: false, internalType: 'uint32', name: 'firstByteMs', type: 'uint32' },
      { indexed: false, internalType: 'uint8', name: 'kibPerSecond', type: 'uint8' },
    ],
    name: 'VoucherRedeemed',
    type: 'event',
  },
  {
    inputs: [],
    name: 'burnBps',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'channelCount',
    outputs: [{ internalType: 'uint64', name: '', type: 'uint64' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'channels',
    outputs: [
      {
        components: [
          { internalType: 'address', name: 'client', type: 'address' },
          { internalType: 'uint32', name: 'provider', type: 'uint32' },
          { internalType: 'uint32', name: 'clientAccount', type: 'uint32' },
          { internalType: 'uint32', name: 'operatorAccount', type: 'uint32' },
          { internalType: 'uint96', name: 'deposit', type: 'uint96' },
          { internalType: 'uint96', name: 'redeemed', type: 'uint96' },
          { internalType: 'uint32', name: 'expiry', type: 'uint32' },
          { internalType: 'uint32', name: 'closesAt', type: 'uint32' },
        ],
        internalType: 'struct IRetrievalChannels.Channel',
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
        components: [
          { internalType: 'uint64', name: 'channel', type: 'uint64' },
          { internalType: 'uint96', name: 'amount', type: 'uint96' },
          { internalType: 'uint64', name: 'readBytes', type: 'uint64' },
          { internalType: 'uint32', name: 'firstByteMs', type: 'uint32' },
          { internalType: 'uint8', name: 'kibPerSecond', type: 'uint8' },
        ],
        internalType: 'struct Voucher',
        name: 'voucher',
        type: 'tuple',
      },
      { internalType: 'bytes', name: 'clientSignature', type: 'bytes' },
      { internalType: 'uint64', name: 'deadline', type: 'uint64' },
      { internalType: 'bytes', name: 'providerSignature', type: 'bytes' },
    ],
    name: 'close',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'closesAtOf',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'disputeSeconds',
    outputs: [{ internalType: 'uint256', name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'address', name: 'client', type: 'address' },
      { internalType: 'uint32', name: 'provider', type: 'uint32' },
      { internalType: 'uint96', name: 'amount', type: 'uint96' },
      { internalType: 'uint40', name: 'expiry', type: 'uint40' },
    ],
    name: 'open',
    outputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        components: [
          { internalType: 'uint64', name: 'channel', type: 'uint64' },
          { internalType: 'uint96', name: 'amount', type: 'uint96' },
          { internalType: 'uint64', name: 'readBytes', type: 'uint64' },
          { internalType: 'uint32', name: 'firstByteMs', type: 'uint32' },
          { internalType: 'uint8', name: 'kibPerSecond', type: 'uint8' },
        ],
        internalType: 'struct Voucher',
        name: 'voucher',
        type: 'tuple',
      },
      { internalType: 'bytes', name: 'signature', type: 'bytes' },
    ],
    name: 'redeem',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      {
        components: [
          {
            components: [
              { internalType: 'uint64', name: 'channel', type: 'uint64' },
              { internalType: 'uint96', name: 'amount', type: 'uint96' },
              { internalType: 'uint64', name: 'readBytes', type: 'uint64' },
              { internalType: 'uint32', name: 'firstByteMs', type: 'uint32' },
              { internalType: 'uint8', name: 'kibPerSecond', type: 'uint8' },
            ],
            internalType: 'struct Voucher',
            name: 'voucher',
            type: 'tuple',
          },
          { internalType: 'bytes', name: 'signature', type: 'bytes' },
        ],
        internalType: 'struct IRetrievalChannels.Redemption[]',
        name: 'redemptions',
        type: 'tuple[]',
      },
    ],
    name: 'redeemBatch',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'startClose',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'uint64', name: 'channel', type: 'uint64' },
      { internalType: 'uint96', name: 'amount', type: 'uint96' },
      { internalType: 'uint40', name: 'expiry', type: 'uint40' },
    ],
    name: 'topUp',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ internalType: 'uint64', name: 'channel', type: 'uint64' }],
    name: 'withdraw',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
] as const;
