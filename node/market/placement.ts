import { distanceShare, nearness, placementTarget, xorDistance } from './distance.ts';
import {
  type FailedEligibility,
  type PlacementProvider,
  type PostedAsk,
  type ShardRequest,
  failedAskRules,
  failedProviderRules,
} from './eligibility.ts';
import { DEFAULT_WEIGHTS, type PreferenceWeights, effectivePrice } from './preference.ts';

/**
 * How many of the closest placement ids compete for a shard. Simulated with 10,000 providers: 64 give prices within 1 to 3% of the whole
 * book's best, 20 within 5 to 12%; and more than that lets ids that undercut everybody capture whole objects.
 */
export const CANDIDATE_WINDOW = 64;

export interface PlacementRequest extends ShardRequest {
  /** 32 bytes. */
  readonly objectKey: Uint8Array;
  /** The shards to be placed: all of an object's, or those that lost their provider. */
  readonly shards: readonly number[];
  /** Operators that hold other shards of the object: one shard per operator, as one may fail with all its nodes. */
  readonly takenOperators?: Iterable<string> | undefined;
  /** Providers that refused or failed before. */
  readonly excludedProviders?: ReadonlySet<number> | undefined;
  readonly weights?: PreferenceWeights | undefined;
}

/** One provider's best ask for one shard. */
export interface ShardOption extends PostedAsk {
  readonly provider: PlacementProvider;
  /** What it was ranked by; see `effectivePrice`. */
  readonly effectivePrice: bigint;
  /** From 0 to 1. */
  readonly distance: number;
}

export interface ShardPlacement {
  readonly shardIndex: number;
  readonly chosen: ShardOption;
  /** What stands behind it, best first; the operators of other shards may be among them. */
  readonly alternatives: readonly ShardOption[];
}

/** A provider, or one of its asks, that cannot take a shard of this object. */
export interface Refusal {
  readonly provider: number;
  /** Undefined when the provider as such is out. */
  readonly askId: bigint | undefined;
  readonly reasons: readonly FailedEligibility[];
}

export interface Placement {
  readonly placed: readonly ShardPlacement[];
  /** Shards for which nobody is left. */
  readonly unplaced: readonly number[];
  readonly refused: readonly Refusal[];
}

interface Candidate {
  readonly provider: PlacementProvider;
  readonly placementId: Uint8Array;
  readonly operator: string;
  /** Those that suit; never empty. */
  readonly asks: readonly PostedAsk[];
}

/**
 * Chooses a provider for each shard: of the 64 closest to the shard's target that could take it (twice as many while they have too few
 * operators), the one with the lowest effective price; equals by distance. No operator gets two shards. Who cannot take it stands in nobody's
 * way, so that the outcome depends on the providers' number only as far as they fit.
 */
export function placeShards(providers: readonly PlacementProvider[], request: PlacementRequest): Placement {
  const refused: Refusal[] = [];
  const candidates = collectCandidates(providers, request, refused);
  const taken = new Set<string>();
  for (const operator of request.takenOperators ?? []) taken.add(operator.toLowerCase());
  // With so many operators to choose from, each shard finds one whatever the others took.
  const needed = request.shards.length + taken.size;
  const placed: ShardPlacement[] = [];
  const unplaced: number[] = [];
  for (const shardIndex of request.shards) {
    const options = rankOptions(candidates, shardIndex, needed, request);
    const free = options.filter((option) => !taken.has(operatorOf(option.provider)));
    const [chosen, ...alternatives] = free;
    if (chosen === undefined) {
      unplaced.push(shardIndex);
      continue;
    }
    taken.add(operatorOf(chosen.provider));
    placed.push({ shardIndex, chosen, alternatives });
  }
  return { placed, unplaced, refused };
}

