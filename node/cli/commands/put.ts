import { Command, Option } from 'commander';

import { describeDurability, readDurability, requireDurable } from '../../client/put/durability-gate.ts';
import { openSource } from '../../client/put/open-source.ts';
import { normalizeName } from '../../client/object-name.ts';
import { putObject } from '../../client/put/put.ts';
import { quotePut } from '../../client/put/quote-put.ts';
import type { PutInit } from '../../client/put/put-types.ts';
import type { PutSource } from '../../client/put/source.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { parseTokens } from '../../market/money.ts';
import { addBidOptions, bidWishOf, type BidOptions } from '../bid-options.ts';
import { loadClientSetup, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { parseSize } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { exportingTo, reportExported } from '../put-export.ts';
import { canBeGoneOn, findUnfinished, requireUnfinished, sourceOf } from '../put-resume.ts';
import { makePublic, publishingWei } from '../put-public.ts';
import { reportPlan, reportStored } from '../put-report.ts';
import {
  addPurchaseOptions,
  defaultSpares,
  purchaseOf,
  sparesOption,
  type PurchaseOptions,
} from '../purchase-options.ts';

interface PutOptions extends PurchaseOptions, BidOptions, DryRunOption {
  name?: string;
  maxPrice?: string;
  maxSize?: number;
  force?: boolean;
  export?: string;
  resume?: boolean;
  spares?: number;
  pack?: boolean;
  public?: boolean;
}

/** `stowmarket put`: store a file, a folder or a stream. */
export function putCommand(context: ProgramContext): Command {
  const command = addDryRunOption(addBidOptions(addPurchaseOptions(new Command('put'))))
    .description('store a file, a folder, or standard input; with --pack, many small files together')
    .argument('<path...>', 'file or folder, or - for standard input; several with --pack')
    .addOption(
      new Option(
        '--pack',
        "add the files, each under its name, to this wallet's pack, where small files share agreements",
      ).conflicts(['bid', 'export', 'resume', 'maxSize']),
    )
    .option('--name <name>', "the object's name (default: that of the file or folder)")
    .option('--max-price <tokens>', 'refuse to pay more than this for everything')
    .option('--max-size <size>', 'most bytes that standard input may give (default: 512MiB)', parseSize)
    .addOption(
      new Option('--resume', 'go on with a put that was cut off: by its path, or by its name').conflicts([
        'bid',
        'dryRun',
      ]),
    )
    .addOption(sparesOption().conflicts('bid'))
    .addOption(
      new Option(
        '--public',
        'let everybody read it once it is stored, without a wallet: its key is written to the chain in the clear, for good',
      ).conflicts(['bid', 'export', 'pack']),
    )
    .option('--force', 'store it even with a code that is likely to lose it')
    .addOption(
      new Option(
        '--export <file>',
        'write the agreements to a file to be signed and sent later, instead of paying now',
      ).conflicts('dryRun'),
    )
    .addHelpText('after', EXAMPLES);
  command.action(async (paths: string[], options: PutOptions) =>
    runCommand(context, command, async (run) => {
      if (options.pack === true) return (await import('../pack-put.ts')).putIntoPack(run, paths, options);
      const [path = '', ...others] = paths;
      if (others.length > 0) throw onePath(paths);
      return put(run, path, options);
    }),
  );
  return command;
}

const EXAMPLES = `
Examples:
  stowmarket put cat.jpg
  stowmarket put photos --name backup/photos --code 4/6 --periods 90
  stowmarket put report.pdf --replicas 3 --max-price 2.5
  tar c folder | stowmarket put - --name folder.tar --max-size 10GiB
  stowmarket put --pack notes/*.txt mail
  stowmarket put logo.svg --public
  stowmarket put movie.mkv --dry-run
  stowmarket put movie.mkv --resume
  stowmarket put movie.mkv --export agreements.json
  stowmarket put movie.mkv --bid --start-price 0.0005 --ceiling 0.002 --climb 30m --deadline 2h
`;

async function put(run: Run, path: string, options: PutOptions): Promise<ExitCode | void> {
  if (options.resume === true) return resumePut(run, path, options);
  const { io, signal, output } = run;
  const source = await openSource(path, { stdin: io.stdin, maxBytes: options.maxSize, signal });
  const name = nameOf(source, options.name);
  const maxTotal = options.maxPrice === undefined ? undefined : parseTokens(options.maxPrice);
  // What contradicts itself is said before a password is asked for.
  const wish = bidWishOf(options, (await loadClientSetup(run)).config);
  return withSession(run, { wallet: options.dryRun !== true }, async (session, { config }) => {
    const wanted = { ...purchaseOf(options, config), maxTotal };
    const durability = await readDurability(session.market, wanted, { signal });
    if (options.force !== true) requireDurable(durability, wanted);
    output.talk(`${wanted.k} of ${wanted.n} ${describeDurability(durability)}`);
    const left = options.dryRun === true ? undefined : await findUnfinished(session.unfinished, { path, name });
    if (left !== undefined) output.talk(canBeGoneOn(source, left));
    if (wish !== undefined) {
      const { bidFor, planBid } = await import('../bid-put.ts');
      const bid = { ...wanted, name, path, wish, signal, onProgress: output.progress.listener };
      if (options.dryRun === true) {
        const { tokensPerCoin } = config.quote;
        return planBid(run, session, source, { ...bid, tokensPerCoin });
      }
      return bidFor(run, session, source, bid);
    }
    if (options.dryRun === true) {
      const market = session.view();
      const components = { market, owner: { address: session.address } };
      const quoted = await quotePut(
        components,
        { ...wanted, maxBytes: source.maxBytes },
        { requireFunds: true, signal },
      );
      const opening =
        options.public === true ? await publishingWei(session, { ...wanted, name, source }, { signal }) : undefined;
      reportPlan(run, name, source, { ...quoted, durability, publishingWei: opening }, config.quote.tokensPerCoin);
      return undefined;
    }
    const spares = options.spares ?? config.storage.spares ?? defaultSpares(wanted);
    return store(run, session, source, options, { ...wanted, name, path, spares, signal });
  });
}

/** Goes on with a put that a crash or ctrl-C cut off. */
async function resumePut(run: Run, path: string, options: PutOptions): Promise<ExitCode | void> {
  const { io, signal } = run;
  const maxTotal = options.maxPrice === undefined ? undefined : parseTokens(options.maxPrice);
  return withSession(run, { wallet: true }, async (session, { config }) => {
    const { code, replicas, periods } = options;
    const shape = replicas === undefined ? code : { k: 1, n: replicas };
    const name = options.name === undefined ? undefined : normalizeName(options.name);
    const wish = { path, name, k: shape?.k, n: shape?.n, periods };
    const record = await requireUnfinished(session.unfinished, wish);
    const from = sourceOf(record);
    const source = await openSource(from.path, { stdin: io.stdin, maxBytes: from.maxBytes, signal });
    if (record.bid !== undefined) {
      requireForBid(options, record.name);
      const { resumeBid } = await import('../bid-put.ts');
      const { listener: onProgress } = run.output.progress;
      return resumeBid(run, session, source, { record, path: from.path, maxTotal, signal, onProgress });
    }
    const terms = { ...purchaseOf({}, config), maxTotal, name: record.name, path: from.path };
    return store(run, session, source, options, { ...terms, resume: record, signal });
  });
}

/** @throws StowError `usage` for what a put by a bid cannot do */
function requireForBid({ export: file, public: isPublic }: PutOptions, name: string): void {
  if (file === undefined && isPublic !== true) return;
  throw new StowError({
    code: 'usage',
    message: `the put of ${name} that was cut off goes by a bid, and ${file === undefined ? '--public' : '--export'} does not go with one`,
    hint: 'leave it out to go on with the bid',
    exitCode: ExitCode.usage,
  });
}

async function store(
  run: Run,
  session: ClientSession,
  source: PutSource,
  options: PutOptions,
  init: PutInit,
): Promise<undefined> {
  const { output } = run;
  const components =
    options.export === undefined ? await session.putComponents() : await exportingTo(session, options.export);
  const result = await putObject(components, source, { ...init, onProgress: output.progress.listener });
  output.progress.clear();
  if (options.export === undefined) reportStored(run, result);
  else reportExported(run, options.export, result);
  if (options.public === true) await makePublic(run, session, result);
  return undefined;
}

function onePath(paths: readonly string[]): StowError {
  return new StowError({
    code: 'usage',
    message: `${paths.length} paths are given, and one object is stored at a time`,
    hint: 'store a folder that holds them, or with --pack each file under its own name',
    exitCode: ExitCode.usage,
  });
}

function nameOf(source: PutSource, given: string | undefined): string {
  const name = given ?? source.defaultName;
  if (name !== undefined) return normalizeName(name);
  throw new StowError({
    code: 'name-missing',
    message: 'what comes from standard input has no name of its own',
    hint: 'give it one: --name NAME',
    exitCode: ExitCode.usage,
  });
}
