import { assert } from '../../core/assert.ts';
import type { Hex } from '../../market/messages.ts';
import type { ColumnType, SqlValue } from './sql-database.ts';

/** How a value of a row stands in the database. */
export interface Column<T> {
  readonly type: ColumnType;
  readonly isOptional?: boolean;
  encode(value: T): SqlValue;
  decode(value: SqlValue): T;
}

/** Up to 2^53. */
export const integer: Column<number> = { type: 'integer', encode: (value) => value, decode: Number };

/** Ids of 64 bits, which databases keep as signed ones: those from 2^63 on sort first. */
export const uint64: Column<bigint> = {
  type: 'integer',
  encode: (value) => BigInt.asIntN(64, value),
  decode: (value) => BigInt.asUintN(64, wholeOf(value)),
};

/** A block number. */
export const block: Column<bigint> = { type: 'integer', encode: (value) => value, decode: wholeOf };

/** A wide integer, as decimal text. */
export const wide: Column<bigint> = { type: 'text', encode: String, decode: (value) => BigInt(textOf(value)) };

export const flag: Column<boolean> = {
  type: 'integer',
  encode: Number,
  decode: (value) => wholeOf(value) === 1n,
};

/** 0x-prefixed hex as the chain's library gave it: addresses in mixed case, other bytes in lower case. */
export const hex: Column<Hex> = {
  type: 'text',
  encode: (value) => value,
  decode: (value) => {
    const found = textOf(value);
    assert(isHex(found), 'hex in a column of hex');
    return found;
  },
};

export const text: Column<string> = { type: 'text', encode: (value) => value, decode: textOf };

/** Texts without line breaks. */
export const lines: Column<readonly string[]> = {
  type: 'text',
  encode: (value) => value.join('\n'),
  decode: (value) => (value === '' ? [] : textOf(value).split('\n')),
};

/** One of a few words. */
export function word<const words extends readonly string[]>(words: words): Column<words[number]> {
  return {
    type: 'text',
    encode: (value) => value,
    decode: (value) => {
      const found = words.find((known) => known === value);
      assert(found !== undefined, `one of ${words.join(', ')}`);
      return found;
    },
  };
}

export function optional<T>(column: Column<T>): Column<T | undefined> {
  return {
    type: column.type,
    isOptional: true,
    encode: (value) => (value === undefined ? null : column.encode(value)),
    decode: (value) => (value === null ? undefined : column.decode(value)),
  };
}

function textOf(value: SqlValue): string {
  assert(typeof value === 'string', 'text in a column of text');
  return value;
}

function wholeOf(value: SqlValue): bigint {
  assert(typeof value === 'bigint', 'an integer in a column of integers');
  return value;
}

function isHex(value: string): value is Hex {
  return value.startsWith('0x');
}
