import type { AgreementRow, DemandRow } from '../../chain/market-index.ts';
import type { OpenResult } from '../../client/challenge.ts';
import type { CloseResult } from '../../client/close-overdue.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { closedRecords, describeClosed } from '../closing-view.ts';
import { formatTable } from '../format.ts';
import type { JsonRecord } from '../output.ts';

export interface DemandOutcome {
  /** Demands of before that were overdue. */
  closing: CloseResult<DemandRow>;
  failed: OpenResult<object>['failed'];
  /** As they ended, and with -o those that were shown before. */
  demands: readonly DemandRow[];
  /** Of each demand, with -o, the file of its unit. */
  files: ReadonlyMap<bigint, string>;
  agreements: readonly AgreementRow[];
  /** Those of them of which every unit was shown. */
  usedUp: readonly AgreementRow[];
}

export function recordOf(outcome: DemandOutcome, bond: bigint): JsonRecord {
  const { closing, failed, demands, files, agreements, usedUp } = outcome;
  return {
    type: 'demanded',
    bond,
    demands: demands.map(({ demand, agreement, unit, deadline, status }) => ({
      demand,
      agreement: formatAgreementId(agreement),
      ...holderOf(agreement, agreements),
      unit,
      deadline,
      state: status,
      file: files.get(demand),
    })),
    failed: failed.map(({ row, reason }) => ({ agreement: formatAgreementId(row.id), reason })),
    usedUp: usedUp.map(({ id }) => formatAgreementId(id)),
    closed: closedRecords(closing),
  };
}

export function describeDemands({ closing, demands, files, agreements, usedUp }: DemandOutcome): string {
  const table = formatTable(
    ['DEMAND', 'AGREEMENT', 'SHARD', 'PROVIDER', 'UNIT', 'STATE'],
    demands.map(({ demand, agreement, unit, status }) => {
      const { shardIndex, provider } = holderOf(agreement, agreements);
      const state = [describeState(status), files.get(demand)].filter((part) => part !== undefined).join(': ');
      return [String(demand), formatAgreementId(agreement), String(shardIndex), String(provider), String(unit), state];
    }),
  );
  const over = usedUp.map(
    ({ id, units }) =>
      `agreement ${formatAgreementId(id)}: all of its units were shown (${units}), none is left to demand`,
  );
  return [...describeClosed(closing), ...(demands.length === 0 ? [] : [table]), ...over].join('\n');
}

function holderOf(id: AgreementRow['id'], agreements: readonly AgreementRow[]) {
  const row = agreements.find((agreement) => agreement.id === id);
  return { shardIndex: row?.shardIndex, provider: row?.provider };
}

function describeState(state: DemandRow['status']): string {
  if (state === 'open') return 'open';
  if (state === 'shown') return 'shown';
  return state === 'failed' ? 'not shown, the agreement failed, the bond is back' : 'void, the bond is back';
}
