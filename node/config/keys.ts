import { z } from 'zod';

import { assert } from '../core/assert.ts';
import type { FieldMeta } from './fields.ts';

/** One key of a configuration, as people name it. */
export interface ConfigKey {
  /** As in the file and on the command line: `chain.rpc-url`. */
  readonly name: string;
  /** As an environment variable: `STOWMARKET_CHAIN_RPC_URL`. */
  readonly variable: string;
  /** Names in the schema, from the outside in: `['chain', 'rpcUrl']`. */
  readonly path: readonly string[];
  readonly meta: FieldMeta;
  /** Undefined when there is none, or when it depends on the machine. */
  readonly defaultValue: unknown;
}

export const VARIABLE_PREFIX = 'STOWMARKET_';

/** Every key of a schema, in its order: first those outside any section, as TOML wants them. */
export function keysOf(schema: z.ZodObject): ConfigKey[] {
  const keys = collect(schema, []);
  return [...keys.filter(({ path }) => path.length === 1), ...keys.filter(({ path }) => path.length > 1)];
}

function collect(schema: z.ZodObject, outer: readonly string[]): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const path = [...outer, key];
    const section = sectionOf(field);
    return section === undefined ? [leaf(field, path)] : collect(section, path);
  });
}

function leaf(field: z.core.$ZodType, path: readonly string[]): ConfigKey {
  const name = path.map(toKebab).join('.');
  assert(field instanceof z.ZodType, `${name} is a field`);
  const meta = field.meta();
  assert(meta !== undefined && typeof meta.description === 'string', `${name} is described`);
  return {
    name,
    variable: VARIABLE_PREFIX + name.replaceAll(/[.-]/g, '_').toUpperCase(),
    path,
    meta: { ...meta, description: meta.description },
    defaultValue: field instanceof z.ZodDefault ? field.def.defaultValue : undefined,
  };
}

function sectionOf(field: z.core.$ZodType): z.ZodObject | undefined {
  const inner = field instanceof z.ZodPrefault ? field.def.innerType : field;
  return inner instanceof z.ZodObject ? inner : undefined;
}

function toKebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
