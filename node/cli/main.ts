import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';

import { ExitCode, systemCode } from '../core/errors.ts';
import { COMMANDS } from './command-table.ts';
import { interruptSignal } from './interrupt.ts';
import type { CliIo } from './io.ts';
import { addGlobalOptions, type ProgramContext } from './program-context.ts';

/** A socket that lingers must not keep a finished command alive for longer than this. */
const LINGER_MS = 3_000;

/**
 * The command line for these arguments: commands that they do not mention are there by name and summary only.
 * Commands write to `context.io` only and leave their code in `context.exitCode`.
 */
export async function createProgram(context: ProgramContext, args: readonly string[]): Promise<Command> {
  const { stdout, stderr } = context.io;
  const program = new Command('stowmarket')
    .description('Store files with providers that prove, period by period, that they still hold them.')
    .version(await ownVersion(), '-V, --version', 'show the version')
    .showHelpAfterError('(see --help)')
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', EXAMPLES);
  for (const { name, summary, load } of COMMANDS) {
    const command = args.includes(name) ? (await load())(context) : new Command(name);
    program.addCommand(command.summary(summary));
  }
  configure(program, { out: (text) => stdout.write(text), err: (text) => stderr.write(text) });
  return program;
}

const EXAMPLES = `
Examples:
  stowmarket wallet new
  stowmarket put photos --code 4/6
  stowmarket ls
  stowmarket get photos -o restored

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done, 4 not found, 5 try again, 6 funds or price,
7 bytes are not what was stored, 130 interrupted.
`;

/** Runs one command line. @returns the exit code */
export async function runProgram(args: readonly string[], io: CliIo, signal: AbortSignal): Promise<number> {
  const context: ProgramContext = { io, signal, exitCode: 0 };
  try {
    const program = await createProgram(context, args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has printed the message; help and version end here too, with 0.
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (args.includes('--json')) {
      const record = { type: 'error', code: 'usage', message: error.message, exitCode: ExitCode.usage };
      io.stdout.write(`${JSON.stringify(record)}\n`);
    }
    return ExitCode.usage;
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

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** The whole life of the process: its arguments, its streams, its exit code. */
export async function main(): Promise<void> {
  using interrupt = interruptSignal(process);
  const { stdin, stdout, stderr, env } = process;
  // `stowmarket ls | head -1`: whoever reads may have seen enough. A command that writes an object notices by itself.
  stdout.on('error', (error) => {
    if (systemCode(error) !== 'EPIPE') throw error;
  });
  process.exitCode = await runProgram(process.argv.slice(2), { stdin, stdout, stderr, env }, interrupt.signal);
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

if (import.meta.main) await main();
