import type { FailedEligibility, PlacementProvider, PostedAsk } from './eligibility.ts';
import { formatTokens } from './money.ts';
import { formatSpeed, type Service } from './service.ts';
import type { Placement, ShardOption, ShardPlacement } from './placement.ts';

/** What decided about one ask, for one object. */
export type AskVerdict =
  /** It was the best for these shards. */
  | { readonly verdict: 'chosen'; readonly shards: readonly number[] }
  /** It cannot be taken: every rule that it fails. */
  | { readonly verdict: 'unfit'; readonly reasons: readonly FailedEligibility[] }
  /** Another one ranked better for the shard for which this one came closest. */
  | { readonly verdict: 'outranked'; readonly shardIndex: number; readonly rank: number; readonly winner: ShardOption }
  /** Its provider's operator holds a shard of the object already. */
  | { readonly verdict: 'operator-taken'; readonly shardIndex: number }
  /** Its provider has a better ask. */
  | { readonly verdict: 'own-better'; readonly askId: bigint }
  /** Its placement id is not among the closest to any of the shards. */
  | { readonly verdict: 'too-far' };

/** One ask of the book, or a provider without one, and what became of it. */
export interface Explanation {
  readonly provider: number;
  /** Undefined for a provider that is out as such. */
  readonly askId: bigint | undefined;
  /** Signed off the chain, and not brought to the book yet. */
  readonly signed: boolean;
  /** Token wei for one unit and period. */
  readonly pricePerUnitPeriod: bigint | undefined;
  /** What it was ranked by, in millionths of token wei; undefined when it was not ranked. */
  readonly effectivePrice: bigint | undefined;
  readonly decision: AskVerdict;
  /** The decision in words. */
  readonly sentence: string;
}

/** Says for each ask of each provider what decided: chosen, or the rule or the rank that stood against it. Chosen ones first, then by rank. */
export function explainPlacement(providers: readonly PlacementProvider[], placement: Placement): Explanation[] {
  const context = contextOf(providers, placement);
  const explained = providers.flatMap((provider): Explanation[] => {
    const asProvider = placement.refused.find(({ provider: id, askId }) => id === provider.id && askId === undefined);
    if (asProvider !== undefined)
      return [explanation(provider.id, undefined, { verdict: 'unfit', reasons: asProvider.reasons }, undefined)];
    return provider.asks.map((posted) => {
      const option = context.options.get(posted.askId);
      return explanation(provider.id, posted, verdictOf(provider, posted.askId, placement, context), option);
    });
  });
  return explained.toSorted((a, b) => order(a) - order(b) || compare(a.effectivePrice, b.effectivePrice));
}

interface Context {
  /** Where each ask that was ranked came closest to being chosen. */
  readonly closest: ReadonlyMap<bigint, { placement: ShardPlacement; rank: number }>;
  /** Each ask that was ranked, with what it was ranked by. */
  readonly options: ReadonlyMap<bigint, ShardOption>;
  /** The best-ranked ask of each provider. */
  readonly ranked: ReadonlyMap<number, bigint>;
  /** A shard that each operator was given. */
  readonly shardOfOperator: ReadonlyMap<string, number>;
}

function contextOf(providers: readonly PlacementProvider[], { placed }: Placement): Context {
  const closest = new Map<bigint, { placement: ShardPlacement; rank: number }>();
  const options = new Map<bigint, ShardOption>();
  const ranked = new Map<number, bigint>();
  const shardOfOperator = new Map<string, number>();
  for (const shard of placed) {
    shardOfOperator.set(shard.chosen.provider.operator.toLowerCase(), shard.shardIndex);
    for (const [place, option] of [shard.chosen, ...shard.alternatives].entries()) {
      options.set(option.askId, option);
      ranked.set(option.provider.id, option.askId);
      const best = closest.get(option.askId);
      if (place > 0 && (best === undefined || place + 1 < best.rank)) {
        closest.set(option.askId, { placement: shard, rank: place + 1 });
      }
    }
  }
  return { closest, options, ranked, shardOfOperator };
}

function verdictOf(
  provider: PlacementProvider,
  askId: bigint,
  { placed, refused }: Placement,
  { closest, ranked, shardOfOperator }: Context,
): AskVerdict {
  const shards = placed.filter(({ chosen }) => chosen.askId === askId).map(({ shardIndex }) => shardIndex);
  if (shards.length > 0) return { verdict: 'chosen', shards };
  const unfit = refused.find((refusal) => refusal.askId === askId);
  if (unfit !== undefined) return { verdict: 'unfit', reasons: unfit.reasons };
  const own = ranked.get(provider.id);
  if (own !== undefined && own !== askId) return { verdict: 'own-better', askId: own };
  const near = closest.get(askId);
  if (near !== undefined) {
    const { shardIndex, chosen: winner } = near.placement;
    return { verdict: 'outranked', shardIndex, rank: near.rank, winner };
  }
  const taken = shardOfOperator.get(provider.operator.toLowerCase());
  return taken === undefined ? { verdict: 'too-far' } : { verdict: 'operator-taken', shardIndex: taken };
}

function explanation(
  provider: number,
  posted: PostedAsk | undefined,
  decision: AskVerdict,
  option: ShardOption | undefined,
): Explanation {
  return {
    provider,
    askId: posted?.askId,
    signed: posted?.offer !== undefined,
    pricePerUnitPeriod: posted?.ask.pricePerUnitPeriod,
    effectivePrice: option?.effectivePrice,
    decision,
    sentence: sentenceOf(decision, option),
  };
}

function sentenceOf(decision: AskVerdict, option: ShardOption | undefined): string {
  switch (decision.verdict) {
    case 'chosen':
      return `chosen for shard ${decision.shards.join(', ')}`;
    case 'unfit':
      return decision.reasons.map(({ rule, sentence }) => `${sentence} [${rule}]`).join('; ');
    case 'own-better':
      return `its provider’s ask ${decision.askId} ranks better`;
    case 'operator-taken':
      return `its operator has shard ${decision.shardIndex} already, and no operator gets two`;
    case 'too-far':
      return 'its placement id is not among the closest to any shard';
    case 'outranked':
      break;
  }
  return outranked(decision, option);
}

function outranked(
  { winner, rank, shardIndex }: Extract<AskVerdict, { verdict: 'outranked' }>,
  option: ShardOption | undefined,
): string {
  const against = option === undefined ? '' : `: ${traits(option)} against ${traits(winner)}`;
  return `place ${rank} for shard ${shardIndex}, behind ask ${winner.askId} of provider ${winner.provider.id}${against}`;
}

/** What the rank of an ask is made of, as people compare it. */
function traits({ ask, provider }: ShardOption): string {
  const latency = provider.latencyMs === undefined ? '' : `, ${Math.round(provider.latencyMs)} ms`;
  return `${formatTokens(ask.pricePerUnitPeriod)} at a score of ${provider.score.toFixed(3)}${latency}${readsOf(provider.service)}`;
}

/** How paid reads of a provider were served. */
function readsOf(service: Service | undefined): string {
  if (service === undefined) return '';
  const { firstByteMs, kibPerSecond } = service;
  const speed = kibPerSecond === undefined ? '' : ` and ${formatSpeed(kibPerSecond)}`;
  return `, reads of ${Math.round(firstByteMs)} ms to the first byte${speed}`;
}

const ORDER = ['chosen', 'outranked', 'own-better', 'operator-taken', 'too-far', 'unfit'] as const;

function order({ decision }: Explanation): number {
  return ORDER.indexOf(decision.verdict);
}

/** Those without a rank last. */
function compare(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
