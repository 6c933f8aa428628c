import type { ServedObject, ServedShards } from '../agreements/read-rules.ts';
import type { Hex } from '../market/messages.ts';
import type { Holdings } from './ledger/holdings.ts';
import type { Reservations } from './ledger/reservations.ts';

export interface ServedShardsComponents {
  readonly holdings: Pick<Holdings, 'servedObjects'>;
  readonly book: Pick<Reservations, 'promises'>;
  /** Takes over agreements that were formed a moment ago. */
  readonly sync: () => Promise<void>;
  /** First of the periods in which an agreement that ended is served still: as long as the collector keeps its shard. */
  readonly sincePeriod: () => number;
}

/** What this provider serves, by its ledger; agreements that it has signed and not yet seen formed are looked for on the chain. */
export function servedShards({ holdings, book, sync, sincePeriod }: ServedShardsComponents): ServedShards {
  return {
    async of(root: Hex): Promise<readonly ServedObject[]> {
      const known = holdings.servedObjects(root, sincePeriod());
      if (known.length > 0 || !book.promises(root)) return known;
      await sync();
      return holdings.servedObjects(root, sincePeriod());
    },
  };
}
