import { Command, InvalidArgumentError, Option } from 'commander';

import { describeDurability, readDurability, requireDurable } from '../../client/put/durability-gate.ts';
import { openSource } from '../../client/put/open-source.ts';
import { normalizeName } from '../../client/object-name.ts';
import { putObject } from '../../client/put/put.ts';
import { quotePut, type PutQuote } from '../../client/put/quote-put.ts';
import { MAX_SPARES } from '../../client/put/plan.ts';
import type { PutInit, PutResult } from '../../client/put/put-types.ts';
import type { PutSource } from '../../client/put/source.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { shortKey } from '../../client/stored-object.ts';
import { assert } from '../../core/assert.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Durability } from '../../market/durability.ts';
import { gasInTokens } from '../../market/all-in.ts';
import { parseTokens } from '../../market/money.ts';
import { MAX_SHARDS } from '../../pipeline/erasure/code.ts';
import { addBidOptions, bidWishOf, type BidOptions } from '../bid-options.ts';
import { loadClientSetup, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption, NOTHING_SENT } from '../dry-run.ts';
import { formatAmount, formatBytes, plural } from '../format.ts';
import { parseSize } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { exportingTo, reportExported } from '../put-export.ts';
import { canBeGoneOn, findUnfinished, requireUnfinished, sourceOf } from '../put-resume.ts';
import { addPurchaseOptions, purchaseOf, type PurchaseOptions } from '../purchase-options.ts';

interface PutOptions extends PurchaseOptions, BidOptions, DryRunOption {
  name?: string;
  maxPrice?: string;
  maxSize?: number;
  force?: boolean;
  export?: string;
  resume?: boolean;
  spares?: number;
}

/** `stowmarket put`: store a file, a folder or a stream. */
export function putCommand(context: ProgramContext): Command {
  const command = addDryRunOption(addBidOptions(addPurchaseOptions(new Command('put'))))
    .description('store a file, a folder, or standard input')
    .argument('<path>', 'file or folder, or - for standard input')
    .option('--name <name>', "the object's name (default: that of the file or folder)")
    .option('--max-price <tokens>', 'refuse to pay more than this for everything')
    .option('--max-size <size>', 'most bytes that standard input may give (default: 512MiB)', parseSize)
    .addOption(
      new Option('--resume', 'go on with a put that was cut off: by its path, or by its name').conflicts([
        'bid',
        'dryRun',
      ]),
    )
    .addOption(
      new Option(
        '--spares <n>',
        `shards to start beyond those of the code, the slowest of which are dropped, at most ${MAX_SPARES} (default: 1 from 4 shards on)`,
      )
        .argParser(parseSpares)
        .conflicts('bid'),
    )
    .option('--force', 'store it even with a code that is likely to lose it')
    .addOption(
      new Option(
        '--export <file>',
        'write the agreements to a file to be signed and sent later, instead of paying now',
      ).conflicts('dryRun'),
    )
    .addHelpText('after', EXAMPLES);
  command.action(async (path: string, options: PutOptions) =>
    runCommand(context, command, async (run) => put(run, path, options)),
  );
  return command;
}

/** From so many shards on, one more is a quarter of the traffic at most. */
const SPARE_FROM_SHARDS = 4;

function parseSpares(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= MAX_SPARES) return count;
  throw new InvalidArgumentError(`a number from 0 to ${MAX_SPARES} is expected`);
}

const EXAMPLES = `
Examples:
  stowmarket put cat.jpg
  stowmarket put photos --name backup/photos --code 4/6 --periods 90
  stowmarket put report.pdf --replicas 3 --max-price 2.5
  tar c folder | stowmarket put - --name folder.tar --max-size 10GiB
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
    if (wish !== undefined) {
      const { bidFor, planBid } = await import('../bid-put.ts');
      const bid = { ...wanted, name, wish, signal, onProgress: output.progress.listener };
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
      reportPlan(run, name, source, { ...quoted, durability }, config.quote.tokensPerCoin);
      return undefined;
    }
    const left = await findUnfinished(session.unfinished, { path, name });
    if (left !== undefined) output.talk(canBeGoneOn(source, left));
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
    const terms = { ...purchaseOf({}, config), maxTotal, name: record.name, path: from.path };
    return store(run, session, source, options, { ...terms, resume: record, signal });
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
  return undefined;
}

/** One spare costs a shard's traffic; with few shards that is much, and with one it is a second copy. */
function defaultSpares({ n }: { n: number }): number {
  return n >= SPARE_FROM_SHARDS && n < MAX_SHARDS ? 1 : 0;
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

interface PlannedPut extends PutQuote {
  durability: Durability;
}

function reportPlan(
  { output }: Run,
  name: string,
  source: PutSource,
  { quote, units, shards, durability }: PlannedPut,
  tokensPerCoin: bigint | undefined,
): void {
  const { gasWei = 0n } = quote;
  const gasTokens = gasInTokens(gasWei, tokensPerCoin);
  // One forms the agreements, and each signed ask takes one before that.
  const transactions = 1 + shards.filter(({ signed }) => signed).length;
  output.result(
    {
      type: 'put-plan',
      name,
      maxBytes: source.maxBytes,
      exact: source.exact,
      units,
      ...quote,
      durability,
      gasTokens,
      transactionCount: transactions,
      shards,
    },
    [
      `would store ${source.label} as ${name}: ${source.exact ? '' : 'at most '}${formatBytes(source.maxBytes)} in ${plural(shards.length, 'shard')} of ${plural(units, 'unit')}`,
      ...shards.map(({ shardIndex, provider, askId }) => `  shard ${shardIndex} to provider ${provider}, ask ${askId}`),
      `price  ${formatAmount(quote.total)}: ${formatAmount(quote.rent)} rent, ${formatAmount(quote.burn)} burned at signing; ${formatAmount(quote.heldBack)} of the rent waits for the end`,
      `${plural(transactions, 'transaction')}, about ${formatAmount(gasWei, "of the chain's coin")}${gasTokens === undefined ? '' : `, or ${formatAmount(gasTokens)}`} for gas`,
      NOTHING_SENT,
    ].join('\n'),
  );
}

function reportStored({ output }: Run, result: PutResult): void {
  const { objectKey, name, plainBytes, quote, formed, agreements, replaced } = result;
  assert(formed !== undefined, 'agreements that nobody else forms are formed');
  const providers = agreements.map(({ provider }) => provider);
  output.result(
    {
      type: 'stored',
      objectKey: toHex(objectKey),
      name,
      plainBytes,
      shards: agreements.map(({ shardIndex, provider, shardRoot, units }, position) => ({
        shardIndex,
        provider,
        shardRoot,
        units,
        agreement: formatAgreementId(formed.ids[position] ?? 0n),
      })),
      ...quote,
      transaction: formed.txHash,
      block: formed.blockNumber,
      gasUsed: formed.gasUsed,
      replaced,
    },
    [
      `stored ${name} (${formatBytes(plainBytes)}) as object ${shortKey(objectKey)}`,
      `  ${plural(agreements.length, 'shard')} with providers ${providers.join(', ')}`,
      `  ${formatAmount(quote.total)} locked or burned for ${plural(agreements[0]?.periods ?? 0, 'period')}; unproven periods come back`,
      ...(replaced.length === 0
        ? []
        : [`  replaced on the way: ${replaced.map(({ provider }) => `provider ${provider}`).join(', ')}`]),
      `get it back: stowmarket get ${name}`,
    ].join('\n'),
  );
}
