import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

import { commentedConfig } from '../../config/explain.ts';
import { ExitCode, messageOf, StowError, systemCode } from '../../core/errors.ts';
import { nodeIdentity } from '../../network/identity.ts';
import {
  addressOfKeystore,
  createKeystore,
  keyFromHex,
  type PasswordSource,
  type UnlockedKey,
} from '../../keystore/wallet.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, passwordSource, type ProviderSetup, type SetupOptions } from './provider-setup.ts';

const QUESTION = 'Password for the new keystores: ';

/** `provider init`: the commented configuration and both keys, as far as they are not there yet. Overwrites nothing. */
export async function initProvider(run: Run, options: SetupOptions): Promise<void> {
  const setup = await loadSetup(run, { ...options, ...((await exists(options.config)) ? {} : { config: undefined }) });
  const configFile = options.config ?? setup.configFile;
  const passwords = passwordSource(setup, run.io, QUESTION);
  const { secrets } = setup.environment;
  const { keys } = setup.config;
  const operator = await makeKey(keys.operator, secrets.key, passwords);
  const node = await makeKey(keys.node, secrets.nodeKey, passwords);
  const written = await writeConfig(configFile, settingsOf(run, options));
  report(run, setup, { configFile, written, operator, node });
}

interface MadeKey {
  address: `0x${string}`;
  from: string;
  key?: UnlockedKey | undefined;
}

async function makeKey(path: string, hexKey: string | undefined, passwords: PasswordSource): Promise<MadeKey> {
  if (hexKey !== undefined) {
    const key = keyFromHex(hexKey);
    return { address: key.address, from: 'the environment', key };
  }
  if (await exists(path)) {
    const address = await addressOfKeystore(path);
    if (address !== undefined) return { address, from: `${path} (was there)` };
  }
  const key = await createKeystore(path, passwords);
  return { address: key.address, from: path, key };
}

function settingsOf({ globals }: Run, options: SetupOptions): Record<string, string> {
  return {
    ...(globals.rpc === undefined ? {} : { 'chain.rpc-url': globals.rpc }),
    ...(globals.deployment === undefined ? {} : { 'chain.deployments': globals.deployment }),
    ...(globals.passwordFile === undefined ? {} : { 'keys.password-file': globals.passwordFile }),
    ...options.set,
  };
}

/** @returns false when a file was there; it is left as it is */
async function writeConfig(path: string, settings: Record<string, string>): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(commentedConfig('provider', settings));
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw new StowError({
      code: 'config-unwritable',
      message: `cannot write the configuration ${path}: ${messageOf(error)}`,
      hint: 'check the folder, its permissions and the free space',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

function report(
  { output }: Run,
  setup: ProviderSetup,
  made: { configFile: string; written: boolean; operator: MadeKey; node: MadeKey },
): void {
  const { operator, node, configFile, written } = made;
  const peerId = node.key === undefined ? undefined : nodeIdentity(node.key.privateKey).peerId.toString();
  output.result(
    {
      type: 'provider-init',
      config: configFile,
      configWritten: written,
      operator: operator.address,
      node: node.address,
      peerId,
      dataDir: setup.config.dataDir,
    },
    [
      `configuration  ${configFile}${written ? '' : ' (was there, left as it is)'}`,
      `data folder    ${setup.config.dataDir}`,
      `operator       ${operator.address}  ${operator.from}`,
      `node key       ${node.address}  ${node.from}`,
      ...(peerId === undefined ? [] : [`peer id        ${peerId}`]),
      '',
      `next: send tokens for bond and stake, and gas, to the operator ${operator.address};`,
      `      send gas to the node key ${node.address}; back up both keystores;`,
      '      then run `stowmarket provider start`',
    ].join('\n'),
  );
}

async function exists(path: string | undefined): Promise<boolean> {
  if (path === undefined) return false;
  try {
    await access(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
