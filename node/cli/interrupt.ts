import { ExitCode, StowError } from '../core/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What an aborted command ends with. Commands add what was and was not done. */
export function interrupted(signal: string): StowError {
  return new StowError({
    code: 'interrupted',
    message: `stopped by ${signal}`,
    exitCode: ExitCode.interrupted,
  });
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
