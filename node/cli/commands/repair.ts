import { Command } from 'commander';

import type { ClientSession } from '../../client/session/open-session.ts';
import { titleOf, type StoredObject } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { parseTokens, unitPriceOfGibPrice } from '../../market/money.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { type Expiry, parseCount, parseExpiry } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { repairOnce } from '../repair-pass.ts';
import { authorizeKey, revokeKey } from '../session-key.ts';
import { watchPeriods } from '../watch.ts';

interface RepairOptions extends DryRunOption {
  threshold?: number;
  maxPrice?: string;
  watch?: boolean;
  authorize?: string;
  until?: Expiry;
  revoke?: boolean;
}

/** `stowmarket repair`: lost shards come back at other providers. */
export function repairCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('repair')
      .description(
        'rebuild what failed providers held, from any k other shards and onto new providers; without an object, of everything that is stored',
      )
      .argument('[object]', 'only this one: its name, its key, or the start of its key (default: all)')
      .option(
        '--threshold <n>',
        'rebuild as soon as so many shards or fewer are left, at least k (default: k and half of n - k, rounded down)',
        parseCount,
      )
      .option('--max-price <tokens>', 'pay at most so much for a GiB and period')
      .option('--watch', 'go on looking, once a period, until stopped')
      .option(
        '--authorize <tokens>',
        'let providers bid for lost shards while you are away, out of so much of your escrow',
      )
      .option('--until <duration|date>', 'with --authorize: until when, such as 90d or 2030-01-31', parseExpiry)
      .option('--revoke', 'take that back'),
  ).addHelpText('after', HELP);
  command.action(async (reference: string | undefined, options: RepairOptions) =>
    runCommand(context, command, async (run) => {
      if (options.authorize !== undefined || options.revoke === true || options.until !== undefined)
        return changeAuthority(run, reference, options);
      return repair(run, reference, options);
    }),
  );
  return command;
}

const HELP = `
First the agreements of providers that failed are closed: the client's share of their collateral and the rent that was not served come back. Then, of each object that
is down to its threshold (of 4 of 6 shards: at 5; of 20 of 30: at 25), the lost shards are bought anew until the term of the others ends. Their bytes come from k other
shards through this machine, as ciphertext and without a key, and are the same to the byte; only copies (--replicas), which are enciphered apart, need the wallet's key.
Nothing is read from or written to your files. A run that is stopped loses nothing: the next one goes on from what the chain says.

With --authorize, nobody has to wait for you, if there are providers that repair for others (bids.repair, unless they turn it off): whoever sees that an agreement of yours failed may post a bid for its shard, for any of your objects. Its price climbs from the
old one to the rent that was left and half of your compensation, burn included; all of that is locked out of your escrow account when the bid is posted and counts against the
budget, and what is not used comes back to the account. Whoever answers rebuilds the shard from the others and is paid as it proves it. Copies are left to you. A bid that still
stands when you repair by yourself is cancelled just before its shard's new agreement is formed.

Examples:
  stowmarket repair --dry-run
  stowmarket repair cat.jpg --threshold 6
  stowmarket repair --watch
  stowmarket repair --authorize 5 --until 90d
  stowmarket repair --revoke
`;

/** Providers act through the contract that posts bids for lost shards. @throws StowError `repair-authority` */
async function changeAuthority(run: Run, reference: string | undefined, options: RepairOptions): Promise<void> {
  const { authorize: budget, until: expires, revoke = false, dryRun = false } = options;
  const others = [reference, options.threshold, options.maxPrice, options.watch].some((given) => given !== undefined);
  if (others || revoke === (budget !== undefined) || (budget === undefined) !== (expires === undefined)) {
    throw new StowError({
      code: 'repair-authority',
      message: 'a budget for repairs has an amount and an end, counts for all your objects, and is given or taken back',
      hint: 'such as `stowmarket repair --authorize 5 --until 90d`, or `stowmarket repair --revoke`',
      exitCode: ExitCode.usage,
    });
  }
  const key = {
    keyOf: ({ market }: ClientSession) => market.chain.deployment.contracts.repairs,
    who: 'whoever repairs what was lost',
  };
  if (budget === undefined || expires === undefined)
    return revokeKey(run, { ...key, command: 'repair --revoke' }, { dryRun });
  return authorizeKey(run, { ...key, command: 'repair --authorize' }, { budget, expires, dryRun });
}

async function repair(run: Run, reference: string | undefined, options: RepairOptions): Promise<ExitCode | void> {
  const { threshold, maxPrice, watch, dryRun = false } = options;
  const maxPricePerUnitPeriod = maxPrice === undefined ? undefined : unitPriceOfGibPrice(parseTokens(maxPrice));
  return withSession(run, { wallet: !dryRun }, async (session, setup) => {
    const only = reference === undefined ? undefined : await liveObject(run, session, setup, reference);
    const directory = directoryOf(session, setup);
    const list = async (): Promise<StoredObject[]> => {
      const live = (await directory.list()).filter(({ state }) => state === 'live');
      return only === undefined ? live : live.filter(({ objectKey }) => toHex(objectKey) === only);
    };
    const pass = async (): Promise<number> => {
      await session.market.sync({ signal: run.signal });
      // Names and codes, which this machine may have to learn first: that needs the wallet.
      if (!dryRun) await directory.learn({ signal: run.signal });
      return repairOnce(run, session, setup, { list, rule: { threshold, maxPricePerUnitPeriod }, dryRun });
    };
    if (watch !== true) return (await pass()) > 0 ? ExitCode.partial : undefined;
    return watchPeriods(run, session, pass);
  });
}

/** @throws StowError `object-unknown`, `object-ambiguous`, `object-not-live` */
async function liveObject(
  { signal }: Run,
  session: ClientSession,
  setup: ClientSetup,
  reference: string,
): Promise<string> {
  const { object } = await directoryOf(session, setup).find(reference, { signal });
  if (object.state === 'live') return toHex(object.objectKey);
  const failed = object.agreements.filter(({ status }) => status === 'failed').map(({ shardIndex }) => shardIndex);
  throw new StowError({
    code: 'object-not-live',
    message: `${titleOf(object)} is not stored: it is ${object.state}${failed.length === 0 ? '' : `, and shard ${failed.join(', ')} of it failed`}`,
    hint: 'only what is live can be repaired; `stowmarket status` shows what became of it',
    exitCode: ExitCode.notFound,
  });
}
