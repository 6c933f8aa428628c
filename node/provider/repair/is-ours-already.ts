import { fromHex } from '../../core/bytes.ts';
import type { Hex } from '../../market/messages.ts';
import type { ShardStore } from '../../store/shard-store.ts';
import type { Holdings } from '../ledger/holdings.ts';
import type { Repairs, RepairRow } from '../ledger/repairs.ts';

export interface OursComponents {
  store: Pick<ShardStore, 'stat'>;
  holdings: Pick<Holdings, 'ofRoot'>;
  book: Pick<Repairs, 'open'>;
}

/**
 * Whether this provider has a shard with that root, or has or had one for another object. Roots are public, and what a bid names as lost is its
 * client's word: an agreement over a stranger's shard would make that client one whom the bytes are given to. No two honest objects share a root.
 */
export async function isOursAlready(
  { store, holdings, book }: OursComponents,
  root: Hex,
  object: Pick<RepairRow, 'client' | 'objectKey'>,
): Promise<boolean> {
  const others = [...holdings.ofRoot(root), ...book.open().filter((row) => isSame(row.root, root))];
  const isForeign = others.some(
    (row) => !isSame(row.client, object.client) || !isSame(row.objectKey, object.objectKey),
  );
  return isForeign || (await store.stat(fromHex(root, 32))) !== undefined;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
