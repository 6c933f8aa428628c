import type { Asked, CloseResult } from '../client/close-overdue.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { Address } from '../market/messages.ts';
import { accountOf, type Move } from './dry-run.ts';

/** What was asked for, as people read it: `audit 3`, `demand 4`. */
export function nameOf(asked: Asked): string {
  return 'audit' in asked ? `audit ${asked.audit}` : `demand ${asked.demand}`;
}

/** What was closed, a line each. */
export function describeClosed<Row extends Asked>({ closed }: CloseResult<Row>): string[] {
  return closed.map(
    ({ row, outcome }) =>
      `${nameOf(row)} of agreement ${formatAgreementId(row.agreement)} closed: ` +
      (outcome === 'failed' ? 'it was not answered, and the agreement failed' : 'the agreement was over'),
  );
}

/** What was closed, for programs. */
export function closedRecords<Row extends Asked>({ closed }: CloseResult<Row>): Record<string, unknown>[] {
  return closed.map(({ row, outcome }) => ({
    ...('audit' in row ? { audit: row.audit } : { demand: row.demand }),
    agreement: formatAgreementId(row.agreement),
    outcome,
  }));
}

/** The bonds that come back, of an audit to its challenger and of a demand to the client. */
export function bondsBack<Row extends Asked>({ closed }: CloseResult<Row>, client: Address): Move[] {
  return closed.map(({ row }) => ({
    amount: row.bond,
    from: nameOf(row),
    to: accountOf('audit' in row ? row.challenger : client),
  }));
}
