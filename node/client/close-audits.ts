import type { AgreementRow, AuditRow, MarketIndex } from '../chain/market-index.ts';
import { isStowError, messageOf } from '../core/errors.ts';

export interface CloseComponents {
  closeAudit: (audit: bigint, options: { signal: AbortSignal }) => Promise<'failed' | 'voided'>;
  index: Pick<MarketIndex, 'agreements'>;
}

export interface CloseResult {
  /** Closed by us, with what that meant; each bond is back with its challenger. */
  closed: { row: AuditRow; outcome: 'failed' | 'voided' }[];
  /** Those that could not be closed. */
  failed: { row: AuditRow; reason: string }[];
}

/**
 * Closes those of the audits that nobody can answer any more: the window is over, or the agreement is. Anybody may. One that fails does not
 * keep the others.
 * @param block the chain's newest
 */
export async function closeOverdue(
  { closeAudit, index }: CloseComponents,
  audits: readonly AuditRow[],
  block: bigint,
  { signal }: { signal: AbortSignal },
): Promise<CloseResult> {
  const result: CloseResult = { closed: [], failed: [] };
  const agreements = await index.agreements(audits.map(({ agreement }) => agreement));
  for (const row of audits.filter((audit) => isClosable(audit, agreements.get(audit.agreement), block))) {
    signal.throwIfAborted();
    try {
      result.closed.push({ row, outcome: await closeAudit(row.audit, { signal }) });
    } catch (error) {
      if (signal.aborted) throw error;
      // Somebody else closed it, or it was answered in the last block: that is as well.
      if (!isStowError(error, 'audits-not-open')) result.failed.push({ row, reason: messageOf(error) });
    }
  }
  return result;
}

function isClosable(audit: AuditRow, agreement: AgreementRow | undefined, block: bigint): boolean {
  if (audit.status !== 'open') return false;
  // What is sent now lands in the next block at the earliest.
  return block >= BigInt(audit.deadline) || agreement?.status !== 'active';
}
