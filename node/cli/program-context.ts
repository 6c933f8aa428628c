import type { Command } from 'commander';
import { z } from 'zod';

import type { ExitCode } from '../core/errors.ts';
import type { CliIo } from './io.ts';
import { Output } from './output.ts';
import { printError } from './print-error.ts';

/** One run of the program: given to every command's factory. */
export interface ProgramContext {
  io: CliIo;
  /** Aborted by ctrl-C and SIGTERM. */
  signal: AbortSignal;
  /** What the process will end with. */
  exitCode: ExitCode | 0;
}

const globalOptionsSchema = z.object({
  home: z.string().optional(),
  rpc: z.string().optional(),
  deployment: z.string().optional(),
  account: z.string().optional(),
  passwordFile: z.string().optional(),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  debug: z.boolean().default(false),
});
export type GlobalOptions = z.output<typeof globalOptionsSchema>;

/** What a command's handler works with. */
export interface Run {
  io: CliIo;
  globals: GlobalOptions;
  output: Output;
  signal: AbortSignal;
}

export interface CommandTraits {
  /** Standard output carries an object's bytes. */
  dataOnStdout?: boolean | undefined;
}

/** Global options may stand before or after the command's name. */
export function addGlobalOptions(command: Command): Command {
  return command
    .optionsGroup('Global options:')
    .option('--home <dir>', 'folder of configuration, keystores and catalogue')
    .option('--rpc <url>', 'JSON-RPC endpoint of the chain')
    .option('--deployment <dir>', "folder with the market's addresses, one file per chain id")
    .option('--account <name>', 'keystore to sign with')
    .option('--password-file <path>', "file that holds the keystore's password")
    .option('--json', 'print one JSON object per line, for programs')
    .option('--quiet', 'print results and errors only')
    .option('--debug', 'log to standard error and show the stack of errors');
}

/**
 * Runs a command's handler. Whatever it throws is printed here, once, and becomes the exit code; a handler returns a code
 * itself only when a part of its work was done.
 */
export async function runCommand(
  context: ProgramContext,
  command: Command,
  handler: (run: Run) => Promise<ExitCode | void>,
  traits: CommandTraits = {},
): Promise<void> {
  const globals = globalOptionsSchema.parse(command.optsWithGlobals());
  const { io, signal } = context;
  const output = new Output({ io, json: globals.json, quiet: globals.quiet, ...traits });
  try {
    signal.throwIfAborted();
    context.exitCode = (await handler({ io, globals, output, signal })) ?? 0;
  } catch (error) {
    output.progress.clear();
    // After ctrl-C every failure is its consequence, unless a command says more about it.
    const shown = signal.aborted && !isInterruption(error) ? signal.reason : error;
    context.exitCode = printError(shown, output, { debug: globals.debug });
  } finally {
    output.progress.clear();
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'interrupted';
}
