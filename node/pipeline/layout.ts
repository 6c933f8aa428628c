import { assert } from '../core/assert.ts';
import { CELL_BYTES, FRAME_BYTES, TAG_BYTES, UNIT_BYTES, UNITS_PER_CELL } from '../core/units.ts';
import { cipherLength, frameCount } from './encrypt/frame.ts';

/** Unit 0 of every shard is its header; cells follow. */
export const HEADER_UNITS = 1;

/** Where an object's ciphertext lies in its shards. Follows from k and the plaintext length alone. */
export interface Layout {
  k: number;
  plainBytes: number;
  frames: number;
  /** Ciphertext bytes, tags included, before padding. */
  cipherBytes: number;
  stripes: number;
  /** Cell size of the last stripe: whole units, at most CELL_BYTES. */
  lastCellBytes: number;
  /** Units of each shard, header included. */
  unitsPerShard: number;
}

export function layoutOf(plainBytes: number, k: number): Layout {
  assert(Number.isSafeInteger(plainBytes) && plainBytes >= 0 && k >= 1, 'a length and k');
  const cipherBytes = cipherLength(plainBytes);
  const stripes = Math.ceil(cipherBytes / (k * CELL_BYTES));
  const lastCellBytes = lastCellBytesOf(cipherBytes - (stripes - 1) * k * CELL_BYTES, k);
  const unitsPerShard = HEADER_UNITS + (stripes - 1) * UNITS_PER_CELL + lastCellBytes / UNIT_BYTES;
  return { k, plainBytes, frames: frameCount(plainBytes), cipherBytes, stripes, lastCellBytes, unitsPerShard };
}

/** Cell size of a last stripe that holds `rest` ciphertext bytes: a k-th of them, rounded up to whole units. */
export function lastCellBytesOf(rest: number, k: number): number {
  assert(rest > 0 && rest <= k * CELL_BYTES, `${rest} bytes in the last stripe`);
  return Math.ceil(Math.ceil(rest / k) / UNIT_BYTES) * UNIT_BYTES;
}

/** Cell size of a stripe. */
export function cellBytesOf(layout: Layout, stripe: number): number {
  return stripe === layout.stripes - 1 ? layout.lastCellBytes : CELL_BYTES;
}

/** First unit of a stripe's cell, the same in every shard. */
export function firstUnitOf(stripe: number): number {
  return HEADER_UNITS + stripe * UNITS_PER_CELL;
}

/** Ciphertext bytes [from, to) of the frames that hold plaintext [start, end), and the first such frame. */
export function cipherRangeOf(layout: Layout, start: number, end: number): { frame: number; from: number; to: number } {
  assert(start >= 0 && start <= end && end <= layout.plainBytes, `bytes ${start} to ${end} of ${layout.plainBytes}`);
  const sealed = FRAME_BYTES + TAG_BYTES;
  const frame = Math.min(Math.floor(start / FRAME_BYTES), layout.frames - 1);
  const lastFrame = end > start ? Math.floor((end - 1) / FRAME_BYTES) : frame;
  return { frame, from: frame * sealed, to: Math.min((lastFrame + 1) * sealed, layout.cipherBytes) };
}
