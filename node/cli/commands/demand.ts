import { Command } from 'commander';
import { isAddressEqual } from 'viem/utils';

import { type DemandedUnits, demandUnits, demandUnitsCall } from '../../chain/actions/demand-units.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { type DemandTerms, readDemandTerms } from '../../chain/actions/read-demand-terms.ts';
import { DrySender } from '../../chain/dry-sender.ts';
import type { AgreementRow, DemandRow } from '../../chain/market-index.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { bondsLacking, openEach, type OpenResult } from '../../client/challenge.ts';
import type { CloseResult } from '../../client/close-overdue.ts';
import { pickUnits } from '../../client/pick-units.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { askedAgreements, nothingRuns } from '../asked-agreements.ts';
import {
  askedExitCode,
  type AskedWords,
  type Awaited,
  followAsked,
  requireAllTried,
  warnOfRefused,
} from '../asked-outcome.ts';
import { withSession, type ClientSetup } from '../client-setup.ts';
import { closeFirst, closingsBy, stillRunning } from '../closing.ts';
import { bondsBack, closedRecords } from '../closing-view.ts';
import { confirm } from '../confirm.ts';
import { accountOf, addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, plural } from '../format.ts';
import { parseCountOrNone, parseShardIndex } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { writeUnits } from '../write-units.ts';
import { describeDemands, recordOf } from './demand-view.ts';

interface DemandOptions extends DryRunOption {
  shard?: number;
  units: number;
  output?: string;
  yes?: boolean;
}

const WORDS: AskedWords = {
  one: 'demand',
  none: 'nothing was demanded',
  hint: 'run the command again with --units 0 to follow them up, and to close what was not shown',
};

/** Units that are to be demanded, by agreement. */
type Wanted = ReadonlyMap<AgreementId, readonly number[]>;

/** `stowmarket demand`: data forced out on chain. */
export function demandCommand(context: ProgramContext): Command {
  const command = addDryRunOption(new Command('demand'))
    .description(
      'demand units of each shard of an object on chain, behind a bond for each, and wait until they are shown',
    )
    .argument('<object|agreement>', 'name of the object, its key, the start of its key, or an agreement such as 3.17')
    .option('--shard <index>', 'of this shard only', parseShardIndex)
    .option(
      '--units <n>',
      'units of each shard, drawn at random among those that were not shown before; 0 demands none, and follows up those of before',
      parseCountOrNone,
      1,
    )
    .option('-o, --output <folder>', 'write what was shown, now and before, into files of this folder')
    .option('--yes', 'do not ask before tokens are locked')
    .addHelpText('after', HELP);
  command.action(async (reference: string, options: DemandOptions) =>
    runCommand(context, command, async (run) => demand(run, reference, options)),
  );
  return command;
}

const HELP = `
For providers that do not give your data out. Each unit of 64 KiB locks the market's bond. Shown within the window, the provider gets the bond, and
everybody can read the unit, as sealed as it was stored; not shown, the bond comes back, the agreement fails, and you get its provider's collateral.
Demands that go on, after ctrl-C, are followed up when the command is run again; with --units 0 it demands no more. What is overdue by then
\`stowmarket settle\` closes, too. It exits with 7 when an agreement failed.

Examples:
  stowmarket demand cat.jpg --units 4 -o units
  stowmarket demand cat.jpg --shard 2 --dry-run
  stowmarket demand 3.17 --yes --json
`;

