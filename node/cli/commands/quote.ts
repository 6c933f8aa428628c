import { stat } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';

import { openSource } from '../../client/put/open-source.ts';
import { quotePut, type PutQuote } from '../../client/put/quote-put.ts';
import type { MarketView } from '../../client/market-view.ts';
import { ExitCode, StowError, systemCode } from '../../core/errors.ts';
import { formatAmount, formatBytes, plural } from '../format.ts';
import { openMarketOnly } from '../client-setup.ts';
import { parseSize } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { addPurchaseOptions, purchaseOf, type PurchaseOptions } from '../purchase-options.ts';

/** `stowmarket quote`: the price of storing something, for anybody. */
export function quoteCommand(context: ProgramContext): Command {
  const command = addPurchaseOptions(new Command('quote'))
    .description('show what storing so much, or a file or folder, costs now; needs no wallet')
    .argument('<size|path>', 'a size such as 64MiB, or a file or folder')
    .addHelpText(
      'after',
      '\nExamples:\n  stowmarket quote 64MiB\n  stowmarket quote photos --replicas 3 --periods 30\n',
    );
  command.action(async (what: string, options: PurchaseOptions) =>
    runCommand(context, command, async (run) => showQuote(run, what, options)),
  );
  return command;
}

async function showQuote(run: Run, what: string, options: PurchaseOptions): Promise<void> {
  const { output, signal } = run;
  const maxBytes = await bytesOf(run, what);
  const { view, config, address } = await openMarketOnly(run);
  const wanted = purchaseOf(options, config);
  const components = { market: address.isWallet ? view : richly(view), owner: { address: address.known } };
  const quoted = await quotePut(components, { ...wanted, maxBytes }, { requireFunds: false, signal });
  output.result(
    {
      type: 'quote',
      bytes: maxBytes,
      k: wanted.k,
      n: wanted.n,
      periods: wanted.periods,
      units: quoted.units,
      ...quoted.quote,
      shards: quoted.shards,
    },
    describe(maxBytes, wanted, quoted),
  );
}

/** Without a wallet, no ask is refused for what its owner's account does not hold. */
function richly(view: MarketView): MarketView {
  const plenty = 2n ** 96n - 1n;
  return { ...view, balances: async () => ({ escrow: plenty, wallet: plenty, gas: plenty }) };
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
    `  ${formatAmount(quote.total)} in all${quote.gasWei === undefined ? '' : `, and about ${quote.gasWei} wei of the chain's coin for gas`}`,
    `  from ${plural(shards.length, 'provider')} at ${least === most ? formatAmount(least) : `${formatAmount(least)} to ${formatAmount(most)}`} a unit and period`,
  ].join('\n');
}
