import type { AuditRow } from '../../chain/market-index.ts';
import type { Challenge, OpenResult } from '../../client/challenge.ts';
import type { CloseResult } from '../../client/close-overdue.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { closedRecords, describeClosed } from '../closing-view.ts';
import { formatTable } from '../format.ts';
import type { JsonRecord } from '../output.ts';

interface Outcome {
  /** Audits of before that were overdue. */
  closing: CloseResult<AuditRow>;
  result: OpenResult<Challenge>;
  /** Of the opened audits, with --wait, as they ended. */
  ended: readonly AuditRow[];
}

export function recordOf({ bond, closing, result, ended }: Outcome & { bond: bigint | undefined }): JsonRecord {
  return {
    type: 'challenged',
    bond,
    audits: result.opened.map(({ row, audit, deadline }) => ({
      audit,
      agreement: formatAgreementId(row.id),
      provider: row.provider,
      shardIndex: row.shardIndex,
      deadline,
      state: stateOf(audit, ended),
    })),
    failed: result.failed.map(({ row, reason }) => ({ agreement: formatAgreementId(row.id), reason })),
    closed: closedRecords(closing),
  };
}

export function describeChallenge({ closing, result, ended }: Outcome): string {
  const table = formatTable(
    ['AUDIT', 'AGREEMENT', 'SHARD', 'PROVIDER', 'STATE'],
    result.opened.map(({ row, audit, deadline }) => [
      String(audit),
      formatAgreementId(row.id),
      String(row.shardIndex),
      String(row.provider),
      describeState(stateOf(audit, ended), deadline),
    ]),
  );
  return [...describeClosed(closing), ...(result.opened.length === 0 ? [] : [table])].join('\n');
}

function stateOf(audit: bigint, ended: readonly AuditRow[]): AuditRow['status'] {
  return ended.find((row) => row.audit === audit)?.status ?? 'open';
}

function describeState(state: AuditRow['status'], deadline: number): string {
  if (state === 'open') return `open until block ${deadline}`;
  if (state === 'answered') return 'answered';
  return state === 'failed' ? 'not answered: the agreement failed, the bond is back' : 'void: the bond is back';
}