function collectCandidates(
  providers: readonly PlacementProvider[],
  request: PlacementRequest,
  refused: Refusal[],
): Candidate[] {
  const candidates: Candidate[] = [];
  for (const provider of providers) {
    const { placementId } = provider;
    const reasons = failedProviderRules(provider);
    if (reasons.length > 0) refused.push({ provider: provider.id, askId: undefined, reasons });
    if (placementId === undefined) continue;
    const asks = reasons.length > 0 ? [] : suitableAsks(provider, request, refused);
    if (asks.length > 0) candidates.push({ provider, placementId, operator: provider.operator, asks });
  }
  return candidates;
}

function suitableAsks(provider: PlacementProvider, request: PlacementRequest, refused: Refusal[]): PostedAsk[] {
  if (request.excludedProviders?.has(provider.id) === true) return [];
  return provider.asks.filter((posted) => {
    const reasons = failedAskRules(provider, posted.ask, request);
    if (reasons.length > 0) refused.push({ provider: provider.id, askId: posted.askId, reasons });
    return reasons.length === 0;
  });
}

/** The best ask of every provider in the shard's window, best first. */
function rankOptions(
  candidates: readonly Candidate[],
  shardIndex: number,
  needed: number,
  request: PlacementRequest,
): ShardOption[] {
  const target = placementTarget(request.objectKey, shardIndex);
  const { window } = windowOf(candidates, target, needed);
  const weights = request.weights ?? DEFAULT_WEIGHTS;
  return window
    .flatMap(({ provider, asks, placementId }) => {
      const distance = distanceShare(xorDistance(target, placementId));
      return bestOption(provider, asks, distance, weights) ?? [];
    })
    .toSorted(compareOptions);
}

function bestOption(
  provider: PlacementProvider,
  asks: readonly PostedAsk[],
  distance: number,
  weights: PreferenceWeights,
): ShardOption | undefined {
  const options = asks.map((posted) => {
    const { pricePerUnitPeriod } = posted.ask;
    const { score, latencyMs, slowness } = provider;
    const price = effectivePrice({ pricePerUnitPeriod, score, latencyMs, slowness, distance }, weights);
    return { ...posted, provider, distance, effectivePrice: price };
  });
  return options.toSorted(compareOptions)[0];
}

function compareOptions(a: ShardOption, b: ShardOption): number {
  if (a.effectivePrice !== b.effectivePrice) return a.effectivePrice < b.effectivePrice ? -1 : 1;
  return a.distance - b.distance || a.provider.id - b.provider.id || Number(a.askId - b.askId);
}

/** Who could take a shard, as far as the window depends on it. */
export interface Placed {
  /** 32 bytes. */
  readonly placementId: Uint8Array;
  readonly operator: string;
}

/**
 * Those that compete for a shard: the 64 closest to its target, or twice as many while they have fewer than `needed` operators. Not full when
 * there were too few to choose from.
 */
export function windowOf<T extends Placed>(
  candidates: readonly T[],
  target: Uint8Array,
  needed: number,
): { window: readonly T[]; isFull: boolean } {
  for (let size = CANDIDATE_WINDOW; size <= candidates.length; size *= 2) {
    const window = closest(candidates, target, size);
    const operators = new Set(window.map(({ operator }) => operator.toLowerCase()));
    if (operators.size >= needed) return { window, isFull: true };
  }
  return { window: candidates, isFull: false };
}

/** The `count` closest. The first 48 bits of a distance sort nearly all; only those up to the last place are compared whole. */
function closest<T extends Placed>(candidates: readonly T[], target: Uint8Array, count: number): T[] {
  const shares = Float64Array.from(candidates, ({ placementId }) => nearness(target, placementId));
  const last = shares.toSorted()[count - 1] ?? Infinity;
  return candidates
    .filter((_, index) => (shares[index] ?? Infinity) <= last)
    .map((candidate) => ({ candidate, distance: xorDistance(target, candidate.placementId) }))
    .toSorted((a, b) => Buffer.compare(a.distance, b.distance))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

function operatorOf(provider: PlacementProvider): string {
  return provider.operator.toLowerCase();
}
