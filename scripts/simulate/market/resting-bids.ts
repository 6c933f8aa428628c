import { type PricedBid, bidPrice } from '../../../node/market/bid-price.ts';
import { DAY_S, UNITS_PER_TIB, weiOf } from '../scale.ts';
import type { Book } from './book.ts';
import type { Request } from './demand.ts';
import { type ProviderState, freeUnitsOf, utilisationOf } from './provider.ts';

/** Where a bid begins, over its ceiling: half of what it would pay leaves room for somebody cheap. */
const START_DIVISOR = 2n;
/** Providers look at the bids so often a day. */
const LOOKS_A_DAY = 4;
/** Only who has much to let undercuts its own ask, and by so much. */
const IDLE_BELOW = 0.7;
const UNDERCUT_PERCENT = 75n;

/** A request's bid: climbs for as long as its client has patience. */
export function bidFor(request: Request, maxPrice: bigint): PricedBid {
  const startPrice = maxPrice / START_DIVISOR;
  return {
    postedAt: request.day * DAY_S,
    terms: {
      climbSeconds: request.patience * DAY_S,
      startPrice: startPrice === 0n ? 1n : startPrice,
      ceiling: maxPrice,
    },
  };
}

/** Who takes a bid on this day, and at what price: whoever is content with the least, once the bid has climbed there. */
export function answerOf(
  book: Book,
  request: Request,
  bid: PricedBid,
  day: number,
): { provider: ProviderState; price: bigint } | undefined {
  const cheapest = leastReserve(book, request);
  if (cheapest === undefined) return undefined;
  for (let look = 0; look < LOOKS_A_DAY; look++) {
    const price = bidPrice(bid, day * DAY_S + (look * DAY_S) / LOOKS_A_DAY);
    if (price >= cheapest.reserve) return { provider: cheapest.provider, price };
  }
  return undefined;
}

function leastReserve(book: Book, request: Request): { provider: ProviderState; reserve: bigint } | undefined {
  let least: { provider: ProviderState; reserve: bigint } | undefined;
  for (const provider of book.sellers()) {
    if (utilisationOf(provider) >= IDLE_BELOW || freeUnitsOf(provider) < request.tib * UNITS_PER_TIB) continue;
    const ask = book.priceOf(provider);
    if (ask === undefined) continue;
    const floor = weiOf(provider.kind.floor);
    const undercut = (ask * UNDERCUT_PERCENT) / 100n;
    const reserve = undercut < floor ? floor : undercut;
    if (least === undefined || reserve < least.reserve) least = { provider, reserve };
  }
  return least;
}
