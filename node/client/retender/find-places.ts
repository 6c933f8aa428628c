import type { PostedAsk } from '../../market/eligibility.ts';
import { placeShards } from '../../market/placement.ts';
import { consentOf } from '../extend.ts';
import type { KnownProvider, MarketView } from '../market-view.ts';
import { offerFor } from '../put/offer.ts';
import type { PlanMarket, PlanRequest, PurchaseTerms } from '../put/plan.ts';
import { lookAtMarket } from '../put/quote-put.ts';
import type { Address } from '../../market/messages.ts';
import type { PlaceFinder } from './plan-retender.ts';

export interface FindPlacesComponents {
  market: MarketView;
  owner: { address: Address };
  providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
  /** Asks that stand in the book, at what they want now. */
  asksOf: (providers: readonly number[]) => Promise<ReadonlyMap<number, readonly PostedAsk[]>>;
}

/** A stored object as the market is asked about it. */
export interface WantedObject extends Omit<PurchaseTerms, 'periods'> {
  objectKey: Uint8Array;
  plainBytes: number;
  /** Units of each shard. */
  units: number;
}

/**
 * Looks at the market once for each term that a plan may ask for, so that planning itself is a matter of looking things up.
 * @param terms in periods
 * @param providers those that hold the object's shards
 */
export async function findPlaces(
  components: FindPlacesComponents,
  wanted: WantedObject,
  terms: readonly number[],
  { providers, period, signal }: { providers: readonly number[]; period: number; signal: AbortSignal },
): Promise<PlaceFinder> {
  const { market, asksOf, providersOf } = components;
  const { objectKey, plainBytes, units, ...purchase } = wanted;
  const seen = new Map<number, { market: PlanMarket; request: PlanRequest }>();
  for (const periods of terms) {
    const sought = { ...purchase, periods, maxBytes: plainBytes };
    seen.set(periods, await lookAtMarket(components, sought, { signal }, { objectKey, units }));
  }
  const [time, { escrow: deposit }, asks, known] = await Promise.all([
    market.time({ signal }),
    market.balances({ signal }),
    asksOf(providers),
    providersOf(providers),
  ]);
  return {
    place({ shardIndex }, periods, takenOperators) {
      const at = seen.get(periods);
      if (at === undefined) return undefined;
      const { request, market: found } = at;
      const shards = [shardIndex];
      const asked = { ...request, shards, clientDeposit: deposit, time: found.time, takenOperators };
      const [placed] = placeShards(found.providers, asked).placed;
      if (placed === undefined) return undefined;
      const { provider } = placed.chosen;
      const { pricePerUnitPeriod } = offerFor(placed.chosen, { units, periods }, found.terms);
      return { provider: provider.id, operator: provider.operator, pricePerUnitPeriod };
    },
    consent: (row, periods) => consentOf(asks.get(row.provider) ?? [], row, { periods, deposit, time, period }),
    operatorOf: (id) => known.get(id)?.operator,
  };
}
