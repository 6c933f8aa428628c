import { createInterface } from 'node:readline';

import { ExitCode, StowError } from '../core/errors.ts';
import { interrupted } from './interrupt.ts';
import type { CliIo } from './io.ts';

/**
 * Asks at the terminal whether to go on.
 * @throws StowError `confirmation-missing` without a terminal, `declined`, `interrupted` for ctrl-C
 */
export async function confirm(io: CliIo, question: string): Promise<void> {
  if (io.stdin.isTTY !== true) {
    throw new StowError({
      code: 'confirmation-missing',
      message: `there is no terminal to ask at: ${question}`,
      hint: 'run the command again with --yes; nothing was sent',
      exitCode: ExitCode.usage,
    });
  }
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // While a line is edited, the terminal hands ctrl-C over as a key.
    lines.once('SIGINT', () => reject(interrupted('SIGINT')));
    lines.once('close', () => reject(interrupted('the end of input')));
    lines.question(`${question} [y/N] `, resolve);
    if (/^y(es)?$/i.test((await promise).trim())) return;
  } finally {
    lines.close();
  }
  throw new StowError({
    code: 'declined',
    message: 'nothing was sent',
    exitCode: ExitCode.general,
  });
}
