import type { FailedRule } from './compatibility.ts';
import type { Bid } from './messages.ts';
import { formatTokens } from './money.ts';

/** When a provider answers bids: its operator's own rule. Money in token wei. */
export interface BidPolicy {
  /** Whether it answers any. */
  readonly accept: boolean;
  /** Least price for one unit and period. */
  readonly minPrice: bigint;
  readonly minUnits: number;
  readonly maxUnits: number;
  readonly minPeriods: number;
  readonly maxPeriods: number;
  /** Most collateral that it puts behind an agreement, in periods of rent. */
  readonly maxCollateralPeriods: number;
  /** Longest that it keeps a shard for a bid that is not answered yet, seconds. */
  readonly maxWaitS: number;
}

/** What a provider is and has, as far as bids ask for it. */
export interface BidderView {
  /** Declared region, 0 for none. */
  readonly region: number;
  /** From 0 to 1. */
  readonly score: number;
  /** Units that it can still take in. */
  readonly freeUnits: number;
  /** Stake that new agreements could lock, token wei. */
  readonly lockable: bigint;
  /** Unix seconds of the chain. */
  readonly time: number;
}

export type BidRule =
  | 'BidsOff'
  | 'BidExpired'
  | 'BidTooLong'
  | 'PriceTooLow'
  | 'BidUnits'
  | 'BidPeriods'
  | 'BidCollateral'
  | 'BidRegion'
  | 'BidScore'
  | 'NoRoom'
  | 'NoStake';

const BPS = 10_000;

/**
 * Why a provider would not take a shard of a bid, whatever its price climbs to; empty when it would. Pure: the same bid, policy and
 * view give the same answer, so that a refusal can be explained later.
 */
export function failedBidRules({ terms }: Bid, policy: BidPolicy, view: BidderView): FailedRule<BidRule>[] {
  if (!policy.accept) return [{ rule: 'BidsOff', sentence: 'this provider answers no bids' }];
  const wait = terms.expiry - view.time;
  const collateral = collateralAt(policy.minPrice, terms);
  const conditions: [BidRule, boolean, string][] = [
    ['BidExpired', wait > 0, `it ran out ${-wait} s ago`],
    [
      'BidTooLong',
      wait <= policy.maxWaitS,
      `it stands for ${wait} s more, and shards are kept for ${policy.maxWaitS} s`,
    ],
    [
      'PriceTooLow',
      terms.ceiling >= policy.minPrice,
      `it pays at most ${formatTokens(terms.ceiling)} a unit and period, and the least is ${formatTokens(policy.minPrice)}`,
    ],
    [
      'BidUnits',
      terms.units >= policy.minUnits && terms.units <= policy.maxUnits,
      `its shards have ${terms.units} units, and ${policy.minUnits} to ${policy.maxUnits} are taken`,
    ],
    [
      'BidPeriods',
      terms.periods >= policy.minPeriods && terms.periods <= policy.maxPeriods,
      `it is for ${terms.periods} periods, and ${policy.minPeriods} to ${policy.maxPeriods} are taken`,
    ],
    [
      'BidCollateral',
      terms.collateralPeriods <= policy.maxCollateralPeriods,
      `it wants ${terms.collateralPeriods} periods of rent as collateral, and at most ${policy.maxCollateralPeriods} are given`,
    ],
    [
      'BidRegion',
      terms.region === 0 || terms.region === view.region,
      `it wants region ${terms.region}, and this provider declares ${view.region}`,
    ],
    [
      'BidScore',
      view.score * BPS >= terms.minScoreBps,
      `it wants a score of ${terms.minScoreBps / BPS}, and this provider has ${view.score}`,
    ],
    ['NoRoom', terms.units <= view.freeUnits, `it wants ${terms.units} units, and there is room for ${view.freeUnits}`],
    [
      'NoStake',
      collateral <= view.lockable,
      `it locks ${formatTokens(collateral)} of collateral, and there are ${formatTokens(view.lockable)} of free stake`,
    ],
  ];
  return conditions.flatMap(([rule, holds, sentence]) => (holds ? [] : [{ rule, sentence }]));
}

/** Collateral of an answer to a bid at a price, token wei. */
export function collateralAt(price: bigint, terms: Pick<Bid['terms'], 'units' | 'collateralPeriods'>): bigint {
  return price * BigInt(terms.units) * BigInt(terms.collateralPeriods);
}
