import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { ExitCode, StowError } from '../core/errors.ts';
import type { PasswordSource } from '../keystore/wallet.ts';
import { interrupted } from './interrupt.ts';
import type { CliIo } from './io.ts';

export interface PasswordInit {
  /** File whose first line is the password. */
  passwordFile?: string | undefined;
  /** From the environment. */
  password?: string | undefined;
  io: CliIo;
  question: string;
  /** A new password is typed twice, as nobody can find out later what it was. */
  confirm?: boolean;
}

/** Where a password comes from: a file, the environment, or one question at the terminal. */
export function passwordSourceOf(init: PasswordInit): PasswordSource {
  const { passwordFile, password } = init;
  if (passwordFile !== undefined) return { passwordFile };
  if (password !== undefined) return { password };
  let asked: Promise<string> | undefined;
  return { ask: async () => (asked ??= askTwice(init)) };
}

/**
 * Asks for a line without showing what is typed.
 * @throws StowError `password-missing` without a terminal, `interrupted` for ctrl-C
 */
export async function askHidden(io: CliIo, question: string, what = 'a password'): Promise<string> {
  if (io.stdin.isTTY !== true) {
    throw new StowError({
      code: 'password-missing',
      message: `${what} is needed, and there is no terminal to ask at`,
      hint: 'name a file of mode 600 with --password-file, or set STOWMARKET_PASSWORD',
      exitCode: ExitCode.usage,
    });
  }
  io.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: silent, terminal: true });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    lines.once('line', resolve);
    // While a line is edited, the terminal hands ctrl-C over as a key.
    lines.once('SIGINT', () => reject(interrupted('SIGINT')));
    lines.once('close', () => reject(interrupted('the end of input')));
    return await promise;
  } finally {
    lines.close();
    io.stderr.write('\n');
  }
}

async function askTwice({ io, question, confirm }: PasswordInit): Promise<string> {
  const first = await askHidden(io, question);
  if (confirm !== true || (await askHidden(io, 'Again: ')) === first) return first;
  throw new StowError({
    code: 'password-mismatch',
    message: 'the two passwords differ',
    hint: 'run the command again; nothing was written',
    exitCode: ExitCode.usage,
  });
}
