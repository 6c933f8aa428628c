import type { Address, TypedDataDomain } from 'viem';

/** One deployment of the market: EIP-712 domains are bound to it, so nothing signed for one counts in another. */
export interface MarketRef {
  chainId: number;
  /** Address of the Agreements contract. */
  agreements: Address;
}

/** Domain of what the Agreements contract verifies: name and version as in its constructor. */
export function agreementsDomain(market: MarketRef): TypedDataDomain {
  return { name: 'Stowmarket Agreements', version: '1', chainId: market.chainId, verifyingContract: market.agreements };
}

/** Domain of what only clients and providers verify, off chain: requests and read tickets. */
export function transferDomain(market: MarketRef): TypedDataDomain {
  return { name: 'Stowmarket Transfer', version: '1', chainId: market.chainId, verifyingContract: market.agreements };
}

/** Field order and types as in contracts/types/StorageAgreement.sol: the type hash depends on both. */
export const STORAGE_AGREEMENT_TYPES = {
  StorageAgreement: [
    { name: 'client', type: 'address' },
    { name: 'provider', type: 'uint32' },
    { name: 'objectKey', type: 'bytes32' },
    { name: 'shardIndex', type: 'uint8' },
    { name: 'shardRoot', type: 'bytes32' },
    { name: 'units', type: 'uint32' },
    { name: 'pricePerUnitPeriod', type: 'uint64' },
    { name: 'periods', type: 'uint24' },
    { name: 'collateral', type: 'uint96' },
    { name: 'askId', type: 'uint64' },
    { name: 'bidId', type: 'uint64' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const;

export const RESERVE_REQUEST_TYPES = {
  ReserveRequest: [
    { name: 'client', type: 'address' },
    { name: 'provider', type: 'uint32' },
    { name: 'peerId', type: 'string' },
    { name: 'objectKey', type: 'bytes32' },
    { name: 'shardIndex', type: 'uint8' },
    { name: 'units', type: 'uint32' },
    { name: 'periods', type: 'uint24' },
    { name: 'askId', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const;

export const READ_TICKET_TYPES = {
  ReadTicket: [
    { name: 'client', type: 'address' },
    { name: 'provider', type: 'uint32' },
    { name: 'shardRoot', type: 'bytes32' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const;
