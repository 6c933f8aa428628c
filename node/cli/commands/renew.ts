import { Command, Option } from 'commander';

import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import type { DrySender } from '../../chain/dry-sender.ts';
import { type DueObject, dueObjects, isJustOver, type RenewalRule } from '../../client/renew.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { requireMargin } from '../../client/retender/rule.ts';
import { titleOf, type StoredObject } from '../../client/stored-object.ts';
import { RENEWAL_POLICIES, type RenewalPolicy } from '../../config/client-config.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { BPS, parseTokens, unitPriceOfGibPrice } from '../../market/money.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption, type Move, reportDryRun } from '../dry-run.ts';
import { carryOut, movesOf, nothingSent, planNow } from '../extension.ts';
import { formatAmount, plural } from '../format.ts';
import { parseCount, parsePercent } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { retenderOnce } from '../retender-pass.ts';
import { watchPeriods } from '../watch.ts';

interface RenewOptions extends DryRunOption {
  policy?: RenewalPolicy;
  margin?: bigint;
  within: number;
  periods?: number;
  maxPrice?: string;
  watch?: boolean;
}

/** Two weeks of days: time to notice, and to store again what its providers do not renew. */
const DEFAULT_WITHIN = 14;
/** `stowmarket renew`: longer terms for everything that is about to end, here or with whoever asks less. */
export function renewCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('renew')
      .description(
        'renew what is about to end, with the same providers at the same price or, by --policy, with cheaper ones; warn of what cannot be kept',
      )
      .argument('[object]', 'only this one: its name, its key, or the start of its key (default: all)')
      .addOption(
        new Option(
          '--policy <policy>',
          'lock: at the price agreed; follow: buy what ends anew where that is cheaper; re-tender: also move what has long to run (default: renew.policy)',
        ).choices(RENEWAL_POLICIES),
      )
      .option('--margin <share>', 'how much cheaper, all in, such as 10% (default: renew.margin)', parsePercent)
      .option('--within <n>', 'what ends within so many periods', parseCount, DEFAULT_WITHIN)
      .option('--periods <n>', 'how many periods to buy at the end of a term (default: storage.periods)', parseCount)
      .option('--max-price <tokens>', 'pay at most so much for a GiB and period')
      .option('--watch', 'go on looking, once a period, until stopped'),
  ).addHelpText('after', EXAMPLES);
  command.action(async (reference: string | undefined, options: RenewOptions) =>
    runCommand(context, command, async (run) => renew(run, reference, options)),
  );
  return command;
}

const EXAMPLES = `
Examples:
  stowmarket renew --within 14 --periods 90 --max-price 0.002
  stowmarket renew --watch
  stowmarket renew cat.jpg --policy re-tender --margin 15% --dry-run
`;

async function renew(run: Run, reference: string | undefined, options: RenewOptions): Promise<ExitCode | void> {
  const { within, maxPrice, watch, dryRun = false } = options;
  const max = maxPrice === undefined ? undefined : unitPriceOfGibPrice(parseTokens(maxPrice));
  const rule: RenewalRule = { within, maxPricePerUnitPeriod: max };
  return withSession(run, { wallet: !dryRun }, async (session, setup) => {
    const periods = options.periods ?? setup.config.storage.periods;
    const policy = options.policy ?? setup.config.renew.policy;
    const marginBps = options.margin ?? BigInt(Math.round(setup.config.renew.margin * Number(BPS)));
    requireMargin(marginBps);
    const only = reference === undefined ? undefined : await keptObject(run, session, setup, reference, policy);
    const pass = async (): Promise<number> => {
      await session.market.sync({ signal: run.signal });
      if (policy === 'lock') {
        const dry = dryRun ? { sender: session.drySender(), spent: 0n, moves: [] } : undefined;
        return lookOnce(run, session, setup, { rule, periods, dry, only });
      }
      // Names and codes, which this machine may have to learn first: that needs the wallet.
      if (!dryRun) await directoryOf(session, setup).learn({ signal: run.signal });
      const period = await readCurrentPeriod(session.market.chain, { signal: run.signal });
      const objects = await objectsOf(session, setup, only, period);
      return retenderOnce(run, session, setup, {
        objects,
        dryRun,
        rule: { ...rule, policy, periods, marginBps },
      });
    };
    if (watch !== true) return (await pass()) > 0 ? ExitCode.partial : undefined;
    return watchPeriods(run, session, pass);
  });
}

interface Look {
  rule: RenewalRule;
  periods: number;
  /** With --dry-run. */
  dry: DryPass | undefined;
  /** Key of the one object that is looked at, in hex; all when undefined. */
  only: string | undefined;
}

interface DryPass {
  sender: DrySender;
  /** Token wei that the objects so far would have taken from the escrow account. */
  spent: bigint;
  moves: Move[];
}

/** @throws StowError `object-unknown`, `object-ambiguous`, `object-not-live` */
async function keptObject(
  { signal }: Run,
  session: ClientSession,
  setup: ClientSetup,
  reference: string,
  policy: RenewalPolicy,
): Promise<string> {
  const { object } = await directoryOf(session, setup).find(reference, { signal });
  const period = policy === 'lock' ? undefined : await readCurrentPeriod(session.market.chain, { signal });
  if (isKept(object, period)) return toHex(object.objectKey);
  throw new StowError({
    code: 'object-not-live',
    message: `${titleOf(object)} is not stored: it is ${object.state}`,
    hint: 'only what is live can be renewed; `stowmarket status` shows what became of it',
    exitCode: ExitCode.notFound,
  });
}

/**
 * Objects that a pass looks at: what is live.
 * @param period with it, also what providers still give out though all its agreements have ended
 */
async function objectsOf(
  session: ClientSession,
  setup: ClientSetup,
  only: string | undefined,
  period?: number,
): Promise<StoredObject[]> {
  const directory = directoryOf(session, setup);
  const all = await directory.list();
  // A compaction that was cut off left these to be ended.
  const replaced = new Set(directory.pack(all).replaced.map(({ key }) => toHex(key)));
  const kept = all.filter((object) => isKept(object, period) && !replaced.has(toHex(object.objectKey)));
  return only === undefined ? kept : kept.filter(({ objectKey }) => toHex(objectKey) === only);
}

function isKept(object: StoredObject, period: number | undefined): boolean {
  return object.state === 'live' || (period !== undefined && isJustOver(object, period));
}

/** @returns agreements that are about to end and were not renewed */
async function lookOnce(run: Run, session: ClientSession, setup: ClientSetup, look: Look): Promise<number> {
  const { output, signal } = run;
  const period = await readCurrentPeriod(session.market.chain, { signal });
  const due = dueObjects(await objectsOf(session, setup, look.only), period, look.rule);
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
  if (dry !== undefined) {
    const moves = movesOf(extension, done);
    dry.spent += moves.reduce((sum, { amount }) => sum + amount, 0n);
    dry.moves.push(...moves);
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
