import type { AgreementRow, MarketIndex } from '../chain/market-index.ts';
import { isStowError, messageOf } from '../core/errors.ts';
import type { AgreementId } from '../market/messages.ts';
import { endOf } from '../market/term.ts';

export interface SettleComponents {
  /** Settles running agreements, any number. */
  settle: (ids: readonly AgreementId[], options: { signal: AbortSignal }) => Promise<void>;
  /** Closes one agreement whose term is over or whose provider failed. */
  end: (id: AgreementId, options: { signal: AbortSignal }) => Promise<void>;
  index: Pick<MarketIndex, 'providers'>;
}

export interface SettleResult {
  settled: AgreementId[];
  ended: AgreementId[];
  failed: { id: AgreementId; reason: string }[];
}

/**
 * Collects what is due to a client: refunds of missed periods, compensation, and everything left of agreements that are over or whose
 * provider failed. Providers do the same for their own sake; nobody has to wait for them.
 * @param period the current one
 */
export async function settleAll(
  { settle, end, index }: SettleComponents,
  rows: readonly AgreementRow[],
  period: number,
  { signal }: { signal: AbortSignal },
): Promise<SettleResult> {
  const active = rows.filter(({ status }) => status === 'active');
  const providers = await index.providers(active.map(({ provider }) => provider));
  const isOver = (row: AgreementRow): boolean => period >= endOf(row) || providers.get(row.provider)?.failed === true;
  const result: SettleResult = { settled: [], ended: [], failed: [] };
  for (const { id } of active.filter(isOver)) {
    try {
      await end(id, { signal });
      result.ended.push(id);
    } catch (error) {
      if (signal.aborted) throw error;
      // Somebody else closed it first: that is what was wanted.
      if (!isStowError(error, 'agreements-not-active')) result.failed.push({ id, reason: messageOf(error) });
    }
  }
  const due = active.filter((row) => !isOver(row) && row.settledTo < period).map(({ id }) => id);
  if (due.length > 0) await settle(due, { signal });
  result.settled = due;
  return result;
}
