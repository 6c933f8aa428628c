import { Command } from 'commander';

import { closeAudit } from '../../chain/actions/close-audit.ts';
import { endAgreement } from '../../chain/actions/end-agreement.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { settle } from '../../chain/actions/settle.ts';
import { closeOverdue, type CloseResult } from '../../client/close-audits.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { settleAll } from '../../client/settle-all.ts';
import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { formatTokens } from '../../market/money.ts';
import { withSession } from '../client-setup.ts';
import { plural } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket settle`: collect refunds and compensation. */
export function settleCommand(context: ProgramContext): Command {
  const command = new Command('settle')
    .description(
      "settle this wallet's agreements: collect refunds of missed periods and compensation, close what is over and audits that are overdue",
    )
    .addHelpText('after', '\nExamples:\n  stowmarket settle\n  stowmarket settle --json\n');
  command.action(async () => runCommand(context, command, collect));
  return command;
}

async function collect(run: Run): Promise<ExitCode | void> {
  const { output, signal } = run;
  return withSession(run, { wallet: true }, async (session) => {
    const { market, address } = session;
    const sender = await session.sender();
    const period = await readCurrentPeriod(market.chain, { signal });
    const before = await readBalances(market.chain, address, { signal });
    const audits = await closeAudits(session, signal);
    const rows = await market.index.agreementsOfClient(address);
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
    const after = await readBalances(market.chain, address, { signal });
    const received = after.escrow - before.escrow;
    const { settled, ended, failed } = result;
    output.result(
      {
        type: 'settled',
        settled: settled.map(formatAgreementId),
        ended: ended.map(formatAgreementId),
        audits: audits.closed.map(({ row, outcome }) => ({
          audit: row.audit,
          agreement: formatAgreementId(row.agreement),
          outcome,
        })),
        failed: failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
        received,
        escrow: after.escrow,
      },
      `settled ${plural(settled.length, 'agreement')}, closed ${ended.length}${audits.closed.length > 0 ? ` and ${plural(audits.closed.length, 'audit')}` : ''}; ` +
        `${formatTokens(received)} came back, ${formatTokens(after.escrow)} are free in escrow`,
    );
    for (const { id, reason } of failed) output.warn(`agreement ${formatAgreementId(id)} is still open: ${reason}`);
    for (const { row, reason } of audits.failed) output.warn(`audit ${row.audit} is still open: ${reason}`);
    return failed.length + audits.failed.length > 0 ? ExitCode.partial : undefined;
  });
}

/** Overdue audits of this wallet's agreements, and those that stand behind its bonds. Before the agreements: a kept one cannot end before. */
async function closeAudits(session: ClientSession, signal: AbortSignal): Promise<CloseResult> {
  const { market, address } = session;
  const isOurs = (account: string | undefined): boolean => account?.toLowerCase() === address.toLowerCase();
  const open = await market.index.openAudits();
  const agreements = await market.index.agreements(open.map(({ agreement }) => agreement));
  const audits = open.filter(
    ({ challenger, agreement }) => isOurs(challenger) || isOurs(agreements.get(agreement)?.client),
  );
  if (audits.length === 0) return { closed: [], failed: [] };
  const { block } = await readChainTime(market.chain, { signal });
  const sender = await session.sender();
  const result = await closeOverdue(
    { closeAudit: async (audit, call) => (await closeAudit(sender, { audit }, call)).outcome, index: market.index },
    audits,
    block,
    { signal },
  );
  await market.sync({ signal });
  return result;
}
