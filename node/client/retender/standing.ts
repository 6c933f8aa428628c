import type { AgreementRow } from '../../chain/market-index.ts';
import { endOf } from '../../market/term.ts';

/**
 * Where a shard's latest agreement stands. `running`: it has longer to go than a rule looks ahead. `due`: it ends within that, by its term or
 * by notice. `over`: its term is over, or it was ended as kept. `failed`: its provider lost or left it.
 */
export type Standing = 'running' | 'due' | 'over' | 'failed';

export function standingOf(row: AgreementRow, within: number, period: number): Standing {
  if (row.status === 'failed') return 'failed';
  if (row.status !== 'active' || period >= endOf(row)) return 'over';
  return endOf(row) - period <= within ? 'due' : 'running';
}
