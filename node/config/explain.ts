import { stringify } from 'smol-toml';
import { formatEther } from 'viem';
import type { z } from 'zod';

import { clientSchema } from './client-config.ts';
import { type ConfigKey, keysOf } from './keys.ts';
import { providerSchema } from './provider-config.ts';

export const configSchemas = { provider: providerSchema, client: clientSchema } as const;
export type ConfigRole = keyof typeof configSchemas;

const LINE_WIDTH = 100;

/** What `stowmarket config explain` prints: every key with its meaning, default and variable. */
export function explainConfig(role: ConfigRole): string {
  const lines = keysOf(configSchemas[role] satisfies z.ZodObject).map(
    (key) =>
      `${key.name}\n${wrap(key.meta.description, '    ')}\n    Default: ${defaultOf(key)}. Variable: ${key.variable}\n`,
  );
  return lines.join('\n');
}

/**
 * A configuration file with every key explained and commented out at its default, and the given ones set.
 * @param values by key, as they stand in the file: `{'chain.rpc-url': 'http://…'}`
 */
export function commentedConfig(
  role: ConfigRole,
  values: Readonly<Record<string, string | number | boolean | string[]>> = {},
): string {
  const lines = [
    '# Configuration of a Stowmarket ' +
      role +
      '. What is commented out shows the default, or an example where there is none.',
  ];
  let section = '';
  for (const key of keysOf(configSchemas[role])) {
    const [outer = '', inner] = key.name.split('.');
    if (inner !== undefined && outer !== section) {
      lines.push('', `[${outer}]`);
      section = outer;
    }
    const value = values[key.name];
    const setting =
      value === undefined ? `# ${inner ?? outer} = ${exampleOf(key)}` : stringify({ [inner ?? outer]: value }).trim();
    lines.push('', wrap(key.meta.description, '# '), setting);
  }
  return `${lines.join('\n')}\n`;
}

function defaultOf(key: ConfigKey): string {
  if (key.meta.defaultText !== undefined) return key.meta.defaultText;
  if (key.defaultValue === undefined) return 'none';
  if (typeof key.defaultValue === 'bigint') return `${formatEther(key.defaultValue)} tokens`;
  return key.meta.example ?? JSON.stringify(key.defaultValue);
}

function exampleOf(key: ConfigKey): string {
  if (key.meta.example !== undefined) return key.meta.example;
  if (key.meta.defaultText !== undefined) return JSON.stringify(`<${key.meta.defaultText}>`);
  return JSON.stringify(key.defaultValue);
}

function wrap(text: string, prefix: string): string {
  const lines: string[] = [];
  let line = prefix;
  for (const word of text.split(' ')) {
    if (line.length > prefix.length && line.length + word.length + 1 > LINE_WIDTH) {
      lines.push(line.trimEnd());
      line = prefix;
    }
    line += `${word} `;
  }
  lines.push(line.trimEnd());
  return lines.join('\n');
}
