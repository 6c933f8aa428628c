import { ceilDiv } from '../../market/money.ts';
import type { ShardOption } from '../../market/placement.ts';
import type { MarketTerms } from '../market-view.ts';

/** The price and collateral that an agreement takes an ask at. */
export interface Offer {
  /** Token wei for one unit and period. */
  pricePerUnitPeriod: bigint;
  /** Token wei of the provider's stake. */
  collateral: bigint;
}

/**
 * What is offered for a shard: the ask's price, or more where the market's smallest agreement demands it. A tiny shard for a
 * short term would otherwise cost its provider more gas than it earns.
 */
export function offerFor(option: ShardOption, shard: { units: number; periods: number }, terms: MarketTerms): Offer {
  const unitPeriods = BigInt(shard.units) * BigInt(shard.periods);
  const least = ceilDiv(terms.minValue, unitPeriods);
  const { ask } = option;
  const pricePerUnitPeriod = ask.pricePerUnitPeriod > least ? ask.pricePerUnitPeriod : least;
  return { pricePerUnitPeriod, collateral: pricePerUnitPeriod * BigInt(shard.units) * BigInt(ask.collateralPeriods) };
}
