import { ExitCode, StowError } from '../../core/errors.ts';
import type { BidTerms, Hex } from '../../market/messages.ts';
import { ceilDiv, formatTokens, gibPriceOfUnitPrice } from '../../market/money.ts';
import { quote } from '../../market/quote.ts';
import type { Balances, MarketTerms } from '../market-view.ts';
import { requireAffordable } from '../put/plan.ts';
import type { BidWish } from './bid-types.ts';

/** Gas of posting a bid and of closing it, measured on the contracts and rounded up. */
const BID_GAS = 500_000n;
/** Of answering it with one shard. */
const ANSWER_GAS_PER_SHARD = 200_000n;

/** Size and place of what is bid for. */
export interface BidObject {
  objectKey: Hex;
  shardsRoot: Hex;
  units: number;
  periods: number;
  shards: number;
}

/**
 * The bid on chain that a wish comes to. A start below the least that an agreement may be worth is raised to that.
 * @param time unix seconds of the chain
 * @throws StowError `bid-too-small` when even the ceiling does not reach it
 */
export function bidTermsOf(object: BidObject, wish: BidWish, market: MarketTerms, time: number): BidTerms {
  const least = leastPrice(object, wish.ceiling, market);
  const { rest, region, minScoreBps, collateralPeriods, climbS: climbSeconds, ceiling } = wish;
  const startPrice = wish.startPrice > least ? wish.startPrice : least;
  const conditions = { rest, region, minScoreBps, collateralPeriods, climbSeconds, startPrice, ceiling };
  return { ...object, ...conditions, expiry: time + wish.standsS };
}

/**
 * What the chain locks behind the bid, token wei: rent and burn of each shard at the ceiling.
 * @throws StowError `quote-above-limit`, `escrow-short`, `gas-funds`
 */
export function requireBidFunds(
  terms: Pick<BidTerms, 'units' | 'periods' | 'shards' | 'ceiling'>,
  market: { terms: MarketTerms; balances: Balances; gasPrice: bigint },
  maxTotal: bigint | undefined,
): bigint {
  const { units, periods, shards, ceiling } = terms;
  const { burnBps, holdbackBps } = market.terms;
  const shard = quote({ shards: [{ pricePerUnitPeriod: ceiling, units, periods }], burnBps, holdbackBps });
  const times = BigInt(shards);
  const gasWei = (BID_GAS + ANSWER_GAS_PER_SHARD * times) * market.gasPrice;
  // The contract rounds the burn up for each shard, not for all together.
  const total = shard.total * times;
  requireAffordable({ ...shard, total, gasWei }, { maxTotal }, market.balances);
  return total;
}

/**
 * The least price at which an agreement of this size is worth enough for the market, token wei for one unit and period.
 * @throws StowError `bid-too-small` when it is above the ceiling
 */
export function leastPrice(
  { units, periods }: Pick<BidObject, 'units' | 'periods'>,
  ceiling: bigint,
  market: Pick<MarketTerms, 'minValue'>,
): bigint {
  const least = ceilDiv(market.minValue, BigInt(units) * BigInt(periods));
  if (ceiling < least) throw tooSmall(ceiling, least);
  return least;
}

function tooSmall(ceiling: bigint, least: bigint): StowError {
  return new StowError({
    code: 'bid-too-small',
    message: `the market takes no agreement below ${formatTokens(gibPriceOfUnitPrice(least))} a GiB and period for an object of this size and term, and the ceiling is ${formatTokens(gibPriceOfUnitPrice(ceiling))}`,
    hint: 'raise --ceiling, store for more --periods, or use a code with fewer data shards',
    exitCode: ExitCode.usage,
  });
}
