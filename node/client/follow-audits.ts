import type { AuditRow, MarketIndex } from '../chain/market-index.ts';
import type { Clock } from '../core/clock.ts';
import { isStowError, messageOf } from '../core/errors.ts';
import { formatAgreementId, providerOfAgreement } from '../market/agreement-id.ts';
import { closeOverdue, type CloseComponents } from './close-audits.ts';
import { noProgress, type ProgressListener } from './progress.ts';

export interface FollowComponents extends CloseComponents {
  index: Pick<MarketIndex, 'agreements' | 'audits'>;
  /** Brings the index up to date. @returns the chain's newest block */
  sync: (options: { signal: AbortSignal }) => Promise<bigint>;
  clock: Pick<Clock, 'sleep'>;
}

export interface FollowInit {
  /** Between two looks at the chain. */
  pollMs: number;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/**
 * Waits until every audit is answered or closed, and closes those whose window goes by. Says of each what became of it. A chain that does
 * not answer for a while only delays it: windows last up to a day.
 * @throws the signal's reason; audits go on without us
 */
export async function followAudits(
  components: FollowComponents,
  audits: readonly bigint[],
  { pollMs, signal, onProgress = noProgress }: FollowInit,
): Promise<AuditRow[]> {
  const { index, sync, clock } = components;
  const said = new Set<string>();
  const say = (note: string): void => {
    if (!said.has(note)) onProgress({ phase: 'audit', note });
    said.add(note);
  };
  for (;;) {
    try {
      const block = await sync({ signal });
      const rows = [...(await index.audits(audits)).values()];
      for (const row of rows) if (row.status !== 'open') say(`${titleOf(row)}: ${ended(row)}`);
      if (rows.length === audits.length && rows.every(({ status }) => status !== 'open')) return rows;
      const { failed } = await closeOverdue(components, rows, block, { signal });
      for (const { row, reason } of failed) say(`${titleOf(row)} is over and still open: ${reason}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!isStowError(error) || !error.retryable) throw error;
      say(`${messageOf(error)}; looking again`);
    }
    await clock.sleep(pollMs, { signal });
  }
}

function titleOf({ audit, agreement }: AuditRow): string {
  return `audit ${audit} of agreement ${formatAgreementId(agreement)}`;
}

function ended({ agreement, status }: AuditRow): string {
  const provider = providerOfAgreement(agreement);
  if (status === 'answered') return `provider ${provider} answered`;
  return status === 'failed'
    ? `provider ${provider} did not answer; the agreement failed`
    : 'the agreement was over before; the bond came back';
}
