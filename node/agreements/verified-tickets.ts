import { LRUCache } from 'lru-cache';

import type { Hex, ReadTicket } from '../market/messages.ts';
import { MAX_VERIFIED_TICKETS } from './limits.ts';

export type VerifyTicket = (ticket: ReadTicket, signature: Hex) => Promise<boolean>;

/**
 * Remembers the tickets whose signatures are good: a download shows the same one with each of its thousands of requests, and each recovery of a signer costs as
 * much as serving half a mebibyte. Whether the ticket still allows anything is for others to see.
 */
export function rememberVerified(verify: VerifyTicket): VerifyTicket {
  const good = new LRUCache<string, true>({ max: MAX_VERIFIED_TICKETS });
  return async (ticket, signature) => {
    const { client, provider, shardRoot, expiry } = ticket;
    const key = [client, provider, shardRoot, expiry, signature].join();
    if (good.get(key) === true) return true;
    if (!(await verify(ticket, signature))) return false;
    good.set(key, true);
    return true;
  };
}
