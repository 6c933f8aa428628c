import type { AgreementRow } from '../chain/market-index.ts';
import { fromHex } from '../core/bytes.ts';
import { readRank } from '../market/preference.ts';
import type { Holder } from '../transfer/read/holder.ts';
import type { KnownProvider } from './market-view.ts';

/** Holders that still have to give their shard out: those of running agreements. */
export async function holdersOf(
  agreements: readonly AgreementRow[],
  providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>,
): Promise<Holder[]> {
  const running = agreements.filter(({ status }) => status === 'active');
  const providers = await providersOf(running.map(({ provider }) => provider));
  return running.flatMap(({ id, provider, shardIndex, shardRoot, units, retrievalCeiling }) => {
    const known = providers.get(provider);
    if (known === undefined) return [];
    const rank = readRank(retrievalCeiling, known.slowness);
    return { shardIndex, agreement: id, provider: known, root: fromHex(shardRoot, 32), units, rank };
  });
}
