import { Command, CommanderError } from 'commander';

import { ExitCode } from '../core/errors.ts';
import { agreementsCommand } from './commands/agreements.ts';
import { configCommand } from './commands/config.ts';
import { getCommand } from './commands/get.ts';
import { lsCommand } from './commands/ls.ts';
import { providerCommand } from './commands/provider.ts';
import { putCommand } from './commands/put.ts';
import { quoteCommand } from './commands/quote.ts';
import { reputationCommand } from './commands/reputation.ts';
import { rmCommand } from './commands/rm.ts';
import { statusCommand } from './commands/status.ts';
import { walletCommand } from './commands/wallet.ts';
import { interruptSignal } from './interrupt.ts';
import type { CliIo } from './io.ts';
import { addGlobalOptions, type ProgramContext } from './program-context.ts';

/** A socket that lingers must not keep a finished command alive for longer than this. */
const LINGER_MS = 3_000;

const COMMANDS = [
  putCommand,
  getCommand,
  lsCommand,
  rmCommand,
  statusCommand,
  quoteCommand,
  agreementsCommand,
  reputationCommand,
  walletCommand,
  providerCommand,
  configCommand,
] as const;

/** The whole command line. Commands write to `context.io` only and leave their code in `context.exitCode`. */
export function createProgram(context: ProgramContext): Command {
  const { stdout, stderr } = context.io;
  const program = new Command('stowmarket')
    .description('Store files with providers that prove every period that they still hold them.')
    .showHelpAfterError('(see --help)')
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'explain a command');
  for (const create of COMMANDS) program.addCommand(create(context));
  configure(program, { out: (text) => stdout.write(text), err: (text) => stderr.write(text) });
  return program;
}

/** Runs one command line. @returns the exit code */
export async function runProgram(args: readonly string[], io: CliIo, signal: AbortSignal): Promise<number> {
  const context: ProgramContext = { io, signal, exitCode: 0 };
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has printed the message; help and version end here too, with 0.
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : ExitCode.usage;
  }
  return context.exitCode;
}

interface Writers {
  out: (text: string) => void;
  err: (text: string) => void;
}

/** Settings that commander does not hand down to commands made elsewhere. */
function configure(command: Command, writers: Writers): void {
  command.exitOverride().configureOutput({ writeOut: writers.out, writeErr: writers.err });
  addGlobalOptions(command);
  for (const child of command.commands) configure(child, writers);
}

if (import.meta.main) {
  using interrupt = interruptSignal(process);
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await runProgram(process.argv.slice(2), { stdin, stdout, stderr, env }, interrupt.signal);
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
