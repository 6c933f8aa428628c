import { CommanderError } from 'commander';

import { ExitCode, isStowError, messageOf } from '../core/errors.ts';
import type { Output } from './output.ts';

/** Causes are shown with --debug only; a chain of them longer than this is a loop. */
const MAX_CAUSES = 10;

/**
 * The one place where failures become words: what happened, to what, what to do next. Errors that nobody foresaw show one
 * line, and their stack with --debug.
 * @returns the exit code that belongs to it
 */
export function printError(error: unknown, output: Output, options: { debug: boolean }): ExitCode | 0 {
  if (error instanceof CommanderError) return commanderExit(error);
  const known = isStowError(error);
  const message = messageOf(error);
  const hint = known
    ? error.hint
    : 'this is a bug or an unforeseen situation: run again with --debug and report what it shows';
  const exitCode = known ? error.exitCode : ExitCode.general;
  if (output.json) {
    const code = known ? error.code : 'unexpected';
    output.record({ type: 'error', code, message, hint, retryable: known && error.retryable, exitCode });
  } else {
    output.error(`${output.errorPrefix()} ${message}`);
    if (hint !== undefined) output.error(`  next: ${hint}`);
  }
  if (options.debug) output.error(details(error));
  return exitCode;
}

/** Commander has printed its own message, with usage, by the time this is thrown. */
function commanderExit(error: CommanderError): ExitCode | 0 {
  return error.exitCode === 0 ? 0 : ExitCode.usage;
}

function details(error: unknown): string {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && depth < MAX_CAUSES; depth++) {
    lines.push(
      `${depth === 0 ? '' : 'caused by '}${current instanceof Error ? (current.stack ?? current.message) : messageOf(current)}`,
    );
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines.join('\n');
}
