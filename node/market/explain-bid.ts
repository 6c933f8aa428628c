import { zeroHash } from 'viem';
import { isAddressEqual } from 'viem/utils';

import { bidNonce, failedAnswerRules } from './bid-compatibility.ts';
import { bidPrice } from './bid-price.ts';
import { type BidPolicy, collateralAt, failedBidRules } from './bid-rule.ts';
import type { FailedRule } from './compatibility.ts';
import { failedAskRules, type PlacementProvider, type PostedAsk } from './eligibility.ts';
import type { Bid, StorageAgreement } from './messages.ts';
import { formatTokens } from './money.ts';

/** A provider as a bid sees it. */
export interface BidProvider extends PlacementProvider {
  /** Declared (ISO 3166-1 numeric), 0 for none. */
  readonly region: number;
}

/** What decides whether a provider could answer a bid now. */
export type BidVerdict =
  /** It holds a shard of the bid already. */
  | 'answered'
  /** Nothing stands against it, and the bid pays what its cheapest ask that fits wants. */
  | 'could'
  /** Its ask wants more than the bid pays now; the price climbs there. */
  | 'waits'
  /** Nothing of what is on the chain stands against it; no ask of it fits, so that only its operator knows from what price on it answers. */
  | 'unknown-price'
  | 'unfit';

export interface BidExplanation {
  readonly provider: number;
  readonly verdict: BidVerdict;
  /** Its cheapest ask that such a shard could take: what it would answer at, as far as anybody can see. */
  readonly askId: bigint | undefined;
  /** Token wei for one unit and period. */
  readonly pricePerUnitPeriod: bigint | undefined;
  /** Unix seconds from which the bid pays that; undefined when it never does, or when nobody knows what it wants. */
  readonly from: number | undefined;
  /** Names of the rules that stand against it. */
  readonly rules: readonly string[];
  readonly sentence: string;
}

export interface BidMoment {
  readonly bidId: bigint;
  readonly bid: Bid;
  /** Unix seconds of the chain. */
  readonly time: number;
  /** Providers with running agreements over the object, with the shard that each has. */
  readonly holders: ReadonlyMap<number, number>;
  /** Their operators, in lower case. */
  readonly takenOperators: ReadonlySet<string>;
}

/** Says for each provider whether it could answer a bid now, at what price, or which rule stands against it. Those that could come first, by price. */
export function explainBid(providers: readonly BidProvider[], moment: BidMoment): BidExplanation[] {
  return providers
    .map((provider) => explainOne(provider, moment))
    .toSorted(
      (a, b) =>
        ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
        compare(a.pricePerUnitPeriod, b.pricePerUnitPeriod) ||
        a.provider - b.provider,
    );
}

const ORDER: readonly BidVerdict[] = ['answered', 'could', 'waits', 'unknown-price', 'unfit'];

function explainOne(provider: BidProvider, moment: BidMoment): BidExplanation {
  const { bid, time, holders } = moment;
  const ask = cheapestFit(provider, moment);
  const wanted = ask?.ask.pricePerUnitPeriod;
  const told = { provider: provider.id, askId: ask?.askId, pricePerUnitPeriod: wanted, from: undefined, rules: [] };
  const shard = holders.get(provider.id);
  if (shard !== undefined) return { ...told, verdict: 'answered', sentence: `it has shard ${shard} of it` };
  const failed = failedNow(provider, wanted, moment);
  if (failed.length > 0) {
    const sentence = failed.map((one) => `${one.sentence} [${one.rule}]`).join('; ');
    return { ...told, verdict: 'unfit', rules: failed.map(({ rule }) => rule), sentence };
  }
  if (ask === undefined || wanted === undefined)
    return { ...told, verdict: 'unknown-price', sentence: 'no ask of it fits, so its operator alone knows its price' };
  const from = paysFrom(bid, wanted);
  const price = bidPrice(bid, time);
  const [short] = failedAnswerRules(bid, moment.bidId, price, answerAt(provider.id, wanted, moment));
  if (short === undefined) {
    const sentence = `nothing stands against it: its ask ${ask.askId} wants ${formatTokens(wanted)} a unit and period`;
    return { ...told, verdict: 'could', from, sentence };
  }
  const sentence = `${short.sentence} [${short.rule}], and from ${from - time} s on as much`;
  return { ...told, verdict: 'waits', from, rules: [short.rule], sentence };
}

/** The conditions of the contract, and what a client sees to before it offers a shard; the price at `wanted`, if anything says what that is. */
function failedNow(provider: BidProvider, wanted: bigint | undefined, moment: BidMoment): FailedRule<string>[] {
  const { bid, time, takenOperators } = moment;
  const { region, score, freeCapacity: freeUnits, lockable, operator } = provider;
  const failed: FailedRule<string>[] = [];
  if (provider.failed) failed.push({ rule: 'ProviderFailed', sentence: 'it failed for good' });
  if (isAddressEqual(operator, bid.client))
    failed.push({ rule: 'SelfMatch', sentence: "its operator is the bid's client" });
  if (takenOperators.has(operator.toLowerCase()))
    failed.push({ rule: 'OperatorTaken', sentence: 'its operator has a shard of the object already' });
  const policy = { ...ANYTHING, minPrice: wanted ?? bid.terms.startPrice };
  return [...failed, ...failedBidRules(bid, policy, { region, score, freeUnits, lockable, time })];
}

/** A provider's own conditions beyond the price are in its configuration, and nobody else knows them. */
const ANYTHING: BidPolicy = {
  accept: true,
  minPrice: 0n,
  minUnits: 0,
  maxUnits: Infinity,
  minPeriods: 0,
  maxPeriods: Infinity,
  maxCollateralPeriods: Infinity,
  maxWaitS: Infinity,
};

/** The cheapest ask that such a shard could take, whatever the bid pays. */
function cheapestFit(provider: BidProvider, { bid, time }: BidMoment): PostedAsk | undefined {
  const { units, periods } = bid.terms;
  return provider.asks
    .filter(({ ask }) => {
      const clientDeposit = ask.minClientDeposit;
      return failedAskRules(provider, ask, { units, periods, time, clientDeposit }).length === 0;
    })
    .toSorted((a, b) => compare(a.ask.pricePerUnitPeriod, b.ask.pricePerUnitPeriod))[0];
}

function answerAt(provider: number, price: bigint, { bid, bidId }: BidMoment): StorageAgreement {
  const { objectKey, units, periods } = bid.terms;
  return {
    client: bid.client,
    provider,
    objectKey,
    shardIndex: 0,
    shardRoot: zeroHash,
    units,
    pricePerUnitPeriod: price,
    periods,
    collateral: collateralAt(price, bid.terms),
    askId: 0n,
    bidId,
    nonce: bidNonce(bidId, 0),
    deadline: 0n,
  };
}

/** Unix seconds from which a bid pays a price that is not above its ceiling. */
function paysFrom({ postedAt, terms: { startPrice, ceiling, climbSeconds } }: Bid, price: bigint): number {
  if (price <= startPrice) return postedAt;
  const climb = BigInt(climbSeconds);
  const range = ceiling - startPrice;
  // Rounded up: the price itself is rounded down.
  return postedAt + Number(((price - startPrice) * climb + range - 1n) / range);
}

/** Those without one last. */
function compare(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
