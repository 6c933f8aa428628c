import { Command } from 'commander';

import { endAgreement } from '../../chain/actions/end-agreement.ts';
import { previewSettlement } from '../../chain/actions/preview-settlement.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { settle } from '../../chain/actions/settle.ts';
import { DrySender } from '../../chain/dry-sender.ts';
import type { AuditRow } from '../../chain/market-index.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { closeOverdue, type CloseResult } from '../../client/close-overdue.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { settleAll, type SettleResult } from '../../client/settle-all.ts';
import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { formatTokens } from '../../market/money.ts';
import { withSession } from '../client-setup.ts';
import { closingBy } from '../closing.ts';
import { accountOf, addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, plural } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket settle`: collect refunds and compensation. */
export function settleCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('settle').description(
      "settle this wallet's agreements: collect refunds of missed periods and compensation, close what is over and audits that are overdue",
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
    const audits = await closeAudits(session, sender, signal);
    // With its audit an agreement fails, and nothing is left to settle of it.
    const failing = new Set(
      audits.closed.filter(({ outcome }) => outcome === 'failed').map(({ row }) => row.agreement),
    );
    const mine = await market.index.agreementsOfClient(address);
    const rows = mine.filter(({ id }) => !failing.has(id));
    const result = await settleAll(
      {
        settle: async (ids, options) => void (await settle(sender, { ids }, options)),
        end: async (id, options) => void (await endAgreement(sender, { id }, options)),
        index: market.index,
      },
      rows,
      period,
      { signal },
    );
    if (sender instanceof DrySender) {
      await reportPlan(run, session, {
        sender,
        before: before.escrow,
        audits,
        result,
        tokensPerCoin: config.quote.tokensPerCoin,
      });
      warnOfFailures(run, audits, result);
      return exitCodeOf(audits, result);
    }
    const after = await readBalances(market.chain, address, { signal });
    const received = after.escrow - before.escrow;
    const { settled, ended } = result;
    output.result(
      {
        type: 'settled',
        ...recordOf(audits, result),
        received,
        escrow: after.escrow,
      },
      `settled ${plural(settled.length, 'agreement')}, closed ${ended.length}${audits.closed.length > 0 ? ` and ${plural(audits.closed.length, 'audit')}` : ''}; ` +
        `${formatTokens(received)} came back, ${formatTokens(after.escrow)} are free in escrow`,
    );
    warnOfFailures(run, audits, result);
    return exitCodeOf(audits, result);
  });
}

interface SettlePlan {
  sender: DrySender;
  /** Token wei that are free in escrow now. */
  before: bigint;
  audits: CloseResult<AuditRow>;
  result: SettleResult;
  tokensPerCoin: bigint | undefined;
}

async function reportPlan(run: Run, { market, address }: ClientSession, plan: SettlePlan): Promise<void> {
  const { sender, before, audits, result, tokensPerCoin } = plan;
  const { settled, ended } = result;
  const closed = audits.closed.map(({ row }) => row.audit);
  const after = await previewSettlement(
    market.chain,
    { client: address, audits: closed, ended, settled },
    { signal: run.signal },
  );
  const received = after === undefined ? undefined : after - before;
  await reportDryRun(run, {
    command: 'settle',
    record: { ...recordOf(audits, result), received },
    lines: [
      `would settle ${plural(settled.length, 'agreement')}, close ${ended.length} and ${plural(closed.length, 'audit')}; ` +
        (received === undefined ? 'what comes back is known afterwards' : `${formatAmount(received)} would come back`),
    ],
    moves: [{ amount: received ?? 0n, from: 'agreements and audits', to: accountOf(address) }],
    senders: [sender],
    tokensPerCoin,
  });
}

function recordOf(audits: CloseResult<AuditRow>, { settled, ended, failed }: SettleResult) {
  return {
    settled: settled.map(formatAgreementId),
    ended: ended.map(formatAgreementId),
    audits: audits.closed.map(({ row, outcome }) => ({
      audit: row.audit,
      agreement: formatAgreementId(row.agreement),
      outcome,
    })),
    failed: failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
  };
}

function warnOfFailures({ output }: Run, audits: CloseResult<AuditRow>, { failed }: SettleResult): void {
  for (const { id, reason } of failed) output.warn(`agreement ${formatAgreementId(id)} is still open: ${reason}`);
  for (const { row, reason } of audits.failed) output.warn(`audit ${row.audit} is still open: ${reason}`);
}

function exitCodeOf(audits: CloseResult<AuditRow>, { failed }: SettleResult): ExitCode | undefined {
  return failed.length + audits.failed.length > 0 ? ExitCode.partial : undefined;
}

/** Overdue audits of this wallet's agreements, and those that stand behind its bonds. Before the agreements: a kept one cannot end before. */
async function closeAudits(
  session: ClientSession,
  sender: Sender,
  signal: AbortSignal,
): Promise<CloseResult<AuditRow>> {
  const { market, address } = session;
  const isOurs = (account: string | undefined): boolean => account?.toLowerCase() === address.toLowerCase();
  const open = await market.index.openAudits();
  const agreements = await market.index.agreements(open.map(({ agreement }) => agreement));
  const audits = open.filter(
    ({ challenger, agreement }) => isOurs(challenger) || isOurs(agreements.get(agreement)?.client),
  );
  if (audits.length === 0) return { closed: [], failed: [] };
  const { block } = await readChainTime(market.chain, { signal });
  const result = await closeOverdue(closingBy(sender, market.index), audits, block, { signal });
  await market.sync({ signal });
  return result;
}