async function demand(run: Run, reference: string, options: DemandOptions): Promise<ExitCode | void> {
  const { output, signal } = run;
  const isDry = options.dryRun === true;
  return withSession(run, { wallet: !isDry }, async (session, setup) => {
    const { market, address } = session;
    const rows = await ownAgreements(run, session, setup, reference, options);
    const terms = await readDemandTerms(market.chain, { signal });
    if (BigInt(options.units) > terms.maxOpen) throw tooManyUnits(options.units, terms);
    const sender = isDry ? session.drySender() : await session.sender();

    const before = await demandsOf(session, rows);
    const closing = await closeFirst(run, market, closingsBy(sender, market.index).demands, before);
    const closed = new Set(closing.closed.map(({ row }) => row.demand));
    const known = (await demandsOf(session, rows)).filter((row) => !closed.has(row.demand));
    const pending = known.filter(({ status }) => status === 'open');
    const live = await stillRunning(market.index, rows, closing);
    const shown = options.output === undefined ? [] : known.filter(({ status }) => status === 'shown');
    const more = pending.length + closed.size + shown.length;
    if (live.length + more === 0) throw nothingRuns('nothing-to-demand', reference);

    if (pending.length > 0)
      output.talk(
        `${plural(pending.length, 'demand')} of before ${pending.length === 1 ? 'goes' : 'go'} on: no more of those agreements`,
      );
    const wanted = unitsWanted(live, known, options.units);
    const units = [...wanted.values()].flat().length;
    const total = terms.bond * BigInt(units);
    const { escrow: available } = await readBalances(market.chain, address, { signal });
    // What was demanded before is followed up and written all the same.
    const lacking = bondsLacking(total, { owner: address, available });
    if (lacking !== undefined && more === 0) throw lacking;
    // The chain tries them first: it tells what they cost, and which it would refuse.
    const dry = sender instanceof DrySender ? sender : session.drySender();
    const asked = live.filter(({ id }) => wanted.has(id));
    const plan =
      lacking === undefined
        ? await openEach(tryingBy(dry, wanted), asked, { signal })
        : { opened: [], underway: [], untried: [], failed: asked.map((row) => ({ row, reason: lacking.message })) };
    warnOfRefused(run, WORDS, plan);
    requireAllTried(run, WORDS, { sender: dry, awaited: pending.map(awaitedOf), result: plan });
    if (sender instanceof DrySender) {
      await reportPlan(run, setup, { sender, terms, closing, plan, wanted });
      return askedExitCode([], plan.failed.length);
    }

    const able = plan.opened.map(({ row }) => row);
    const lock = terms.bond * BigInt(able.flatMap(({ id }) => wanted.get(id) ?? []).length);
    if (able.length > 0) await agreeToLock(run, lock, { terms, dry, yes: options.yes === true });
    const result = await openEach(demandingBy(sender, wanted), able, { signal, onProgress: output.progress.listener });
    warnOfRefused(run, WORDS, result);
    const opened = result.opened.flatMap(({ demands, deadline }) => demands.map((one) => ({ ...one, deadline })));
    const awaited = [...pending, ...opened].map(awaitedOf);
    requireAllTried(run, WORDS, { sender, awaited, result });

    const ended = await followAsked(run, WORDS, {
      ...closingsBy(sender, market.index).demands,
      rowsOf: async (numbers) => market.index.demands(numbers),
      market,
      pollMs: setup.config.chain.poll,
      awaited,
    });
    const demands = [...shown, ...ended];
    const files = await writeUnits(market.chain, demands, options.output, { signal });
    const failed = [...plan.failed, ...result.failed];
    const outcome = { closing, failed, demands, files, agreements: rows, usedUp: usedUpOf(live, known) };
    output.result(recordOf(outcome, terms.bond), describeDemands(outcome));
    const outcomes = [...ended.map(({ status }) => status), ...closing.closed.map((row) => row.outcome)];
    return askedExitCode(outcomes, failed.length);
  });
}

/** An agreement of this wallet, or the latest agreement of each shard of an object of it. */
async function ownAgreements(
  run: Run,
  session: ClientSession,
  setup: ClientSetup,
  reference: string,
  { shard }: DemandOptions,
): Promise<readonly AgreementRow[]> {
  const rows = await askedAgreements(run, session, setup, reference);
  const other = rows.find(({ client }) => !isAddressEqual(client, session.address));
  if (other !== undefined) throw foreign(other, session);
  const chosen = rows.filter(({ shardIndex }) => shard === undefined || shardIndex === shard);
  if (shard === undefined || chosen.length > 0) return chosen;
  throw new StowError({
    code: 'shard-unknown',
    message: `${JSON.stringify(reference.slice(0, 200))} has no agreement over shard ${shard}: nothing was sent`,
    hint: '`stowmarket status` lists the shards of an object and who holds them',
    exitCode: ExitCode.notFound,
  });
}

async function demandsOf({ market }: ClientSession, rows: readonly AgreementRow[]): Promise<DemandRow[]> {
  return market.index.demandsOf(rows.map(({ id }) => id));
}

