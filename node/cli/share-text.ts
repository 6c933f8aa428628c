import { zeroAddress } from 'viem';

import { NO_END } from '../client/share/share-object.ts';
import type { Address } from '../market/messages.ts';

/** Whom something is shared with, in words. */
export function whomOf(reader: Address): string {
  return reader === zeroAddress ? 'everybody' : reader;
}

/** Until when, in words: `until 2030-01-31T00:00:00.000Z`. */
export function untilOf(until: number): string {
  return until === NO_END ? 'until it is taken back' : `until ${instantOf(until)}`;
}

/** Until when, for a table or a program; undefined without an end. */
export function endOfShare(until: number): string | undefined {
  return until === NO_END ? undefined : instantOf(until);
}

/** Other programs may write seconds that no date reaches. */
function instantOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString();
}
