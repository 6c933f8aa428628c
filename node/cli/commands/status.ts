import { Command } from 'commander';

import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { objectHealth, type ObjectHealth } from '../../client/object-health.ts';
import { describeDurability, readDurability } from '../../client/put/durability-gate.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { titleOf } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Durability } from '../../market/durability.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { formatAmount, formatBytes, formatTable } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket status`: who holds an object, and whether they proved it. */
export function statusCommand(context: ProgramContext): Command {
  const command = new Command('status')
    .description('show each shard of an object: its provider, its last proof, what it has earned')
    .argument('<object>', 'name of the object, its key, or the start of its key')
    .addHelpText('after', '\nExamples:\n  stowmarket status cat.jpg\n  stowmarket status 3fa9c1 --json\n');
  command.action(async (reference: string) => runCommand(context, command, async (run) => status(run, reference)));
  return command;
}

async function status(run: Run, reference: string): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session, setup) => {
    const { object } = await directoryOf(session, setup).find(reference, { signal });
    const period = await readCurrentPeriod(session.market.chain, { signal });
    const health = await objectHealth(object, session.market.index, period);
    const { entry, objectKey, state } = object;
    const durability = await durabilityNow(session, entry?.k, health, signal);
    const { shards, ...summary } = health;
    output.result(
      {
        type: 'object-status',
        objectKey: toHex(objectKey),
        name: entry?.name,
        plainBytes: entry?.plainBytes,
        state,
        ...summary,
        durability,
        shards: shards.map((shard) => ({ ...shard, agreement: formatAgreementId(shard.agreement) })),
      },
      [
        `${titleOf(object)}  ${toHex(objectKey)}`,
        entry === undefined ? '' : `${formatBytes(entry.plainBytes)}, any ${entry.k} of ${entry.n} shards give it back`,
        verdict(health, entry?.k),
        durability === undefined ? '' : `what is proven of it ${describeDurability(durability)}`,
        '',
        table(health),
      ]
        .filter((line, index) => line !== '' || index === 4)
        .join('\n'),
    );
  });
}

/** Chances to get it back at the end of its term from the shards that are proven; undefined where this machine does not know its code. */
async function durabilityNow(
  { market }: ClientSession,
  k: number | undefined,
  { proving, period, endPeriod }: ObjectHealth,
  signal: AbortSignal,
): Promise<Durability | undefined> {
  if (k === undefined || endPeriod === undefined) return undefined;
  return readDurability(market, { k, n: proving, periods: Math.max(0, endPeriod - period) }, { signal });
}

function verdict({ live, proving, period, endPeriod }: ObjectHealth, k: number | undefined): string {
  const needs = k === undefined ? '' : ` (${k} are needed)`;
  const until =
    endPeriod === undefined ? 'no agreement runs any more' : `stored until period ${endPeriod}, now is ${period}`;
  return `${live} shards under agreement, ${proving} of them proven lately${needs}; ${until}`;
}

function table({ shards }: ObjectHealth): string {
  return formatTable(
    ['SHARD', 'PROVIDER', 'AGREEMENT', 'STATE', 'LAST PROOF', 'PROVEN', 'PAID', 'REFUNDED'],
    shards.map((shard) => [
      String(shard.shardIndex),
      String(shard.provider),
      formatAgreementId(shard.agreement),
      shard.state,
      shard.lastProvenPeriod === undefined ? 'none yet' : `period ${shard.lastProvenPeriod}`,
      `${shard.settledProven} of ${shard.settledPeriods}`,
      formatAmount(shard.paid),
      formatAmount(shard.refunded),
    ]),
  );
}
