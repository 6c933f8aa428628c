import { Command } from 'commander';

import { endAgreement } from '../../chain/actions/end-agreement.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { settle } from '../../chain/actions/settle.ts';
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
      "settle this wallet's agreements: collect refunds of missed periods and compensation, close what is over",
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
    const rows = market.index.agreementsOfClient(address);
    const result = await settleAll(
      {
        settle: async (ids, options) => void (await settle(sender, { ids }, options)),
        end: async (id, options) => void (await endAgreement(sender, { id }, options)),
        provider: (id) => market.index.provider(id),
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
        failed: failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
        received,
        escrow: after.escrow,
      },
      `settled ${plural(settled.length, 'agreement')}, closed ${ended.length}; ` +
        `${formatTokens(received)} came back, ${formatTokens(after.escrow)} are free in escrow`,
    );
    for (const { id, reason } of failed) output.warn(`agreement ${formatAgreementId(id)} is still open: ${reason}`);
    return failed.length > 0 ? ExitCode.partial : undefined;
  });
}
