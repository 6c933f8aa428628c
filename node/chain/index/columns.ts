import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

import { assert } from '../../core/assert.ts';
import type { Hex } from '../../market/messages.ts';

/** How a value of a row stands in the database. INTEGER is read as bigint: ids have up to 64 bits. */
export interface Column<T> {
  readonly type: string;
  encode(value: T): SQLInputValue;
  decode(value: SQLOutputValue): T;
}

/** Up to 2^53. */
export const integer: Column<number> = { type: 'INTEGER NOT NULL', encode: (value) => value, decode: Number };

/** Ids of 64 bits, which SQLite keeps as signed ones: those from 2^63 on sort first. */
export const uint64: Column<bigint> = {
  type: 'INTEGER NOT NULL',
  encode: (value) => BigInt.asIntN(64, value),
  decode: (value) => BigInt.asUintN(64, wholeOf(value)),
};

/** A block number. */
export const block: Column<bigint> = { type: 'INTEGER NOT NULL', encode: (value) => value, decode: wholeOf };

/** A wide integer, as decimal text. */
export const wide: Column<bigint> = {
  type: 'TEXT NOT NULL',
  encode: String,
  decode: (value) => BigInt(textOf(value)),
};

export const flag: Column<boolean> = {
  type: 'INTEGER NOT NULL',
  encode: Number,
  decode: (value) => wholeOf(value) === 1n,
};

/** 0x-prefixed hex as the chain's library gave it, found in any letter case. */
export const hex: Column<Hex> = {
  type: 'TEXT NOT NULL COLLATE NOCASE',
  encode: (value) => value,
  decode: (value) => {
    const text = textOf(value);
    assert(isHex(text), 'hex in a column of hex');
    return text;
  },
};

/** Texts without line breaks. */
export const lines: Column<readonly string[]> = {
  type: 'TEXT NOT NULL',
  encode: (value) => value.join('\n'),
  decode: (value) => (value === '' ? [] : textOf(value).split('\n')),
};

/** One of a few words. */
export function word<const words extends readonly string[]>(words: words): Column<words[number]> {
  return {
    type: 'TEXT NOT NULL',
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
    type: column.type.replace(' NOT NULL', ''),
    encode: (value) => (value === undefined ? null : column.encode(value)),
    decode: (value) => (value === null ? undefined : column.decode(value)),
  };
}

function textOf(value: SQLOutputValue): string {
  assert(typeof value === 'string', 'text in a column of text');
  return value;
}

function wholeOf(value: SQLOutputValue): bigint {
  assert(typeof value === 'bigint', 'an integer in a column of integers');
  return value;
}

function isHex(text: string): text is Hex {
  return text.startsWith('0x');
}
