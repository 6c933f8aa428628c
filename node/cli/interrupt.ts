import { ExitCode, messageOf, StowError } from '../core/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What an aborted command ends with. Commands add what was and was not done. */
export function interrupted(signal: string): StowError {
  return new StowError({
    code: 'interrupted',
    message: `stopped by ${signal}`,
    exitCode: ExitCode.interrupted,
  });
}

/** What ctrl-C leaves open while a transaction is on its way. @param tells what to look at: `\`stowmarket ls\` tells` */
export function mayBeMined(tells: string): string {
  return `a transaction that was handed over may still be mined; ${tells}`;
}

/**
 * Runs the part of a command that ctrl-C may cut off; then `said` tells what was and was not done.
 * @throws StowError `interrupted` once the signal is aborted, else what `work` throws
 */
export async function tellingWhatWasDone<T>(
  signal: AbortSignal,
  said: string | (() => string),
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StowError({
      code: 'interrupted',
      message: `${messageOf(signal.reason)}: ${typeof said === 'string' ? said : said()}`,
      exitCode: ExitCode.interrupted,
      cause: error,
    });
  }
}

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that commands clean up; a second one ends the process at once.
 * Dispose to listen no more.
 */
export function interruptSignal(host: NodeJS.Process): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) host.exit(ExitCode.interrupted);
    controller.abort(interrupted(name));
  };
  for (const name of SIGNALS) host.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) host.off(name, onSignal);
    },
  };
}
