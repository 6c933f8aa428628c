import { closeAudit, closeAuditCall } from '../chain/actions/close-audit.ts';
import { closeDemand, closeDemandCall } from '../chain/actions/close-demand.ts';
import { readChainTime } from '../chain/actions/read-chain-time.ts';
import type { ContractCall } from '../chain/contract-call.ts';
import { DrySender } from '../chain/dry-sender.ts';
import type { AgreementRow, AuditRow, DemandRow, MarketIndex } from '../chain/market-index.ts';
import type { Sender } from '../chain/tx-sender.ts';
import { closeOverdue, type Asked, type CloseComponents, type CloseResult } from '../client/close-overdue.ts';
import type { FollowComponents } from '../client/follow-up.ts';
import type { MarketSession } from '../client/session/market-session.ts';
import { systemClock } from '../core/clock.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId } from '../market/messages.ts';
import type { Run } from './program-context.ts';

type ClosingIndex = Pick<MarketIndex, 'agreement' | 'agreements'>;

/** How audits are closed: by transactions, or as a dry run would. */
export function closingBy(sender: Sender, index: ClosingIndex): CloseComponents<AuditRow> {
  if (sender instanceof DrySender) return dryClosing(sender, index, (row) => closeAuditCall(sender.view, row));
  return { index, close: async ({ audit }, options) => (await closeAudit(sender, { audit }, options)).outcome };
}

/** How demands are closed. */
export function closingDemandsBy(sender: Sender, index: ClosingIndex): CloseComponents<DemandRow> {
  if (sender instanceof DrySender) return dryClosing(sender, index, (row) => closeDemandCall(sender.view, row));
  return { index, close: async ({ demand }, options) => closeDemand(sender, { demand }, options) };
}

function dryClosing<Row extends Asked>(
  sender: DrySender,
  index: ClosingIndex,
  callFor: (row: Row) => ContractCall,
): CloseComponents<Row> {
  const failed = new Set<AgreementId>();
  return {
    index,
    close: async (row, options) => {
      await sender.send(callFor(row), options);
      // What the contract's event would tell.
      if (failed.has(row.agreement)) return 'voided';
      if ((await index.agreement(row.agreement))?.status !== 'active') return 'voided';
      failed.add(row.agreement);
      return 'failed';
    },
  };
}

/** Closes those that are overdue, and brings the index up to date after. */
export async function closeFirst<Row extends Asked>(
  { signal, output }: Run,
  market: MarketSession,
  components: CloseComponents<Row>,
  rows: readonly Row[],
): Promise<CloseResult<Row>> {
  const open = rows.filter(({ status }) => status === 'open');
  if (open.length === 0) return { closed: [], failed: [] };
  const { block } = await readChainTime(market.chain, { signal });
  const result = await closeOverdue(components, open, block, { signal });
  for (const { row, reason } of result.failed) output.warn(`${numberOf(row)} is overdue and still open: ${reason}`);
  await market.sync({ signal });
  return result;
}

/** Those agreements that nothing failed just now and that still run. */
export async function stillRunning<Row extends Asked>(
  index: Pick<MarketIndex, 'agreements'>,
  rows: readonly AgreementRow[],
  closing: CloseResult<Row>,
): Promise<AgreementRow[]> {
  const failing = new Set(closing.closed.filter(({ outcome }) => outcome === 'failed').map(({ row }) => row.agreement));
  const now = await index.agreements(rows.map(({ id }) => id));
  return rows
    .flatMap(({ id }) => now.get(id) ?? [])
    .filter(({ id, status }) => status === 'active' && !failing.has(id));
}

/** What following audits or demands up works with, beside how they are closed and found. */
export function following(market: MarketSession): Pick<FollowComponents<Asked>, 'sync' | 'clock'> {
  return {
    sync: async (call) => {
      await market.sync(call);
      return (await market.index.block()) ?? 0n;
    },
    clock: systemClock,
  };
}

/** What was closed first, a line each. */
export function describeClosed<Row extends Asked>({ closed }: CloseResult<Row>): string[] {
  return closed.map(
    ({ row, outcome }) =>
      `${numberOf(row)} of agreement ${formatAgreementId(row.agreement)} closed: ` +
      (outcome === 'failed' ? 'it was not answered, and the agreement failed' : 'the agreement was over'),
  );
}

function numberOf(asked: Asked): string {
  return 'audit' in asked ? `audit ${asked.audit}` : `demand ${asked.demand}`;
}
