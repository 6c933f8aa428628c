import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ExitCode, StowError } from '../core/errors.ts';
import { clientSchema } from './client-config.ts';
import { VARIABLE_PREFIX, keysOf } from './keys.ts';
import { providerSchema } from './provider-config.ts';

/** Variables that are no keys of a configuration file. */
const HOME = 'STOWMARKET_HOME';
const KEY = 'STOWMARKET_KEY';
const NODE_KEY = 'STOWMARKET_NODE_KEY';
const PASSWORD = 'STOWMARKET_PASSWORD';
const DEPLOYER_KEY = 'STOWMARKET_DEPLOYER_KEY';
const RESERVED = new Set([HOME, KEY, NODE_KEY, PASSWORD, DEPLOYER_KEY]);
/** Left to scripts and tests, which have switches of their own. */
const FOREIGN_PREFIXES = ['STOWMARKET_TEST_', 'STOWMARKET_BENCH_', 'STOWMARKET_DEVNET_', 'STOWMARKET_DEMO_'];

/** Where things are kept, following the XDG base directory specification, or below one folder when STOWMARKET_HOME names it. */
export interface StowPaths {
  readonly config: string;
  readonly data: string;
  readonly state: string;
  readonly cache: string;
  readonly keystores: string;
}

/** What the process's environment says. Read once; nothing else looks at it. */
export interface Environment {
  readonly paths: StowPaths;
  /** Values of configuration keys, by variable name. */
  readonly values: ReadonlyMap<string, string>;
  /** Never part of a configuration, so that none of it is ever shown with one. */
  readonly secrets: {
    /** Hex key of the client's wallet or the operator's. */
    readonly key: string | undefined;
    /** Hex key of the provider's node. */
    readonly nodeKey: string | undefined;
    readonly password: string | undefined;
  };
}

/** Reads the environment. Throws `config-unknown-variable` for a STOWMARKET_ variable that means nothing, as it is probably mistyped. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const known = new Set([...keysOf(providerSchema), ...keysOf(clientSchema)].map(({ variable }) => variable));
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(VARIABLE_PREFIX) || value === undefined || value === '' || RESERVED.has(name)) continue;
    if (known.has(name)) values.set(name, value);
    else if (!FOREIGN_PREFIXES.some((prefix) => name.startsWith(prefix))) throw unknownVariable(name);
  }
  const secrets = { key: present(env[KEY]), nodeKey: present(env[NODE_KEY]), password: present(env[PASSWORD]) };
  return Object.freeze({ paths: stowPaths(env), values, secrets: Object.freeze(secrets) });
}

/** Folder of the address files that come with the installation. */
export function defaultDeploymentsDir(): string {
  return fileURLToPath(new URL('../../deploy/addresses', import.meta.url));
}

function stowPaths(env: NodeJS.ProcessEnv): StowPaths {
  const home = present(env[HOME]);
  if (home !== undefined) {
    const root = resolve(home);
    return pathsOf(join(root, 'config'), join(root, 'data'), join(root, 'state'), join(root, 'cache'));
  }
  const user = present(env['HOME']) ?? homedir();
  const folder = (variable: string, fallback: string): string =>
    join(present(env[variable]) ?? join(user, fallback), 'stowmarket');
  return pathsOf(
    folder('XDG_CONFIG_HOME', '.config'),
    folder('XDG_DATA_HOME', '.local/share'),
    folder('XDG_STATE_HOME', '.local/state'),
    folder('XDG_CACHE_HOME', '.cache'),
  );
}

function pathsOf(config: string, data: string, state: string, cache: string): StowPaths {
  return Object.freeze({ config, data, state, cache, keystores: join(data, 'keystores') });
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function unknownVariable(name: string): StowError {
  return new StowError({
    code: 'config-unknown-variable',
    message: `environment variable ${name} means nothing to stowmarket`,
    hint: 'correct its name or unset it; `stowmarket config explain` lists all of them',
    exitCode: ExitCode.usage,
  });
}
