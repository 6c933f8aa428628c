import type { Bid } from './messages.ts';

/** The part of a bid that its price follows from. */
export interface PricedBid {
  readonly postedAt: Bid['postedAt'];
  readonly terms: Pick<Bid['terms'], 'climbSeconds' | 'startPrice' | 'ceiling'>;
}

/**
 * What a bid pays, token wei for one unit and period: linear from its start to its ceiling over its climb, rounded down. The same as
 * `Compatibility.priceOf` on chain.
 * @param time unix seconds of a block; before the posting it counts as the posting, as no block with the bid lies there
 */
export function bidPrice({ postedAt, terms }: PricedBid, time: number): bigint {
  const { climbSeconds, startPrice, ceiling } = terms;
  const elapsed = Math.max(0, time - postedAt);
  if (elapsed >= climbSeconds) return ceiling;
  return startPrice + ((ceiling - startPrice) * BigInt(elapsed)) / BigInt(climbSeconds);
}
