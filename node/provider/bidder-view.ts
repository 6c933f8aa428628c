import type { BidderView } from '../market/bid-rule.ts';
import type { Head } from './chain-clock.ts';
import type { Reservations } from './ledger/reservations.ts';
import type { ProviderChain } from './provider-chain.ts';

export interface BidderComponents {
  chain: Pick<ProviderChain, 'lockable' | 'reputation'>;
  book: Pick<Reservations, 'totals'>;
  room: { freeUnits(): number };
}

/**
 * What this provider is and has now, as far as bids ask for it.
 * @param region declared by the provider, 0 for none
 */
export async function readBidderView(
  { chain, book, room }: BidderComponents,
  region: number,
  { period, timestampS: time }: Head,
  signal: AbortSignal,
): Promise<BidderView> {
  const [lockable, { score }] = await Promise.all([chain.lockable(signal), chain.reputation(period, signal)]);
  const free = lockable - book.totals().signedCollateral;
  return { region, score, freeUnits: room.freeUnits(), lockable: free, time };
}
