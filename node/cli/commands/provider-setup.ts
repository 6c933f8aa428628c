import { join } from 'node:path';

import { InvalidArgumentError, type Command } from 'commander';

import { readEnvironment, type Environment } from '../../config/environment.ts';
import { loadProviderConfig } from '../../config/load-config.ts';
import type { ProviderConfig } from '../../config/provider-config.ts';
import { isStowError } from '../../core/errors.ts';
import {
  addressOfKeystore,
  keyFromHex,
  openKeystore,
  type PasswordSource,
  type UnlockedKey,
} from '../../keystore/wallet.ts';
import type { ProviderAddresses } from '../../provider/senders.ts';
import type { CliIo } from '../io.ts';
import { passwordSourceOf } from '../password-source.ts';
import type { Run } from '../program-context.ts';

/** Options of every `provider` command that reads the configuration. */
export interface SetupOptions {
  config?: string | undefined;
  set?: Record<string, string> | undefined;
}

/** What the configuration and the environment give. */
export interface ProviderSetup {
  environment: Environment;
  config: ProviderConfig;
  /** The configuration file, whether it exists or not. */
  configFile: string;
}

export function addSetupOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: provider.toml in the configuration folder)')
    .option('--set <key=value>', 'set one key of the configuration; may be repeated', collectSetting);
}

/** Flags before environment before file. @throws StowError `config-…` */
export async function loadSetup({ io, globals }: Run, options: SetupOptions): Promise<ProviderSetup> {
  const environment = readEnvironment(
    globals.home === undefined ? io.env : { ...io.env, STOWMARKET_HOME: globals.home },
  );
  const flags = {
    'chain.rpc-url': globals.rpc,
    'chain.deployments': globals.deployment,
    'keys.password-file': globals.passwordFile,
    ...options.set,
  };
  const config = await loadProviderConfig({ environment, file: options.config, flags });
  return { environment, config, configFile: options.config ?? join(environment.paths.config, 'provider.toml') };
}

/** The node key: from STOWMARKET_NODE_KEY, or its keystore. */
export async function openNodeKey(
  { environment, config }: ProviderSetup,
  passwords: PasswordSource,
): Promise<UnlockedKey> {
  const { nodeKey } = environment.secrets;
  return nodeKey === undefined ? openKeystore(config.keys.node, passwords) : keyFromHex(nodeKey);
}

/** The operator's key, from STOWMARKET_KEY or its keystore; undefined when it is kept elsewhere. */
export async function openOperatorKey(
  { environment, config }: ProviderSetup,
  passwords: PasswordSource,
): Promise<UnlockedKey | undefined> {
  const { key } = environment.secrets;
  if (key !== undefined) return keyFromHex(key);
  try {
    return await openKeystore(config.keys.operator, passwords);
  } catch (error) {
    if (isStowError(error, 'keystore-missing')) return undefined;
    throw error;
  }
}

/** Whose transactions they would be. No keystore is opened that names its address. */
export async function readAddresses(setup: ProviderSetup, passwords: PasswordSource): Promise<ProviderAddresses> {
  const { environment, config } = setup;
  const { nodeKey, key } = environment.secrets;
  const node =
    nodeKey === undefined
      ? ((await addressOfKeystore(config.keys.node)) ?? (await openNodeKey(setup, passwords)).address)
      : keyFromHex(nodeKey).address;
  if (key !== undefined) return { node, operator: keyFromHex(key).address };
  try {
    const named = await addressOfKeystore(config.keys.operator);
    return { node, operator: named ?? (await openOperatorKey(setup, passwords))?.address };
  } catch (error) {
    if (isStowError(error, 'keystore-missing')) return { node, operator: undefined };
    throw error;
  }
}

/** Where the password of both keystores comes from: a file, STOWMARKET_PASSWORD, or one question at the terminal. */
export function passwordSource({ environment, config }: ProviderSetup, io: CliIo, question: string): PasswordSource {
  return passwordSourceOf({
    passwordFile: config.keys.passwordFile,
    password: environment.secrets.password,
    io,
    question,
  });
}

function collectSetting(text: string, settings: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write KEY=VALUE, such as ask.capacity="20 GiB".');
  return { ...settings, [text.slice(0, at)]: text.slice(at + 1) };
}
