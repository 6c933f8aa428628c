import { closeAudit, closeAuditCall } from '../chain/actions/close-audit.ts';
import { closeDemand, closeDemandCall } from '../chain/actions/close-demand.ts';
import { readChainTime } from '../chain/actions/read-chain-time.ts';
import type { ContractCall } from '../chain/contract-call.ts';
import { DrySender } from '../chain/dry-sender.ts';
import type { AgreementRow, AuditRow, DemandRow, MarketIndex } from '../chain/market-index.ts';
import type { Sender } from '../chain/tx-sender.ts';
import { closeOverdue, type Asked, type CloseComponents, type CloseResult } from '../client/close-overdue.ts';
import type { MarketSession } from '../client/session/market-session.ts';
import type { AgreementId } from '../market/messages.ts';
import { nameOf } from './closing-view.ts';
import { tellingWhatWasDone } from './interrupt.ts';
import type { Run } from './program-context.ts';

type ClosingIndex = Pick<MarketIndex, 'agreement' | 'agreements'>;

/** How audits and demands are closed. */
export interface Closings {
  audits: CloseComponents<AuditRow>;
  demands: CloseComponents<DemandRow>;
}

/** By transactions, or as a dry run would. After ctrl-C in the middle of one, `interrupted` says which may still be mined. */
export function closingsBy(sender: Sender, index: ClosingIndex): Closings {
  if (sender instanceof DrySender) {
    // An agreement fails once, by an audit or by a demand.
    const failed = new Set<AgreementId>();
    return {
      audits: dryClosing(sender, index, { failed, callFor: (row) => closeAuditCall(sender.view, row) }),
      demands: dryClosing(sender, index, { failed, callFor: (row) => closeDemandCall(sender.view, row) }),
    };
  }
  return {
    audits: closing(index, async (row, options) => (await closeAudit(sender, row, options)).outcome),
    demands: closing(index, async (row, options) => closeDemand(sender, row, options)),
  };
}

function closing<Row extends Asked>(index: ClosingIndex, close: CloseComponents<Row>['close']): CloseComponents<Row> {
  return {
    index,
    close: async (row, options) =>
      tellingWhatWasDone(options.signal, `the transaction that closes ${nameOf(row)} may still be mined`, async () =>
        close(row, options),
      ),
  };
}

function dryClosing<Row extends Asked>(
  sender: DrySender,
  index: ClosingIndex,
  { failed, callFor }: { failed: Set<AgreementId>; callFor: (row: Row) => ContractCall },
): CloseComponents<Row> {
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

/** Closes those that are overdue, warns of those that could not be closed, and brings the index up to date after. */
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
  for (const { row, reason } of result.failed) output.warn(`${nameOf(row)} is overdue and still open: ${reason}`);
  await market.sync({ signal });
  return result;
}

/** Those agreements that nothing failed just now and that still run. */
export async function stillRunning<Row extends Asked>(
  index: Pick<MarketIndex, 'agreements'>,
  rows: readonly AgreementRow[],
  closed: CloseResult<Row>,
): Promise<AgreementRow[]> {
  const failing = failedBy(closed);
  const now = await index.agreements(rows.map(({ id }) => id));
  return rows
    .flatMap(({ id }) => now.get(id) ?? [])
    .filter(({ id, status }) => status === 'active' && !failing.has(id));
}

/** The agreements that a closing failed. */
export function failedBy<Row extends Asked>({ closed }: CloseResult<Row>): Set<AgreementId> {
  return new Set(closed.filter(({ outcome }) => outcome === 'failed').map(({ row }) => row.agreement));
}
