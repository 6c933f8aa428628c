import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { TomlError, parse } from 'smol-toml';
import type { z } from 'zod';

import { ExitCode, StowError, messageOf, systemCode } from '../core/errors.ts';
import { type ClientConfig, clientSchema } from './client-config.ts';
import { type Environment, defaultDeploymentsDir } from './environment.ts';
import { type ConfigKey, keysOf } from './keys.ts';
import { type ProviderConfig, providerSchema } from './provider-config.ts';

export interface LoadInit {
  environment: Environment;
  /** Configuration file; it must exist when it is named. Default: provider.toml or client.toml in the config folder, if there is one. */
  file?: string | undefined;
  /** Values from the command line, by key: `{'chain.rpc-url': 'http://…'}`. Undefined ones are left out. */
  flags?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A value and where it came from, for messages. */
interface Given {
  value: unknown;
  origin: string;
}

/**
 * The provider's configuration: flags before environment before file before defaults. Frozen.
 * Throws `config-unknown-key`, `config-invalid`, `config-syntax`, `config-unreadable`; each names the key and where it stands.
 */
export async function loadProviderConfig(init: LoadInit): Promise<ProviderConfig> {
  const { paths } = init.environment;
  return load(providerSchema, init, join(paths.config, 'provider.toml'), {
    'data-dir': join(paths.data, 'provider'),
    'chain.deployments': defaultDeploymentsDir(),
    'keys.operator': join(paths.keystores, 'operator.json'),
    'keys.node': join(paths.keystores, 'node.json'),
  });
}

/** The client's configuration; otherwise as `loadProviderConfig`. */
export async function loadClientConfig(init: LoadInit): Promise<ClientConfig> {
  const { paths } = init.environment;
  return load(clientSchema, init, join(paths.config, 'client.toml'), {
    'chain.deployments': defaultDeploymentsDir(),
    'wallet.keystore': join(paths.keystores, 'wallet.json'),
  });
}

async function load<schema extends z.ZodObject>(
  schema: schema,
  init: LoadInit,
  defaultFile: string,
  machineDefaults: Readonly<Record<string, string>>,
): Promise<Readonly<z.output<schema>>> {
  const keys = keysOf(schema);
  const given = new Map<string, Given>();
  for (const [name, value] of Object.entries(machineDefaults)) given.set(name, { value, origin: 'the defaults' });
  await addFile(given, keys, init.file, defaultFile);
  for (const key of keys) {
    const value = init.environment.values.get(key.variable);
    if (value !== undefined)
      given.set(key.name, { value: rebased(key, value, '.'), origin: `variable ${key.variable}` });
  }
  addFlags(given, keys, init.flags ?? {});
  const result = schema.safeParse(nest(keys, given));
  if (!result.success) throw invalid(keys, given, result.error);
  return deepFreeze(result.data);
}

async function addFile(
  given: Map<string, Given>,
  keys: readonly ConfigKey[],
  named: string | undefined,
  fallback: string,
): Promise<void> {
  const file = named === undefined ? fallback : resolve(named);
  const content = await readText(file, named !== undefined);
  if (content === undefined) return;
  const byName = new Map(keys.map((key) => [key.name, key]));
  for (const [name, value] of flatten(parseToml(file, content), '')) {
    const key = byName.get(name);
    if (key === undefined) throw unknownKey(name, `file ${file}`, keys);
    given.set(name, { value: rebased(key, value, dirname(file)), origin: `file ${file}` });
  }
}

function addFlags(
  given: Map<string, Given>,
  keys: readonly ConfigKey[],
  flags: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const key = keys.find((candidate) => candidate.name === name);
    if (key === undefined) throw unknownKey(name, 'the command line', keys);
    given.set(name, { value: rebased(key, value, '.'), origin: 'the command line' });
  }
}

async function readText(file: string, mustExist: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!mustExist && systemCode(error) === 'ENOENT') return undefined;
    throw new StowError({
      code: 'config-unreadable',
      message: `cannot read the configuration ${file}: ${messageOf(error)}`,
      hint: 'check the path and its permissions',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

function parseToml(file: string, content: string): Record<string, unknown> {
  try {
    return parse(content);
  } catch (error) {
    const place = error instanceof TomlError ? `:${error.line}:${error.column}` : '';
    throw new StowError({
      code: 'config-syntax',
      message: `${file}${place} is not TOML: ${messageOf(error).split('\n')[0]}`,
      hint: 'texts stand in double quotes, lists in [ ]',
      exitCode: ExitCode.usage,
      // Without its cause, which quotes the line: there may be a password in it.
    });
  }
}

/** Nested tables as dotted names. */
function flatten(table: Readonly<Record<string, unknown>>, prefix: string): [string, unknown][] {
  return Object.entries(table).flatMap(([key, value]): [string, unknown][] => {
    const name = prefix + key;
    return isTable(value) ? flatten(value, `${name}.`) : [[name, value]];
  });
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function rebased(key: ConfigKey, value: unknown, base: string): unknown {
  if (key.meta.isPath !== true || typeof value !== 'string') return value;
  return value.startsWith('~/') ? join(homedir(), value.slice(2)) : resolve(base, value);
}

function nest(keys: readonly ConfigKey[], given: ReadonlyMap<string, Given>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const key of keys) {
    const entry = given.get(key.name);
    if (entry === undefined) continue;
    const [outer = '', inner] = key.path;
    if (inner === undefined) {
      root[outer] = entry.value;
    } else {
      const section = root[outer];
      root[outer] = { ...(isTable(section) ? section : {}), [inner]: entry.value };
    }
  }
  return root;
}

function unknownKey(name: string, origin: string, keys: readonly ConfigKey[]): StowError {
  const section = name.includes('.') ? name.slice(0, name.indexOf('.') + 1) : '';
  const near = keys
    .map((key) => key.name)
    .filter((known) => known.startsWith(section) && (section !== '' || !known.includes('.')));
  const sections = [...new Set(keys.map((key) => key.path[0] ?? ''))];
  return new StowError({
    code: 'config-unknown-key',
    message: `${origin} sets ${JSON.stringify(name)}, which is no key of this configuration`,
    hint: near.length > 0 ? `known here: ${near.join(', ')}` : `known sections: ${sections.join(', ')}`,
    exitCode: ExitCode.usage,
  });
}

function invalid(keys: readonly ConfigKey[], given: ReadonlyMap<string, Given>, error: z.ZodError): StowError {
  const problems = error.issues.map((issue) => {
    const key = keys.find(({ path }) => path.every((part, index) => issue.path[index] === part));
    const name = key?.name ?? issue.path.join('.');
    const entry = given.get(name);
    const got = entry === undefined ? 'it is missing' : `${entry.origin} sets ${shownOf(key, entry.value)}`;
    return `${name}: ${issue.message}; ${got}`;
  });
  return new StowError({
    code: 'config-invalid',
    message: `the configuration is not usable: ${problems.join('. ')}`,
    hint: '`stowmarket config explain` describes every key',
    exitCode: ExitCode.usage,
    cause: error,
  });
}

function shownOf(key: ConfigKey | undefined, value: unknown): string {
  return key?.meta.isSecret === true ? 'something else' : JSON.stringify(value);
}

function deepFreeze<T>(value: T): Readonly<T> {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
