import { Command } from 'commander';

import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import type { DrySender } from '../../chain/dry-sender.ts';
import { type DueObject, dueObjects, type RenewalRule } from '../../client/renew.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { titleOf } from '../../client/stored-object.ts';
import { systemClock } from '../../core/clock.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { parseTokens, unitPriceOfGibPrice } from '../../market/money.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption, type Move, reportDryRun } from '../dry-run.ts';
import { carryOut, movesOf, nothingSent, planNow } from '../extension.ts';
import { formatAmount, plural } from '../format.ts';
import { parseCount } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface RenewOptions extends DryRunOption {
  within: number;
  periods?: number;
  maxPrice?: string;
  watch?: boolean;
}

/** Two weeks of days: time to notice, and to store again what its providers do not renew. */
const DEFAULT_WITHIN = 14;
/** Between two looks with --watch: far below a period of any chain, and a reading of a few values each. */
const LOOK_MS = 10_000;

/** `stowmarket renew`: longer terms for everything that is about to end. */
export function renewCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('renew')
      .description('renew what is about to end, with the same providers at the same price, and warn of what cannot be')
      .option('--within <n>', 'what ends within so many periods', parseCount, DEFAULT_WITHIN)
      .option('--periods <n>', 'how many periods to add (default: storage.periods)', parseCount)
      .option('--max-price <tokens>', 'only what costs at most so much for a GiB and period')
      .option('--watch', 'go on looking, once a period, until stopped'),
  ).addHelpText(
    'after',
    '\nExamples:\n  stowmarket renew --within 14 --periods 90 --max-price 0.002\n  stowmarket renew --watch\n  stowmarket renew --dry-run\n',
  );
  command.action(async (options: RenewOptions) => runCommand(context, command, async (run) => renew(run, options)));
  return command;
}

async function renew(run: Run, options: RenewOptions): Promise<ExitCode | void> {
  const { within, maxPrice, watch, dryRun } = options;
  const max = maxPrice === undefined ? undefined : unitPriceOfGibPrice(parseTokens(maxPrice));
  const rule: RenewalRule = { within, maxPricePerUnitPeriod: max };
  return withSession(run, { wallet: dryRun !== true }, async (session, setup) => {
    const periods = options.periods ?? setup.config.storage.periods;
    for (;;) {
      const dry = dryRun === true ? { sender: session.drySender(), spent: 0n, moves: [] } : undefined;
      const left = await lookOnce(run, session, setup, { rule, periods, dry });
      if (watch !== true) return left > 0 ? ExitCode.partial : undefined;
      await nextPeriod(run, session);
    }
  });
}

async function nextPeriod({ signal }: Run, { market }: ClientSession): Promise<void> {
  const before = await readCurrentPeriod(market.chain, { signal });
  while ((await readCurrentPeriod(market.chain, { signal })) === before) await systemClock.sleep(LOOK_MS, { signal });
}

interface Look {
  rule: RenewalRule;
  periods: number;
  /** With --dry-run. */
  dry: DryPass | undefined;
}

interface DryPass {
  sender: DrySender;
  /** Token wei that the objects so far would have taken from the escrow account. */
  spent: bigint;
  moves: Move[];
}

/** @returns agreements that are about to end and were not renewed */
async function lookOnce(run: Run, session: ClientSession, setup: ClientSetup, look: Look): Promise<number> {
  const { output, signal } = run;
  await session.market.sync({ signal });
  const period = await readCurrentPeriod(session.market.chain, { signal });
  const due = dueObjects(await directoryOf(session, setup).list(), period, look.rule);
  if (due.length === 0) output.talk(`nothing ends within ${plural(look.rule.within, 'period')}`);
  let left = 0;
  for (const one of due) left += await renewOne(run, session, one, look);
  output.record({ type: 'renew-pass', period, objects: due.length, left });
  if (look.dry !== undefined) {
    const { sender, moves } = look.dry;
    const { tokensPerCoin } = setup.config.quote;
    await reportDryRun(run, { command: 'renew', lines: [], moves, senders: [sender], tokensPerCoin });
  }
  return left;
}

async function renewOne(
  run: Run,
  session: ClientSession,
  { object, tooDear, endsIn }: DueObject,
  { periods, dry }: Look,
): Promise<number> {
  const { output, signal } = run;
  const extension = await planNow(session, object, { periods, payer: session.address }, { signal });
  const { plan } = extension;
  const deposit = extension.deposit - (dry?.spent ?? 0n);
  const isShort = plan.quote.total > deposit;
  const done = isShort
    ? nothingSent(extension)
    : await carryOut(dry?.sender ?? (await session.sender()), extension, { signal });
  if (dry !== undefined && !isShort) {
    dry.spent += plan.quote.total;
    dry.moves.push(...movesOf(extension));
  }
  const title = titleOf(object);
  const reasons = [
    ...tooDear.map(({ id }) => ({ id, reason: 'it costs more than --max-price' })),
    ...plan.refused.map(({ row, reason }) => ({ id: row.id, reason })),
    ...done.failed,
    ...(isShort
      ? plan.extensions.map(({ row }) => ({ id: row.id, reason: `the escrow account holds ${formatAmount(deposit)}` }))
      : []),
  ];
  for (const { id, reason } of reasons)
    output.warn(
      `${title} ends in ${plural(Math.max(0, endsIn), 'period')} and agreement ${formatAgreementId(id)} was not renewed: ${reason}; store it again with \`stowmarket put\` before then`,
    );
  output.record({
    type: 'renewed',
    objectKey: toHex(object.objectKey),
    name: object.entry?.name,
    endsIn,
    periods,
    ...plan.quote,
    extended: dry === undefined ? done.extended.map(formatAgreementId) : [],
    wouldExtend: dry === undefined ? undefined : done.extended.map(formatAgreementId),
    notRenewed: reasons.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
  });
  const price = formatAmount(plan.quote.total);
  output.talk(
    dry !== undefined
      ? `${title} ends in ${plural(Math.max(0, endsIn), 'period')}: ${plural(done.extended.length, 'agreement')} would be renewed for ${price}`
      : `${title}: ${plural(done.extended.length, 'agreement')} renewed by ${plural(periods, 'period')}`,
  );
  return reasons.length;
}
