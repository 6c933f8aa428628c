import type { SQLOutputValue } from 'node:sqlite';

import { assert } from '../../core/assert.ts';
import { fromHex, to0x } from '../../core/bytes.ts';
import type { Hex } from '../../market/messages.ts';

export type Row = Record<string, SQLOutputValue>;

/** Columns as the schema has them; anything else means that somebody else wrote the file. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `text in column ${column}`);
  return value;
}

/** A wide integer, kept as decimal text. */
export function bigintOf(row: Row, column: string): bigint {
  return BigInt(textOf(row, column));
}

export function hexOf(row: Row, column: string): Hex {
  return to0x(fromHex(textOf(row, column)));
}
