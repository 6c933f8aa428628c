import { assert } from '../core/assert.ts';
import { UNKNOWN_SLOWNESS } from './service.ts';

/** How much each property may add to the price by which offers are ranked, as a share of the price. */
export interface PreferenceWeights {
  /** For a score of 0 against a score of 1. */
  readonly score: number;
  /** For a round trip of `LATENCY_CAP_MS` or more against none. */
  readonly latency: number;
  /** For the slowest paid reads on the record against the fastest. */
  readonly service: number;
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

/**
 * What is paid for reads counts beside the rent that a provider earned of late (`slownessOf`), so that a share w of the rent is what a record can bring at most,
 * half of it by looking the best instead of unknown; 2% of what is paid are burned. Above 4% it pays to read from oneself.
 */
export const MAX_SERVICE_WEIGHT = 0.04;

/** Cheap first; a bad score costs as much as is safe, a slow line, which cannot be faked, three times that; distance only separates equals. */
export const DEFAULT_WEIGHTS: PreferenceWeights = {
  score: DEFAULT_SCORE_WEIGHT,
  latency: 0.05,
  service: 0.01,
  distance: 0,
};

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
  /** Of paid reads, by their receipts, from 0 to 1; nobody knows when undefined. */
  readonly slowness?: number | undefined;
  /** XOR distance as a share of the whole id space, from 0 to 1. */
  readonly distance: number;
}

/**
 * The price by which offers are compared, in millionths of token wei: p (1 + w_score (1 - s) + w_latency l + w_service v + w_distance d), each of
 * s, l, v, d from 0 to 1. Lower is better.
 */
export function effectivePrice(offer: Offer, weights: PreferenceWeights): bigint {
  assert(weights.score >= 0 && weights.score <= MAX_SCORE_WEIGHT, `a score weight of at most ${MAX_SCORE_WEIGHT}`);
  assert(weights.service <= MAX_SERVICE_WEIGHT, `a service weight of at most ${MAX_SERVICE_WEIGHT}`);
  const latency = Math.min(offer.latencyMs ?? UNKNOWN_LATENCY_MS, LATENCY_CAP_MS) / LATENCY_CAP_MS;
  const surcharge =
    weights.score * (1 - clampShare(offer.score)) +
    weights.latency * latency +
    weights.service * clampShare(offer.slowness ?? UNKNOWN_SLOWNESS) +
    weights.distance * clampShare(offer.distance);
  return offer.pricePerUnitPeriod * BigInt(Math.round((1 + surcharge) * PPM));
}

/** The slowest reads on the record count as so many times as dear as the fastest: whoever waits for k shards waits for the slowest of them. */
const SLOW_READS_FACTOR = 2;

/** By what holders of an object's shards are chosen to be read: what reads cost, and how slow they are. Lower is better; all that are free are alike. */
export function readRank(pricePerMiB: bigint, slowness: number = UNKNOWN_SLOWNESS): number {
  return Number(pricePerMiB) * (1 + (SLOW_READS_FACTOR - 1) * clampShare(slowness));
}

function clampShare(value: number): number {
  return Math.min(1, Math.max(0, value));
}
