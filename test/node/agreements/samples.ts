import { privateKeyToAccount } from 'viem/accounts';

import type { OpenReservation } from '../../../node/agreements/reservation.ts';
import type { Ask, ReserveRequest, StorageAgreement } from '../../../node/market/messages.ts';

export const client = privateKeyToAccount(`0x${'11'.repeat(32)}`);
export const OBJECT_KEY = `0x${'aa'.repeat(32)}` as const;
export const ROOT = `0x${'bb'.repeat(32)}` as const;
export const PEER = 'peer-1';
/** The chain's time in these tests, unix seconds. */
export const NOW_S = 1_000_000;

export function requestOf(fields: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    client: client.address,
    provider: 7,
    objectKey: OBJECT_KEY,
    shardIndex: 0,
    units: 17,
    periods: 30,
    askId: 3n,
    bidId: 0n,
    expiry: BigInt(NOW_S + 600),
    ...fields,
  };
}

export function askOf(fields: Partial<Ask> = {}): Ask {
  return {
    provider: 7,
    pricePerUnitPeriod: 100n,
    unitsLeft: 1_000,
    minUnits: 1,
    maxUnits: 100,
    expiry: NOW_S + 86_400,
    collateralPeriods: 5,
    minPeriods: 1,
    maxPeriods: 365,
    region: 0,
    minClientDeposit: 0n,
    retrievalPricePerMiB: 0n,
    premiumBps: 0,
    ceiling: 0n,
    ...fields,
  };
}

export function openReservation(fields: Partial<OpenReservation> = {}): OpenReservation {
  return {
    id: '0123456789abcdef'.repeat(2),
    peer: PEER,
    request: requestOf(),
    state: 'reserved',
    pricePerUnitPeriod: 100n,
    collateralPeriods: 5,
    expiresAt: NOW_S + 900,
    ...fields,
  };
}

export function agreementOf(fields: Partial<StorageAgreement> = {}): StorageAgreement {
  return {
    client: client.address,
    provider: 7,
    objectKey: OBJECT_KEY,
    shardIndex: 0,
    shardRoot: ROOT,
    units: 16,
    pricePerUnitPeriod: 100n,
    periods: 30,
    collateral: 16n * 100n * 5n,
    askId: 3n,
    bidId: 0n,
    nonce: 12_345_678_901_234_567_890n,
    deadline: BigInt(NOW_S + 600),
    ...fields,
  };
}
