import { Command } from 'commander';

import { runCommand, type ProgramContext } from '../program-context.ts';
import type { IndexOptions } from './market-index.ts';

/** `stowmarket market …`: look at the order book and its prices; needs no wallet. */
export function marketCommand(context: ProgramContext): Command {
  return new Command('market')
    .description('look at the market and its prices; needs no wallet')
    .addCommand(indexCommand(context));
}

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
