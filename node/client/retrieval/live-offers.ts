import { isStowError, messageOf } from '../../core/errors.ts';
import { fromHex } from '../../core/bytes.ts';
import { DIGEST_BYTES } from '../../core/units.ts';
import { NO_SHARD } from '../../agreements/read-rules.ts';
import type { Offer } from '../../retrieval/messages.ts';
import type { BulkTransfer } from '../session/bulk-transfer.ts';
import { mapLimited } from '../session/map-limited.ts';
import type { ReachableProvider } from '../session/peer-book.ts';

/** All of it: whoever looks at prices does not wait for those that are down. */
const COLLECT_MS = 6_000;
/** Providers asked at once: each answer is a connection of its own. */
const PARALLEL_ASKED = 16;

/** What a provider says that reads cost, of shards that are stored now; or why it says nothing. */
export type LiveOffer =
  { readonly provider: number; readonly offer: Offer } | { readonly provider: number; readonly reason: string };

/** Asks each provider what it takes for reads now, of this wallet where there is one. Who does not answer in time says nothing. */
export async function collectOffers(
  transfer: Pick<BulkTransfer, 'offer'>,
  providers: readonly ReachableProvider[],
  options: { signal: AbortSignal },
): Promise<LiveOffer[]> {
  const root = fromHex(NO_SHARD, DIGEST_BYTES);
  const deadline = AbortSignal.timeout(COLLECT_MS);
  const signal = AbortSignal.any([options.signal, deadline]);
  return mapLimited(providers, PARALLEL_ASKED, async (provider) => {
    try {
      return { provider: provider.id, offer: await transfer.offer({ provider, root }, { signal }) };
    } catch (error) {
      options.signal.throwIfAborted();
      const reason = deadline.aborted && !isStowError(error) ? 'it did not answer in time' : messageOf(error);
      return { provider: provider.id, reason };
    }
  });
}
