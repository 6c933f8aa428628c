import { assert } from './assert.ts';

/** A proof opens one leaf: two 32-byte chunks, the input of one SHA-256 compression pair. */
export const LEAF_BYTES = 64;
/** 64 KiB: the unit of price, proof, padding and verified reading. */
export const UNIT_BYTES = 65_536;
export const LEAVES_PER_UNIT = UNIT_BYTES / LEAF_BYTES;
/** log2(LEAVES_PER_UNIT): siblings between a leaf and the root of its unit. */
export const UNIT_DEPTH = 10;
/** 256 KiB: what one shard gets of one stripe. Large enough that per-cell costs vanish, small enough that 255 fit in memory. */
export const CELL_BYTES = 262_144;
export const UNITS_PER_CELL = CELL_BYTES / UNIT_BYTES;
/** 1 MiB of plaintext per AES-GCM frame: the tag costs 16 bytes in a million, a range read decrypts at most two extra. */
export const FRAME_BYTES = 1_048_576;
/** AES-GCM's full tag. */
export const TAG_BYTES = 16;
/** Length of a SHA-256 digest: roots, object keys, placement ids. */
export const DIGEST_BYTES = 32;
/** 2^32 units = 256 TiB: the bound that contracts and files use for one shard. */
export const MAX_UNITS = 2 ** 32 - 1;

/** How many whole units hold `bytes` bytes. */
export function unitsForBytes(bytes: number): number {
  assert(Number.isSafeInteger(bytes) && bytes >= 0, `a byte count, not ${bytes}`);
  return Math.ceil(bytes / UNIT_BYTES);
}

/** ceil(log2(n)) for n >= 1: levels of a binary tree above n nodes once padded to a power of two. */
export function log2Ceil(n: number): number {
  assert(Number.isSafeInteger(n) && n >= 1 && n <= MAX_UNITS, `a count from 1 to 2^32 - 1, not ${n}`);
  return n === 1 ? 0 : 32 - Math.clz32(n - 1);
}
