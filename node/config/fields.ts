import { parseEther } from 'viem';
import { z } from 'zod';

/**
 * Kinds of values. Each takes what TOML gives and what a flag or a variable gives (text), so that one key reads alike everywhere.
 */

/** What `config explain` and the commented file say about a key. */
export interface FieldMeta {
  description: string;
  /** As it would stand in the file. */
  example?: string;
  /** In words, when the default depends on the machine. */
  defaultText?: string;
  /** Relative paths are meant from the file, or from the working folder for flags and variables. */
  isPath?: boolean;
  /** Never shown, not even when it is wrong. */
  isSecret?: boolean;
}

export function text(): z.ZodType<string> {
  return z.string().min(1);
}

export function path(): z.ZodType<string> {
  return z.string().min(1);
}

export function choice<const values extends readonly [string, ...string[]]>(values: values): z.ZodType<values[number]> {
  return z.enum(values);
}

export function flag(): z.ZodType<boolean> {
  return z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')], {
    error: 'expected true or false',
  });
}

export function integer(min: number, max: number): z.ZodType<number> {
  return number(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && value >= min && value <= max,
  );
}

export function share(max = 1): z.ZodType<number> {
  return number(`a number from 0 to ${max}`, (value) => value >= 0 && value <= max);
}

export function httpUrl(): z.ZodType<string> {
  return z.string().refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), {
    error: 'expected an address that starts with http:// or https://',
  });
}

/** Address of a PostgreSQL database with the password for it; empty for none. */
export function postgresUrl(): z.ZodType<string> {
  return z.string().refine((value) => value === '' || isPostgresUrl(value), {
    error: 'expected an address such as postgres://user:password@host:5432/database',
  });
}

function isPostgresUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, pathname, hash } = new URL(value);
  // What stands elsewhere than it should may be a part of a password that was not escaped.
  return /^postgres(?:ql)?:$/.test(protocol) && /^\/[^/@%]+$/.test(pathname) && hash === '';
}

/** A list in TOML; separated by commas in flags and variables. */
export function list(): z.ZodType<string[]> {
  return z.union(
    [
      z.array(z.string().min(1)),
      z.string().transform((value) =>
        value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      ),
    ],
    { error: 'expected a list of texts' },
  );
}

const BYTE_UNITS: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A number of bytes: `10 GiB`, `500MB`, 65536. */
export function byteCount(min = 0): z.ZodType<number> {
  const bytes = measured(BYTE_UNITS, 'a number of bytes such as "10 GiB"', 'B');
  return min === 0 ? bytes : bytes.refine((value) => value >= min, { error: `expected at least ${min} bytes` });
}

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time span in milliseconds: `30s`, `12h`. */
export function duration(): z.ZodType<number> {
  return measured(DURATION_UNITS, 'a time span such as "30s" or "12h"', undefined);
}

/** Token wei of a decimal number of tokens, of 18 places as everywhere in the market. In TOML, fractions are written as text: a binary fraction would not be exact. */
export function tokens(): z.ZodType<bigint> {
  const expected = 'expected an amount of tokens with at most 18 places, as text: "12.5"';
  return z
    .union([z.string(), z.int().transform(String)], { error: expected })
    .refine((value) => /^\d{1,40}(?:\.\d{1,18})?$/.test(value), { error: expected, abort: true })
    .transform((value) => parseEther(value));
}

function number(expected: string, accepts: (value: number) => boolean): z.ZodType<number> {
  const numeric = z.union(
    [
      z.number(),
      z
        .string()
        .regex(/^-?\d+(?:\.\d+)?$/)
        .transform(Number),
    ],
    { error: `expected ${expected}` },
  );
  return numeric.refine(accepts, { error: `expected ${expected}` });
}

function measured(units: Record<string, number>, expected: string, bare: string | undefined): z.ZodType<number> {
  return z.union([z.string(), z.number()], { error: `expected ${expected}` }).transform((value, context) => {
    const match = /^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$/.exec(String(value));
    const unit = match?.[2] === '' ? bare : match?.[2];
    const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
    const amount = Math.round(Number(match?.[1]) * (factor ?? Number.NaN));
    if (Number.isSafeInteger(amount)) return amount;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });
}

/** Attaches what people are told about a key. Call it last: what wraps a schema afterwards hides it. */
export function described<schema extends z.ZodType>(schema: schema, meta: FieldMeta): schema {
  return schema.meta({ ...meta });
}
