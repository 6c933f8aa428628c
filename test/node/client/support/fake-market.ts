import { createHash } from 'node:crypto';

import type { KnownProvider, MarketView } from '../../../../node/client/market-view.ts';
import type { Ask } from '../../../../node/market/messages.ts';

export const TOKEN = 10n ** 18n;
export const NOW_S = 1_700_000_000;

export function fakeAsk(provider: number, over: Partial<Ask> = {}): Ask {
  return {
    provider,
    pricePerUnitPeriod: BigInt(1_000 + provider),
    unitsLeft: 100_000,
    minUnits: 1,
    maxUnits: 100_000,
    expiry: NOW_S + 86_400,
    collateralPeriods: 10,
    minPeriods: 1,
    maxPeriods: 365,
    region: 0,
    minClientDeposit: 0n,
    retrievalPricePerMiB: 0n,
    premiumBps: 0,
    ceiling: 0n,
    ...over,
  };
}

/** A healthy provider whose price grows with its id. */
export function fakeProvider(id: number, over: Partial<KnownProvider> = {}, ask: Partial<Ask> = {}): KnownProvider {
  return {
    id,
    operator: `0x${String(id).padStart(40, '0')}`,
    nodeAddress: `0x${String(id).padStart(40, 'a')}`,
    peerId: `peer-${id}`,
    addresses: [],
    region: 0,
    placementId: createHash('sha256').update(`provider ${id}`).digest(),
    failed: false,
    lockable: 1_000n * TOKEN,
    freeCapacity: 1_000_000,
    score: 0.5,
    asks: [{ askId: BigInt(id), ask: fakeAsk(id, ask) }],
    ...over,
  };
}

export function fakeProviders(count: number): KnownProvider[] {
  return Array.from({ length: count }, (_, index) => fakeProvider(index + 1));
}

export function fakeMarket(providers: readonly KnownProvider[], over: Partial<MarketView> = {}): MarketView {
  return {
    terms: { burnBps: 200n, holdbackBps: 2_000n, minValue: 1n },
    providers: async () => ({ providers, registered: providers.length }),
    time: async () => NOW_S,
    balances: async () => ({ escrow: 100n * TOKEN, wallet: 0n, gas: TOKEN }),
    gasPrice: async () => 1n,
    ...over,
  };
}
