import type { Ask } from './messages.ts';
import { BPS, ceilDiv } from './money.ts';

/**
 * What an ask wants, token wei for one unit and period: a fixed one its price; a pegged one the index at its premium, rounded up, not above its
 * ceiling and not below its floor. The same as `Compatibility.priceOf` on chain.
 * @param quote what `IPriceIndex.quote` says in this period, token wei for one unit and period
 */
export function askPrice(ask: Pick<Ask, 'pricePerUnitPeriod' | 'premiumBps' | 'ceiling'>, quote: bigint): bigint {
  if (ask.premiumBps === 0) return ask.pricePerUnitPeriod;
  const price = ceilDiv(quote * BigInt(ask.premiumBps), BPS);
  const capped = price > ask.ceiling ? ask.ceiling : price;
  return capped < ask.pricePerUnitPeriod ? ask.pricePerUnitPeriod : capped;
}

/** An ask as it stands in this period: with what it wants in place of its floor. */
export function askAt(ask: Ask, quote: bigint): Ask {
  return ask.premiumBps === 0 ? ask : { ...ask, pricePerUnitPeriod: askPrice(ask, quote) };
}
