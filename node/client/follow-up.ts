import type { MarketIndex } from '../chain/market-index.ts';
import type { Clock } from '../core/clock.ts';
import { isStowError, messageOf } from '../core/errors.ts';
import { formatAgreementId, providerOfAgreement } from '../market/agreement-id.ts';
import { closeOverdue, type Asked, type CloseComponents } from './close-overdue.ts';
import { noProgress, type ProgressListener } from './progress.ts';

export interface FollowComponents<Row extends Asked> extends CloseComponents<Row> {
  /** Those of the numbers that the index knows. */
  rowsOf: (numbers: readonly bigint[]) => Promise<ReadonlyMap<bigint, Row>>;
  index: Pick<MarketIndex, 'agreements'>;
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
 * Waits until every one is answered or closed, and closes those whose window goes by. Says of each what became of it. A chain that does
 * not answer for a while only delays it: windows last up to a day.
 * @throws after an abort the signal's reason, or what says which closing may still be mined; audits and demands go on without us
 */
export async function followUp<Row extends Asked>(
  components: FollowComponents<Row>,
  numbers: readonly bigint[],
  { pollMs, signal, onProgress = noProgress }: FollowInit,
): Promise<Row[]> {
  const { rowsOf, sync, clock } = components;
  const said = new Set<string>();
  const say = (note: string): void => {
    if (!said.has(note)) onProgress({ phase: 'audit', note });
    said.add(note);
  };
  for (;;) {
    try {
      const block = await sync({ signal });
      const rows = [...(await rowsOf(numbers)).values()];
      for (const row of rows) if (row.status !== 'open') say(`${titleOf(row)}: ${ended(row)}`);
      if (rows.length === numbers.length && rows.every(({ status }) => status !== 'open')) return rows;
      const { failed } = await closeOverdue(components, rows, block, { signal });
      for (const { row, reason } of failed) say(`${titleOf(row)} is over and still open: ${reason}`);
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isStowError(error) || !error.retryable) throw error;
      say(`${messageOf(error)}; looking again`);
    }
    await clock.sleep(pollMs, { signal });
  }
}

function titleOf(asked: Asked): string {
  const of = `of agreement ${formatAgreementId(asked.agreement)}`;
  return 'audit' in asked ? `audit ${asked.audit} ${of}` : `demand ${asked.demand} for unit ${asked.unit} ${of}`;
}

function ended({ agreement, status }: Asked): string {
  const provider = providerOfAgreement(agreement);
  if (status === 'answered') return `provider ${provider} answered`;
  if (status === 'shown') return `provider ${provider} showed it`;
  return status === 'failed'
    ? `provider ${provider} did not answer; the agreement failed`
    : 'the agreement was over before; the bond came back';
}
