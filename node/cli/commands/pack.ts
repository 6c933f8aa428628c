import { Command } from 'commander';

import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { addSegmentOptions, type SegmentOptions } from '../pack-store.ts';
import { runCommand, type ProgramContext } from '../program-context.ts';

/** `stowmarket pack …`: what holds the files that `put --pack` stored. */
export function packCommand(context: ProgramContext): Command {
  return new Command('pack')
    .description('see and tidy the pack, in which small files share agreements; `stowmarket put --pack` fills it')
    .addCommand(lsCommand(context))
    .addCommand(compactCommand(context))
    .addCommand(flushCommand(context));
}

function lsCommand(context: ProgramContext): Command {
  const command = new Command('ls')
    .description('list the segments of the pack, and how much of each still counts')
    .addHelpText('after', '\nExamples:\n  stowmarket pack ls\n');
  command.action(async () =>
    runCommand(context, command, async (run) => (await import('./pack-ls.ts')).listSegments(run)),
  );
  return command;
}

function compactCommand(context: ProgramContext): Command {
  const command = addDryRunOption(addSegmentOptions(new Command('compact')))
    .description('write what still counts into one new segment, and give notice of the old ones')
    .addHelpText('after', COMPACT_HELP);
  command.action(async (options: SegmentOptions & DryRunOption) =>
    runCommand(context, command, async (run) => (await import('./pack-compact.ts')).compact(run, options)),
  );
  return command;
}

const COMPACT_HELP = `
Files that were deleted or overwritten go on taking up space until then. The files are read from their providers and stored anew; the old segments are
ended once the new one is there and can be read. Stopped at any point, the same command goes on. A segment holds 1 GiB: of a larger pack, what does not fit into
one waits for the next run, until one says that the pack is compact. Without --periods it is kept for the default, and longer where older files of its names are.

Examples:
  stowmarket pack compact --dry-run
  stowmarket pack compact
`;

function flushCommand(context: ProgramContext): Command {
  const command = addDryRunOption(addSegmentOptions(new Command('flush')))
    .description('store the deletions that wait on this machine, as a segment of their own')
    .addHelpText('after', FLUSH_HELP);
  command.action(async (options: SegmentOptions & DryRunOption) =>
    runCommand(context, command, async (run) => (await import('./pack-flush.ts')).flush(run, options)),
  );
  return command;
}

const FLUSH_HELP = `
\`rm\` of a packed file waits for the next segment, as a segment costs what a small object costs. Until then another machine still shows the file.
Without --periods the segment is kept for the default, and longer where the file is: a deletion that ends first would let it come back.

Examples:
  stowmarket pack flush
`;
