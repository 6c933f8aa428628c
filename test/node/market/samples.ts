import { hash } from 'node:crypto';

import type { PlacementProvider } from '../../../node/market/eligibility.ts';
import type { Ask } from '../../../node/market/messages.ts';

/** 32 bytes that depend on `text`. */
export const digest = (text: string): Uint8Array => hash('sha256', text, 'buffer');

/** An ask that fits shards of up to 100 units, until second 10,000. */
export function askOf(provider: number, values: Partial<Ask> = {}): Ask {
  return {
    provider,
    pricePerUnitPeriod: 1_000n,
    unitsLeft: 100,
    minUnits: 1,
    maxUnits: 100,
    expiry: 10_000,
    collateralPeriods: 1,
    minPeriods: 1,
    maxPeriods: 100,
    region: 0,
    minClientDeposit: 0n,
    retrievalPricePerMiB: 0n,
    premiumBps: 0,
    ceiling: 0n,
    ...values,
  };
}

/** A provider with nothing against it, of an operator of its own, with one ask, or these, numbered from 100 times its id. */
export function providerOf(
  id: number,
  values: Partial<PlacementProvider> = {},
  ...asks: readonly Partial<Ask>[]
): PlacementProvider {
  const terms = asks.length === 0 ? [{}] : asks;
  return {
    id,
    operator: `0x${id.toString(16).padStart(40, '0')}`,
    placementId: digest(`placement ${id}`),
    failed: false,
    lockable: 10n ** 18n,
    freeCapacity: 1_000_000,
    score: 1,
    latencyMs: 0,
    asks: terms.map((ask, index) => ({ askId: BigInt(id * 100 + index), ask: askOf(id, ask) })),
    ...values,
  };
}
