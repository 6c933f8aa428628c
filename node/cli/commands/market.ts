import { Command, Option } from 'commander';

import { runCommand, type ProgramContext } from '../program-context.ts';
import {
  parseAskPlace,
  parseAskRegion,
  parseBidId,
  parseCount,
  parsePageLimit,
  parsePrice,
  parseSize,
} from '../parse-options.ts';
import { addPurchaseOptions } from '../purchase-options.ts';
import type { AsksOptions } from './market-asks.ts';
import type { BidsOptions } from './market-bids.ts';
import type { ExplainOptions } from './market-explain.ts';
import type { IndexOptions } from './market-index.ts';

/** `stowmarket market …`: look at the order book and its prices; needs no wallet. */
export function marketCommand(context: ProgramContext): Command {
  return new Command('market')
    .description('look at the market and its prices; needs no wallet')
    .addCommand(asksCommand(context))
    .addCommand(indexCommand(context))
    .addCommand(explainCommand(context))
    .addCommand(bidsCommand(context));
}

/** A page that fits a terminal. */
const PAGE_ASKS = 20;

function asksCommand(context: ProgramContext): Command {
  const command = new Command('asks')
    .description('list the asks that can be taken now, cheapest first')
    .option('--region <number>', 'only of this country (ISO 3166-1 numeric)', parseAskRegion)
    .addOption(new Option('--units <n>', 'only those that take a shard of n units of 64 KiB').argParser(parseCount))
    .addOption(
      new Option('--size <size>', 'only those that take a shard of this size').argParser(parseSize).conflicts('units'),
    )
    .option('--periods <n>', 'only those that take a term of n periods', parseCount)
    .option('--max-price <tokens>', 'only up to this price for a GiB and period', parsePrice)
    .option('--limit <n>', 'how many to list', parsePageLimit, PAGE_ASKS)
    .option('--after <place>', 'go on where a page ended', parseAskPlace)
    .option('--live', 'ask their providers what reads cost now, and what anybody reads there for nothing and on credit')
    .addHelpText('after', ASKS_EXAMPLES);
  command.action(async (options: AsksOptions) =>
    runCommand(context, command, async (run) => (await import('./market-asks.ts')).showAsks(run, options)),
  );
  return command;
}

const ASKS_EXAMPLES = `
Examples:
  stowmarket market asks
  stowmarket market asks --size 16MiB --periods 90 --region 276 --json
  stowmarket market asks --limit 5 --live
`;

function indexCommand(context: ProgramContext): Command {
  const command = new Command('index')
    .description('show the reference price that pegged asks follow, and what moves it')
    .option('--chart', 'draw how it moved')
    .addHelpText(
      'after',
      '\nExamples:\n  stowmarket market index\n  stowmarket market index --chart\n  stowmarket market index --json\n',
    );
  command.action(async (options: IndexOptions) =>
    runCommand(context, command, async (run) => (await import('./market-index.ts')).showIndex(run, options)),
  );
  return command;
}

function explainCommand(context: ProgramContext): Command {
  const command = addPurchaseOptions(new Command('explain'))
    .description(
      'say for every ask whether an object would take it now, or for every provider whether it could answer a bid now, and which rule or rank decided',
    )
    .argument('[object]', 'name of the object, its key, or the start of its key')
    .option('--size <size>', 'explain for something of this size that is not stored yet', parseSize)
    .option('--bid <id>', 'explain the bid of this number, as `market bids` lists it', parseBidId)
    .option('--after <provider>', 'of a bid, go on after this provider, where a page ended', parseCount)
    .addHelpText(
      'after',
      '\nWhat a provider wants of bids is known to its operator only; its cheapest ask that fits stands for it.\n\n' +
        'Examples:\n  stowmarket market explain cat.jpg\n  stowmarket market explain --size 64MiB --code 4/6\n  stowmarket market explain --bid 7\n',
    );
  command.action(async (reference: string | undefined, options: ExplainOptions) =>
    runCommand(context, command, async (run) => (await import('./market-explain.ts')).explain(run, reference, options)),
  );
  return command;
}

function bidsCommand(context: ProgramContext): Command {
  const command = new Command('bids')
    .description('list the bids that stand, with what each pays now')
    .option('--mine', "this wallet's only, expired ones too: money still lies behind them")
    .option('--from <id>', 'begin with this bid', parseBidId)
    .option('--limit <n>', 'at most so many (default: 50)', parseCount)
    .addHelpText('after', '\nExamples:\n  stowmarket market bids\n  stowmarket market bids --mine --json\n');
  command.action(async (options: BidsOptions) =>
    runCommand(context, command, async (run) => (await import('./market-bids.ts')).listBids(run, options)),
  );
  return command;
}
