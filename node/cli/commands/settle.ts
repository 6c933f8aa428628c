import { Command } from 'commander';
import { isAddressEqual } from 'viem/utils';

import { endAgreement } from '../../chain/actions/end-agreement.ts';
import { previewSettlement } from '../../chain/actions/preview-settlement.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { settle } from '../../chain/actions/settle.ts';
import { DrySender } from '../../chain/dry-sender.ts';
import type { AuditRow, DemandRow } from '../../chain/market-index.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import type { Asked, CloseResult } from '../../client/close-overdue.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { settleAll, type SettleComponents, type SettleResult } from '../../client/settle-all.ts';
import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import { withSession } from '../client-setup.ts';
import { closeFirst, closingsBy, failedBy } from '../closing.ts';
import { closedRecords } from '../closing-view.ts';
import { accountOf, addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, plural } from '../format.ts';
import { tellingWhatWasDone } from '../interrupt.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket settle`: collect refunds and compensation. */
export function settleCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('settle').description(
      "settle this wallet's agreements: collect refunds of missed periods and compensation, close what is over, and audits and demands that are overdue",
    ),
  ).addHelpText('after', '\nExamples:\n  stowmarket settle --dry-run\n  stowmarket settle --json\n');
  command.action(async (options: DryRunOption) => runCommand(context, command, async (run) => collect(run, options)));
  return command;
}

async function collect(run: Run, { dryRun = false }: DryRunOption): Promise<ExitCode | void> {
  const { output, signal } = run;
  return withSession(run, { wallet: !dryRun }, async (session, { config }) => {
    const { market, address } = session;
    const sender = dryRun ? session.drySender() : await session.sender();
    const period = await readCurrentPeriod(market.chain, { signal });
    const before = await readBalances(market.chain, address, { signal });
    const closed = await closeOurs(run, session, sender);
    // With its audit or demand an agreement fails, and nothing is left to settle of it.
    const failing = failedBy(closed.audits).union(failedBy(closed.demands));
    const mine = await market.index.agreementsOfClient(address);
    const rows = mine.filter(({ id }) => !failing.has(id));
    const result = await settleAll({ ...settlingBy(sender), index: market.index }, rows, period, { signal });
    if (sender instanceof DrySender) {
      await reportPlan(run, session, {
        sender,
        before: before.escrow,
        closed,
        result,
        tokensPerCoin: config.quote.tokensPerCoin,
      });
      warnOfFailures(run, result);
      return exitCodeOf(closed, result);
    }
    const after = await readBalances(market.chain, address, { signal });
    const received = after.escrow - before.escrow;
    const { settled, ended } = result;
    output.result(
      {
        type: 'settled',
        ...recordOf(closed, result),
        received,
        escrow: after.escrow,
      },
      `settled ${plural(settled.length, 'agreement')}, closed ${listOf(closed, ended.length)}; ` +
        `${formatTokens(received)} came back, ${formatTokens(after.escrow)} are free in escrow`,
    );
    warnOfFailures(run, result);
    return exitCodeOf(closed, result);
  });
}

/** By transactions, or as a dry run would. After ctrl-C in the middle of one, `interrupted` says which may still be mined. */
function settlingBy(sender: Sender): Pick<SettleComponents, 'settle' | 'end'> {
  const telling = async (signal: AbortSignal, doing: string, work: () => Promise<unknown>): Promise<void> =>
    void (sender instanceof DrySender
      ? await work()
      : await tellingWhatWasDone(
          signal,
          `the transaction that ${doing} may still be mined; \`stowmarket settle\` again collects what is left`,
          work,
        ));
  return {
    settle: async (ids, options) =>
      telling(options.signal, `settles ${plural(ids.length, 'agreement')}`, async () =>
        settle(sender, { ids }, options),
      ),
    end: async (id, options) =>
      telling(options.signal, `ends agreement ${formatAgreementId(id)}`, async () =>
        endAgreement(sender, { id }, options),
      ),
  };
}

/** What was overdue. */
interface Closed {
  audits: CloseResult<AuditRow>;
  demands: CloseResult<DemandRow>;
}

interface SettlePlan {
  sender: DrySender;
  /** Token wei that are free in escrow now. */
  before: bigint;
  closed: Closed;
  result: SettleResult;
  tokensPerCoin: bigint | undefined;
}

async function reportPlan(run: Run, { market, address }: ClientSession, plan: SettlePlan): Promise<void> {
  const { sender, before, closed, result, tokensPerCoin } = plan;
  const { settled, ended } = result;
  const audits = closed.audits.closed.map(({ row }) => row.audit);
  const demands = closed.demands.closed.map(({ row }) => row.demand);
  const after = await previewSettlement(
    market.chain,
    { client: address, audits, demands, ended, settled },
    { signal: run.signal },
  );
  const received = after === undefined ? undefined : after - before;
  await reportDryRun(run, {
    command: 'settle',
    record: { ...recordOf(closed, result), received },
    lines: [
      `would settle ${plural(settled.length, 'agreement')}, close ${listOf(closed, ended.length)}; ` +
        (received === undefined ? 'what comes back is known afterwards' : `${formatAmount(received)} would come back`),
    ],
    moves: [{ amount: received ?? 0n, from: 'agreements, audits and demands', to: accountOf(address) }],
    senders: [sender],
    tokensPerCoin,
  });
}

function recordOf({ audits, demands }: Closed, { settled, ended, failed }: SettleResult) {
  return {
    settled: settled.map(formatAgreementId),
    ended: ended.map(formatAgreementId),
    audits: closedRecords(audits),
    demands: closedRecords(demands),
    failed: failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
  };
}

/** `2 agreements, 1 audit`: what was closed. */
function listOf({ audits, demands }: Closed, agreements: number): string {
  const counts: [number, string][] = [
    [audits.closed.length, 'audit'],
    [demands.closed.length, 'demand'],
  ];
  const others = counts.filter(([count]) => count > 0).map(([count, what]) => plural(count, what));
  return [plural(agreements, 'agreement'), ...others].join(', ');
}

function warnOfFailures({ output }: Run, { failed }: SettleResult): void {
  for (const { id, reason } of failed) output.warn(`agreement ${formatAgreementId(id)} is still open: ${reason}`);
}

function exitCodeOf({ audits, demands }: Closed, { failed }: SettleResult): ExitCode | undefined {
  return failed.length + audits.failed.length + demands.failed.length > 0 ? ExitCode.partial : undefined;
}

/**
 * Overdue audits of this wallet's agreements and those that stand behind its bonds, and overdue demands of its own. Before the agreements: a
 * kept one cannot end before.
 */
async function closeOurs(run: Run, { market, address }: ClientSession, sender: Sender): Promise<Closed> {
  const { index } = market;
  const isOurs = (account: Address | undefined): boolean => account !== undefined && isAddressEqual(account, address);
  const [audits, demands] = [await index.openAudits(), await index.openDemands()];
  const agreements = await index.agreements([...audits, ...demands].map(({ agreement }) => agreement));
  const isOverOurs = ({ agreement }: Asked): boolean => isOurs(agreements.get(agreement)?.client);
  const closings = closingsBy(sender, index);
  return {
    audits: await closeFirst(
      run,
      market,
      closings.audits,
      audits.filter((row) => isOurs(row.challenger) || isOverOurs(row)),
    ),
    demands: await closeFirst(run, market, closings.demands, demands.filter(isOverOurs)),
  };
}
