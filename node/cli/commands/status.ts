import { Command } from 'commander';

import { readCompensation } from '../../chain/actions/read-compensation.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readRepairsAmong } from '../../chain/actions/read-repairs-among.ts';
import { objectHealth, type ObjectHealth } from '../../client/object-health.ts';
import { describeDurability, readDurability } from '../../client/put/durability-gate.ts';
import { type RepairNeed, repairNeed } from '../../client/retender/repair-need.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { titleOf, type StoredObject } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Durability } from '../../market/durability.ts';
import { givenBack } from '../../market/given-back.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { formatAmount, formatBytes, formatTable, plural } from '../format.ts';
import { printEvidence, shownEvidence } from '../show-evidence.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket status`: who holds an object, and whether they proved it. */
export function statusCommand(context: ProgramContext): Command {
  const command = new Command('status')
    .description('show each shard of an object: its provider, its last proof, what it has earned')
    .argument('[object]', 'name of the object, its key, or the start of its key')
    .option('--evidence', 'show the wrong answers of its providers that were kept; without an object, those of all')
    .addHelpText('after', HELP);
  command.action(async (reference: string | undefined, options: StatusOptions) =>
    runCommand(context, command, async (run) => {
      if (options.evidence === true) return evidence(run, reference);
      if (reference === undefined) throw noObject();
      return status(run, reference);
    }),
  );
  return command;
}

interface StatusOptions {
  evidence?: boolean;
}

const HELP = `
A unit that a provider sends with other bytes than were stored is never used. With --evidence it is shown: what was expected and how that leads to
the root in the agreement, what came, and the files that hold both. It convinces you, not the chain, as nothing of it is signed;
\`stowmarket challenge\` makes the provider prove that shard on chain.

Examples:
  stowmarket status cat.jpg
  stowmarket status 3fa9c1 --json
  stowmarket status cat.jpg --evidence
  stowmarket status --evidence --json
`;

function noObject(): StowError {
  return new StowError({
    code: 'object-missing',
    message: 'name the object whose shards are to be shown',
    hint: '`stowmarket ls` lists them; `stowmarket status --evidence` shows the wrong answers of all providers',
    exitCode: ExitCode.usage,
  });
}

async function evidence(run: Run, reference: string | undefined): Promise<void> {
  await withSession(run, { wallet: false }, async (session, setup) => {
    const { signal } = run;
    const found = reference === undefined ? undefined : await directoryOf(session, setup).find(reference, { signal });
    printEvidence(run, await shownEvidence(session, found?.object.objectKey));
  });
}

async function status(run: Run, reference: string): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session, setup) => {
    const { object } = await directoryOf(session, setup).find(reference, { signal });
    const period = await readCurrentPeriod(session.market.chain, { signal });
    const health = await objectHealth(object, session.market.index, period);
    const { entry, objectKey, state } = object;
    const need = needOf(object, period);
    const durability = await durabilityNow(session, entry?.k, health, signal);
    const { shards, ...summary } = health;
    const wrongAnswers = (await shownEvidence(session, objectKey)).length;
    output.result(
      {
        type: 'object-status',
        objectKey: toHex(objectKey),
        name: entry?.name,
        plainBytes: entry?.plainBytes,
        state,
        ...summary,
        durability,
        repair: await repairRecord(session, need, signal),
        wrongAnswers,
        shards: shards.map((shard) => ({ ...shard, agreement: formatAgreementId(shard.agreement) })),
      },
      [
        `${titleOf(object)}  ${toHex(objectKey)}`,
        entry === undefined ? '' : `${formatBytes(entry.plainBytes)}, any ${entry.k} of ${entry.n} shards give it back`,
        verdict(health, entry?.k),
        durability === undefined ? '' : `what is proven of it ${describeDurability(durability)}`,
        repairSentence(need, entry?.k),
        wrongAnswers === 0 ? '' : `${plural(wrongAnswers, 'wrong answer')} of its providers: --evidence shows them`,
        '',
        table(health),
      ]
        .filter((line, index) => line !== '' || index === 6)
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

/** What repairing would do with its default threshold; undefined where this machine does not know its code, or nothing of it runs. */
function needOf({ entry, agreements, state }: StoredObject, period: number): RepairNeed | undefined {
  if (entry === undefined || state !== 'live') return undefined;
  return repairNeed({ agreements, k: entry.k, n: entry.n }, period, undefined);
}

async function repairRecord(
  { market }: ClientSession,
  need: RepairNeed | undefined,
  signal: AbortSignal,
): Promise<Record<string, unknown> | undefined> {
  if (need === undefined) return undefined;
  const { healthy, threshold, isDue, lost } = need;
  const compensationBps = lost.length === 0 ? 0n : await readCompensation(market.chain, { signal });
  const repairs = await readRepairsAmong(
    market.chain,
    lost.map(({ id }) => id),
    { signal },
  );
  return {
    healthy,
    threshold,
    due: isDue,
    lost: lost.map((row) => ({
      shardIndex: row.shardIndex,
      ...givenBack({ ...row, repair: repairs.has(row.id) }, compensationBps),
    })),
  };
}

function repairSentence(need: RepairNeed | undefined, k: number | undefined): string {
  if (need === undefined || need.lost.length === 0) return '';
  const lost = need.lost.map(({ shardIndex }) => shardIndex).join(', ');
  return need.isDue
    ? `shard ${lost} is lost: \`stowmarket repair\` rebuilds it from any ${k} others`
    : `shard ${lost} is lost: \`stowmarket repair\` rebuilds it once ${need.threshold} or fewer are left, or at once with --threshold ${need.healthy}`;
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
