import { escrowShort } from '../client/escrow-short.ts';

/** @throws StowError `escrow-short` when so many token wei are not free in the escrow account */
export function requireFree(amount: bigint, free: bigint): void {
  if (amount > free) throw escrowShort({ what: 'it would lock', total: amount, held: free });
}
