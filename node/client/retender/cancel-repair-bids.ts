import type { AgreementRow } from '../../chain/market-index.ts';
import { isStowError } from '../../core/errors.ts';
import type { AgreementId } from '../../market/messages.ts';

export interface CancelRepairBidsComponents {
  /** The bid that was posted for a failed agreement's shard. */
  repair: (lost: AgreementId, options: { signal: AbortSignal }) => Promise<{ bidId: bigint } | undefined>;
  /** Undefined when the bid is over. */
  bid: (bidId: bigint, options: { signal: AbortSignal }) => Promise<unknown>;
  cancel: (bidId: bigint, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * Takes back the bids that others posted for lost shards while their owner was away: it rebuilds them itself now, and two would come for one
 * place. What was locked for them comes back.
 * @returns the bids that were cancelled
 */
export async function cancelRepairBids(
  { repair, bid, cancel }: CancelRepairBidsComponents,
  lost: readonly AgreementRow[],
  options: { signal: AbortSignal },
): Promise<bigint[]> {
  const cancelled: bigint[] = [];
  for (const { id } of lost) {
    const posted = await repair(id, options);
    if (posted === undefined || (await bid(posted.bidId, options)) === undefined) continue;
    try {
      await cancel(posted.bidId, options);
      cancelled.push(posted.bidId);
    } catch (error) {
      options.signal.throwIfAborted();
      // It was answered in between: the shard has a provider, and forming another agreement for it is refused.
      if (!isStowError(error, 'order-book-unknown-bid')) throw error;
    }
  }
  return cancelled;
}
