import { assert } from '../core/assert.ts';

/** How much each property may add to the price by which offers are ranked, as a share of the price. */
export interface PreferenceWeights {
  /** For a score of 0 against a score of 1. */
  readonly score: number;
  /** For a round trip of `LATENCY_CAP_MS` or more against none. */
  readonly latency: number;
  /** For the placement id farthest from the shard's target against one that is equal to it. */
  readonly distance: number;
}

/**
 * A spread of 10% moves an offer by at most 5% around the middle. Stronger premiums on reputation pay for washing it: in the reference simulation 15%
 * made 30 days of self-dealing profitable even with 5% burned.
 */
export const MAX_SCORE_WEIGHT = 0.1;

/**
 * Below the burn times the share that a provider lets (2% × 0.85 on a public network): above it the first token of rent that a provider pays itself brings
 * more than it burns (`npm run simulate`, docs/economics.md). If most clients weigh scores by more than that, washing pays.
 */
export const DEFAULT_SCORE_WEIGHT = 0.015;

/** Cheap first; a bad score costs as much as is safe, a slow line, which cannot be faked, three times that; distance only separates equals. */
export const DEFAULT_WEIGHTS: PreferenceWeights = { score: DEFAULT_SCORE_WEIGHT, latency: 0.05, distance: 0 };

/** Half the way round the world and back takes about 300 ms; what is slower is slow for other reasons, and equally bad. */
const LATENCY_CAP_MS = 500;
/** Unmeasured counts as the middle: neither a reward for hiding nor a penalty for being new. */
const UNKNOWN_LATENCY_MS = LATENCY_CAP_MS / 2;

/** Shares are reckoned in millionths, so that prices stay exact integers. */
const PPM = 1_000_000;

export interface Offer {
  /** Token wei for one unit and period. */
  readonly pricePerUnitPeriod: bigint;
  /** From 0 to 1. */
  readonly score: number;
  readonly latencyMs?: number | undefined;
  /** XOR distance as a share of the whole id space, from 0 to 1. */
  readonly distance: number;
}

/**
 * The price by which offers are compared, in millionths of token wei: p (1 + w_score (1 - s) + w_latency l + w_distance d), each of s, l, d
 * from 0 to 1. Lower is better.
 */
export function effectivePrice(offer: Offer, weights: PreferenceWeights): bigint {
  assert(weights.score >= 0 && weights.score <= MAX_SCORE_WEIGHT, `a score weight of at most ${MAX_SCORE_WEIGHT}`);
  const latency = Math.min(offer.latencyMs ?? UNKNOWN_LATENCY_MS, LATENCY_CAP_MS) / LATENCY_CAP_MS;
  const surcharge =
    weights.score * (1 - clampShare(offer.score)) +
    weights.latency * latency +
    weights.distance * clampShare(offer.distance);
  return offer.pricePerUnitPeriod * BigInt(Math.round((1 + surcharge) * PPM));
}

function clampShare(value: number): number {
  return Math.min(1, Math.max(0, value));
}
