import { Command, InvalidArgumentError } from 'commander';
import type { Hex } from 'viem';

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

/** `stowmarket agreements`: this wallet's agreements, and those that wait for a signature. */
export function agreementsCommand(context: ProgramContext): Command {
  return new Command('agreements')
    .description("list this wallet's agreements and what was paid under them; review, sign and send new ones")
    .addCommand(listCommand(context), { isDefault: true })
    .addCommand(reviewCommand(context))
    .addCommand(signCommand(context))
    .addCommand(attachCommand(context))
    .addCommand(submitCommand(context));
}

function listCommand(context: ProgramContext): Command {
  const command = new Command('list')
    .description("list this wallet's agreements and what was paid under them")
    .option('--all', 'also those that have ended')
    .addHelpText('after', '\nExamples:\n  stowmarket agreements\n  stowmarket agreements --all --json\n');
  command.action(async (options: AgreementsOptions) => runCommand(context, command, async (run) => list(run, options)));
  return command;
}

const FILE = 'what `stowmarket put FILE --export` wrote';

function reviewCommand(context: ProgramContext): Command {
  const command = new Command('review')
    .description('show what agreements that wait for a signature say and cost; needs no wallet')
    .argument('<file>', FILE)
    .addHelpText('after', '\nExamples:\n  stowmarket agreements review agreements.json\n');
  command.action(async (file: string) =>
    runCommand(context, command, async (run) => (await import('./agreements-batch.ts')).reviewBatch(run, file)),
  );
  return command;
}

function signCommand(context: ProgramContext): Command {
  const command = new Command('sign')
    .description("add this wallet's signature to agreements of its own")
    .argument('<file>', FILE)
    .addHelpText('after', '\nExamples:\n  stowmarket agreements sign agreements.json\n');
  command.action(async (file: string) =>
    runCommand(context, command, async (run) => (await import('./agreements-batch.ts')).signBatch(run, file)),
  );
  return command;
}

function attachCommand(context: ProgramContext): Command {
  const command = new Command('attach')
    .description("add a signature of the file's typedData that another EIP-712 wallet made; needs no wallet")
    .argument('<file>', FILE)
    .argument('<signature>', 'in hex: 65 bytes of a key, or what a contract wallet takes (ERC-1271)', parseSignature)
    .addHelpText('after', '\nExamples:\n  stowmarket agreements attach agreements.json 0x9f2c\n');
  command.action(async (file: string, signature: Hex) =>
    runCommand(context, command, async (run) =>
      (await import('./agreements-batch.ts')).attachSignature(run, file, signature),
    ),
  );
  return command;
}

function submitCommand(context: ProgramContext): Command {
  const command = new Command('submit')
    .description(
      "form agreements that are signed by both sides; any wallet can, and pays the gas, the client's escrow the rest",
    )
    .argument('<file>', FILE)
    .option('--dry-run', 'check everything, and send nothing')
    .addHelpText('after', '\nExamples:\n  stowmarket agreements submit agreements.json\n');
  command.action(async (file: string, options: { dryRun?: boolean }) =>
    runCommand(context, command, async (run) =>
      (await import('./agreements-batch.ts')).submitBatch(run, file, options),
    ),
  );
  return command;
}

/** Bytes in hex. */
function parseSignature(text: string): Hex {
  if (!/^0x(?:[\da-fA-F]{2})+$/.test(text))
    throw new InvalidArgumentError('Not bytes in hex: 0x and an even number of digits.');
  return `0x${text.slice(2)}`;
}

async function list(run: Run, options: AgreementsOptions): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session, setup) => {
    const period = await readCurrentPeriod(session.market.chain, { signal });
    const objects = await directoryOf(session, setup).list();
    const names = new Map(objects.map(({ objectKey, entry }) => [`0x${toHex(objectKey)}`, entry?.name]));
    const all = await session.market.index.agreementsOfClient(session.address);
    const rows = all.filter(({ status }) => options.all === true || status === 'active');
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
