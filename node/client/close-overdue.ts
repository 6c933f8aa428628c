import type { AgreementRow, AuditRow, DemandRow, MarketIndex } from '../chain/market-index.ts';
import { isStowError, messageOf } from '../core/errors.ts';

/** What a provider is asked for behind a bond, and must answer within a window. */
export type Asked = AuditRow | DemandRow;

export interface CloseComponents<Row extends Asked> {
  close: (row: Row, options: { signal: AbortSignal }) => Promise<'failed' | 'voided'>;
  index: Pick<MarketIndex, 'agreements'>;
}

export interface CloseResult<Row extends Asked> {
  /** Closed by us, with what that meant; each bond is back where it came from. */
  closed: { row: Row; outcome: 'failed' | 'voided' }[];
  /** Those that could not be closed. */
  failed: { row: Row; reason: string }[];
}

/**
 * Closes those that nobody can answer any more: the window is over, or the agreement is. Anybody may. One that fails does not keep the
 * others.
 * @param block the chain's newest
 */
export async function closeOverdue<Row extends Asked>(
  { close, index }: CloseComponents<Row>,
  asked: readonly Row[],
  block: bigint,
  { signal }: { signal: AbortSignal },
): Promise<CloseResult<Row>> {
  const result: CloseResult<Row> = { closed: [], failed: [] };
  const agreements = await index.agreements(asked.map(({ agreement }) => agreement));
  for (const row of asked.filter((each) => isClosable(each, agreements.get(each.agreement), block))) {
    signal.throwIfAborted();
    try {
      result.closed.push({ row, outcome: await close(row, { signal }) });
    } catch (error) {
      if (signal.aborted) throw error;
      // Somebody else closed it, or it was answered in the last block: that is as well.
      const isDone = isStowError(error, 'audits-not-open') || isStowError(error, 'demands-not-open');
      if (!isDone) result.failed.push({ row, reason: messageOf(error) });
    }
  }
  return result;
}

function isClosable(asked: Asked, agreement: AgreementRow | undefined, block: bigint): boolean {
  if (asked.status !== 'open') return false;
  // What is sent now lands in the next block at the earliest.
  return block >= BigInt(asked.deadline) || agreement?.status !== 'active';
}
