import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';

import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import { createKeystore, importKeystore, type PasswordSource, type UnlockedKey } from '../../keystore/wallet.ts';
import { clientAddress, loadClientSetup, type ClientSetup } from '../client-setup.ts';
import { askHidden, passwordSourceOf } from '../password-source.ts';
import type { Run } from '../program-context.ts';

const BACK_UP = 'back up this file and its password: whoever loses them loses the money and every stored file';

/** `wallet new` */
export async function newWallet(run: Run): Promise<void> {
  const setup = await loadClientSetup(run);
  const { keystore } = setup.config.wallet;
  report(run, setup, await createKeystore(keystore, newPassword(run, setup)), 'created');
}

/** `wallet import` */
export async function importWallet(run: Run, file?: string): Promise<void> {
  const setup = await loadClientSetup(run);
  const { keystore } = setup.config.wallet;
  const hexKey = await readKey(run, setup, file);
  report(run, setup, await importKeystore(keystore, newPassword(run, setup), hexKey), 'imported');
}

/** `wallet address` */
export async function showAddress(run: Run): Promise<void> {
  const setup = await loadClientSetup(run);
  const address = await clientAddress(setup, run);
  run.output.result({ type: 'wallet', address }, address);
}

function newPassword({ io }: Run, { environment, config }: ClientSetup): PasswordSource {
  const { keystore, passwordFile } = config.wallet;
  const question = `New password for ${keystore}: `;
  return passwordSourceOf({ passwordFile, password: environment.secrets.password, io, question, confirm: true });
}

/** The key never comes from the command line: other users of the machine can read those. */
async function readKey({ io }: Run, { environment }: ClientSetup, file: string | undefined): Promise<string> {
  const { key } = environment.secrets;
  if (file === '-') return (await readAll(io.stdin)).trim();
  if (file === undefined) return key ?? askHidden(io, 'Private key in hex: ', 'the private key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new StowError({
      code: 'key-unreadable',
      message: `the key file ${file} cannot be read: ${messageOf(error)}`,
      hint: 'check the path and its permissions',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

function report({ output }: Run, { config }: ClientSetup, { address }: UnlockedKey, what: string): void {
  const { keystore } = config.wallet;
  output.result({ type: 'wallet', address, keystore }, `${address}\n${what} in ${keystore}`);
  output.talk(BACK_UP);
}