/** Of agreements without open demands, units that were not shown yet. */
function unitsWanted(live: readonly AgreementRow[], known: readonly DemandRow[], count: number): Wanted {
  const byAgreement = Map.groupBy(known, ({ agreement }) => agreement);
  return new Map(
    live.flatMap(({ id, units }) => {
      const demands = byAgreement.get(id) ?? [];
      if (demands.some(({ status }) => status === 'open')) return [];
      const picked = pickUnits(
        units,
        count,
        demands.map(({ unit }) => unit),
      );
      return picked.length === 0 ? [] : [[id, picked]];
    }),
  );
}

/** Those of which every unit was shown. */
function usedUpOf(live: readonly AgreementRow[], known: readonly DemandRow[]): AgreementRow[] {
  const shown = known.filter(({ status }) => status === 'shown');
  return live.filter(
    ({ id, units }) =>
      new Set(shown.filter(({ agreement }) => agreement === id).map(({ unit }) => unit)).size === units,
  );
}

/** Says what the bonds and the gas come to, and asks. */
async function agreeToLock(
  { io, output, signal }: Run,
  lock: bigint,
  { terms, dry, yes }: { terms: DemandTerms; dry: DrySender; yes: boolean },
): Promise<void> {
  output.talk(
    `bond  ${formatAmount(terms.bond)} for each unit, ${formatAmount(lock)} in all; gas about ` +
      `${formatAmount(await dry.costWei({ signal }), "of the chain's coin")}; providers have ${terms.windowBlocks} blocks, more in maintenance that they declared`,
  );
  if (!yes) await confirm(io, `Lock ${formatAmount(lock)}?`);
}

function awaitedOf({ demand: number, deadline }: Pick<DemandRow, 'demand' | 'deadline'>): Awaited {
  return { number, deadline };
}

function tryingBy(sender: DrySender, wanted: Wanted): Parameters<typeof openEach<object>>[0] {
  return async ({ id }, options) =>
    sender.send(demandUnitsCall(sender.view, { id, units: wanted.get(id) ?? [] }), options);
}

function demandingBy(sender: Sender, wanted: Wanted): Parameters<typeof openEach<DemandedUnits>>[0] {
  return async ({ id }, options) => demandUnits(sender, { id, units: wanted.get(id) ?? [] }, options);
}

async function reportPlan(
  run: Run,
  { config }: ClientSetup,
  plan: {
    sender: DrySender;
    terms: DemandTerms;
    closing: CloseResult<DemandRow>;
    plan: OpenResult<object>;
    wanted: Wanted;
  },
): Promise<void> {
  const { sender, terms, closing, wanted } = plan;
  const opened = plan.plan.opened.map(({ row: { id } }) => ({ id, units: wanted.get(id) ?? [] }));
  const count = opened.flatMap(({ units }) => units).length;
  await reportDryRun(run, {
    command: 'demand',
    record: {
      bond: terms.bond,
      // Others are drawn when it is run.
      units: opened.map(({ id, units }) => ({ agreement: formatAgreementId(id), count: units.length })),
      failed: plan.plan.failed.map(({ row, reason }) => ({ agreement: formatAgreementId(row.id), reason })),
      closed: closedRecords(closing),
    },
    lines: [
      `would demand ${plural(count, 'unit')} of ${plural(opened.length, 'agreement')}, drawn anew` +
        (closing.closed.length === 0 ? '' : `, and close ${closing.closed.length} that are overdue first`),
    ],
    moves: [
      ...bondsBack(closing, sender.address),
      ...opened.map(({ id, units }) => ({
        amount: terms.bond * BigInt(units.length),
        from: accountOf(sender.address),
        to: `bonds of demands of agreement ${formatAgreementId(id)}`,
      })),
    ],
    senders: [sender],
    tokensPerCoin: config.quote.tokensPerCoin,
  });
}

function tooManyUnits(units: number, { maxOpen }: DemandTerms): StowError {
  return new StowError({
    code: 'demand-too-many',
    message: `${units} units of a shard are too many: ${maxOpen} demands and audits of an agreement may be open at a time; nothing was sent`,
    hint: `take --units ${maxOpen} at most, and run the command again once they are shown`,
    exitCode: ExitCode.usage,
  });
}

function foreign({ id, client }: AgreementRow, { address }: ClientSession): StowError {
  return new StowError({
    code: 'agreement-foreign',
    message: `agreement ${formatAgreementId(id)} is ${client}'s, not this wallet's (${address}): only its client may demand units; nothing was sent`,
    hint: "choose the wallet with --account; `stowmarket challenge` asks for proof of anybody's",
    exitCode: ExitCode.usage,
  });
}
