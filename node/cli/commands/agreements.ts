import { Command } from 'commander';

import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import type { AgreementRow } from '../../chain/market-index.ts';
import { toHex } from '../../core/bytes.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { formatAmount, formatTable } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface AgreementsOptions {
  all?: boolean;
}

/** `stowmarket agreements`: this wallet's agreements, with the money in them. */
export function agreementsCommand(context: ProgramContext): Command {
  const command = new Command('agreements')
    .description("list this wallet's agreements and what was paid under them")
    .option('--all', 'also those that have ended')
    .addHelpText('after', '\nExamples:\n  stowmarket agreements\n  stowmarket agreements --all --json\n');
  command.action(async (options: AgreementsOptions) => runCommand(context, command, async (run) => list(run, options)));
  return command;
}

async function list(run: Run, options: AgreementsOptions): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session, setup) => {
    const period = await readCurrentPeriod(session.market.chain, { signal });
    const names = new Map(
      directoryOf(session, setup)
        .list()
        .map(({ objectKey, entry }) => [`0x${toHex(objectKey)}`, entry?.name]),
    );
    const rows = session.market.index
      .agreementsOfClient(session.address)
      .filter(({ status }) => options.all === true || status === 'active');
    for (const row of rows)
      output.record({
        type: 'agreement',
        name: names.get(row.objectKey),
        ...row,
        id: formatAgreementId(row.id),
        period,
      });
    if (rows.length === 0) output.talk('no agreements');
    else output.text(table(rows, names, period));
  });
}

function table(rows: readonly AgreementRow[], names: ReadonlyMap<string, string | undefined>, period: number): string {
  return formatTable(
    ['AGREEMENT', 'OBJECT', 'SHARD', 'UNITS', 'RENT A PERIOD', 'PERIODS', 'STATE', 'PAID', 'REFUNDED'],
    rows.map((row) => [
      formatAgreementId(row.id),
      names.get(row.objectKey) ?? row.objectKey.slice(2, 14),
      String(row.shardIndex),
      String(row.units),
      formatAmount(row.pricePerUnitPeriod * BigInt(row.units)),
      `${row.startPeriod} to ${row.startPeriod + row.periods - 1}`,
      row.status === 'active' && period < row.startPeriod ? 'starting' : row.status,
      formatAmount(row.paid),
      formatAmount(row.refunded),
    ]),
  );
}
