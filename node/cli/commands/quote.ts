import { stat } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';

import { openSource } from '../../client/put/open-source.ts';
import { describeDurability, readDurability } from '../../client/put/durability-gate.ts';
import { quotePut, type PutQuote } from '../../client/put/quote-put.ts';
import type { MarketView } from '../../client/market-view.ts';
import { ExitCode, StowError, systemCode } from '../../core/errors.ts';
import { allIn, type AllIn } from '../../market/all-in.ts';
import { MAX_AMOUNT } from '../../market/money.ts';
import { formatAmount, formatBytes, formatSeconds, plural } from '../format.ts';
import { type Validity, validityOf } from '../../client/put/quote-validity.ts';
import { withMarket } from '../client-setup.ts';
import { askLiveOffers, liveOffersTable } from '../live-reads.ts';
import { parseSize } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { addPurchaseOptions, purchaseOf, type PurchaseOptions } from '../purchase-options.ts';

interface QuoteOptions extends PurchaseOptions {
  reads?: number;
  live?: boolean;
}

/** `stowmarket quote`: the price of storing something, for anybody. */
export function quoteCommand(context: ProgramContext): Command {
  const command = addPurchaseOptions(new Command('quote'))
    .description('show what storing so much, or a file or folder, costs now; needs no wallet')
    .argument('<size|path>', 'a size such as 64MiB, or a file or folder')
    .option('--reads <n>', 'how often it will be read back whole over the term (default: 1)', parseReads)
    .option(
      '--live',
      'ask the providers what reads cost now, and what this wallet may read for nothing and on credit; opens the wallet where there is one',
    )
    .addHelpText('after', EXAMPLES);
  command.action(async (what: string, options: QuoteOptions) =>
    runCommand(context, command, async (run) => showQuote(run, what, options)),
  );
  return command;
}

const EXAMPLES = `
Examples:
  stowmarket quote 64MiB
  stowmarket quote photos --replicas 3 --periods 30
  stowmarket quote photos --live
`;

async function showQuote(run: Run, what: string, options: QuoteOptions): Promise<void> {
  const { output, signal } = run;
  const maxBytes = await bytesOf(run, what);
  const { wanted, quoted, stands, durability, everything, live } = await withMarket(
    run,
    async ({ market, view, config, address, unlock, network }) => {
      const terms = purchaseOf(options, config);
      const components = { market: address.isWallet ? view : richly(view), owner: { address: address.known } };
      const account = options.live === true && address.isWallet ? await unlock() : undefined;
      const made = await quotePut(components, { ...terms, maxBytes }, { requireFunds: false, signal });
      return {
        wanted: terms,
        quoted: made,
        stands: await validityOf(market.chain, made, { signal }),
        durability: await readDurability(market, terms, { signal }),
        everything: allIn({
          storage: made.quote.total,
          k: terms.k,
          units: made.units,
          reads: options.reads ?? config.quote.reads,
          retrievalPrices: made.shards.map(({ retrievalPricePerMiB }) => retrievalPricePerMiB),
          gasWei: made.quote.gasWei ?? 0n,
          tokensPerCoin: config.quote.tokensPerCoin,
        }),
        live:
          options.live === true
            ? await askLiveOffers(
                { market, network, account },
                made.shards.map(({ provider }) => provider),
                { signal },
              )
            : undefined,
      };
    },
  );
  output.result(
    {
      type: 'quote',
      bytes: maxBytes,
      k: wanted.k,
      n: wanted.n,
      periods: wanted.periods,
      units: quoted.units,
      ...quoted.quote,
      allIn: everything,
      ...stands,
      durability,
      shards: quoted.shards,
      ...(live === undefined ? {} : { live }),
    },
    [
      describe(maxBytes, wanted, quoted),
      ...allInLines(everything, quoted, stands),
      `  it ${describeDurability(durability)}`,
      ...(live === undefined ? [] : ['', liveOffersTable(live)]),
    ].join('\n'),
  );
}

/** Without a wallet, no ask is refused for what its owner's account does not hold. */
function richly(view: MarketView): MarketView {
  return { ...view, balances: async () => ({ escrow: MAX_AMOUNT, wallet: MAX_AMOUNT, gas: MAX_AMOUNT }) };
}

async function bytesOf({ io, signal }: Run, what: string): Promise<number> {
  try {
    await stat(what);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    try {
      return parseSize(what);
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause;
      throw new StowError({
        code: 'quote-what',
        message: `${JSON.stringify(what)} is neither a size nor a file or folder that is there`,
        hint: 'write a size such as 64MiB, or check the path',
        exitCode: ExitCode.usage,
        cause,
      });
    }
  }
  return (await openSource(what, { stdin: io.stdin, signal })).maxBytes;
}

function describe(
  maxBytes: number,
  { k, n, periods }: { k: number; n: number; periods: number },
  { quote, units, shards }: PutQuote,
): string {
  const prices = shards.map(({ pricePerUnitPeriod }) => pricePerUnitPeriod);
  const least = prices.reduce((a, b) => (a < b ? a : b));
  const most = prices.reduce((a, b) => (a > b ? a : b));
  return [
    `${formatBytes(maxBytes)} as ${plural(n, 'shard')} of ${plural(units, 'unit')}, any ${k} of which give it back, for ${plural(periods, 'period')}:`,
    `  ${formatAmount(quote.rent)} rent, ${formatAmount(quote.perPeriod)} a period; periods that are not proven come back`,
    `  ${formatAmount(quote.burn)} burned at signing`,
    `  ${formatAmount(quote.heldBack)} of the rent waits for the end: the providers' if they keep the agreements, yours if they fail`,
    `  ${formatAmount(quote.total)} for storing it`,
    `  from ${plural(shards.length, 'provider')} at ${least === most ? formatAmount(least) : `${formatAmount(least)} to ${formatAmount(most)}`} a unit and period`,
  ].join('\n');
}

function allInLines({ retrieval, gas, total }: AllIn, { quote, shards }: PutQuote, stands: Validity): string[] {
  const gasText =
    gas === undefined
      ? `about ${quote.gasWei ?? 0n} wei of the chain's coin for gas beside it (quote.tokens-per-coin counts it in tokens)`
      : `about ${formatAmount(gas)} for gas`;
  const until =
    stands.validBlocks === undefined
      ? `the asks stand for ${formatSeconds(stands.validSeconds)}`
      : `the price stands for ${plural(stands.validBlocks, 'block')}, about ${formatSeconds(stands.validSeconds)}: then pegged asks follow the index`;
  return [
    `  ${formatAmount(retrieval)} for reading it${readPrices(shards)}, ${gasText}`,
    `  ${formatAmount(total)} all in; ${until}; \`put --max-price\` pays no more than you say`,
  ];
}

/** What the chosen providers' asks say of reads. */
function readPrices(shards: PutQuote['shards']): string {
  const prices = shards.map(({ retrievalPricePerMiB }) => retrievalPricePerMiB);
  const most = prices.reduce((a, b) => (a > b ? a : b), 0n);
  return most === 0n ? '' : ` at ${formatAmount(most)} a MiB at most, for the whole term`;
}

function parseReads(text: string): number {
  const reads = Number(text);
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Not a whole number from 0 up.');
  return reads;
}
