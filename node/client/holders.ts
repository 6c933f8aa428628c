import type { AgreementRow } from '../chain/market-index.ts';
import { fromHex } from '../core/bytes.ts';
import type { Holder } from './get/holder.ts';
import type { KnownProvider } from './market-view.ts';

/** Holders that still have to give their shard out: those of running agreements. */
export function holdersOf(
  agreements: readonly AgreementRow[],
  providerOf: (id: number) => KnownProvider | undefined,
): Holder[] {
  return agreements.flatMap(({ id, status, provider, shardIndex, shardRoot, units }) => {
    const known = providerOf(provider);
    if (status !== 'active' || known === undefined) return [];
    return { shardIndex, agreement: id, provider: known, root: fromHex(shardRoot, 32), units };
  });
}
