import type { AgreementRow, MarketIndex } from '../../chain/market-index.ts';
import { isStowError, messageOf } from '../../core/errors.ts';
import type { AgreementId } from '../../market/messages.ts';
import { endOf } from '../../market/term.ts';

export interface CloseFailedComponents {
  /** Closes an agreement whose provider failed; the chain refuses others. */
  end: (id: AgreementId, options: { signal: AbortSignal }) => Promise<void>;
  index: Pick<MarketIndex, 'providers'>;
}

export interface CloseFailedResult {
  closed: AgreementId[];
  failed: { row: AgreementRow; reason: string }[];
}

/** A provider that proved so many periods ago or less is not suspected: the running one is not due yet. */
const PROVEN_LATELY = 1;

/**
 * Closes the agreements whose providers failed for good, so that compensation and what is left of the rent come back and the shards' places are free. Whether one
 * did, only the chain can tell, as it records missed periods when it is asked: it is asked about every provider that has not proven lately.
 * @param period the current one
 */
export async function closeFailed(
  { end, index }: CloseFailedComponents,
  rows: readonly AgreementRow[],
  period: number,
  { signal }: { signal: AbortSignal },
): Promise<CloseFailedResult> {
  // What is over ends as its last periods were, and is not repaired.
  const running = rows.filter((row) => row.status === 'active' && period > row.startPeriod && period < endOf(row));
  const providers = await index.providers(running.map(({ provider }) => provider));
  const result: CloseFailedResult = { closed: [], failed: [] };
  for (const row of running) {
    const provider = providers.get(row.provider);
    const last = provider?.lastProvenPeriod;
    const isLate = last === undefined || last < period - PROVEN_LATELY;
    if (provider?.failed !== true && !isLate) continue;
    try {
      await end(row.id, { signal });
      result.closed.push(row.id);
    } catch (error) {
      signal.throwIfAborted();
      // It may come back; or somebody else closed it first.
      if (isStowError(error, 'agreements-not-over')) continue;
      if (isStowError(error, 'agreements-not-active')) result.closed.push(row.id);
      else result.failed.push({ row, reason: messageOf(error) });
    }
  }
  return result;
}
