import { assert } from '../../core/assert.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { inverse, invertMatrix, multiplyRow, type Matrix } from './gf256.ts';

/** GF(2^8) has 256 elements; a systematic Cauchy code needs a distinct one per shard, and indices stay below 255. */
export const MAX_SHARDS = 255;

/** A k-of-n code: any k of the n shards rebuild the data. Shards 0 … k-1 are the data, the others parity. */
export interface CodeShape {
  k: number;
  n: number;
}

/** Throws `bad-code` unless 1 <= k <= n <= 255. */
export function checkCodeShape({ k, n }: CodeShape): void {
  if (Number.isInteger(k) && Number.isInteger(n) && k >= 1 && k <= n && n <= MAX_SHARDS) return;
  throw new StowError({
    code: 'bad-code',
    message: `a code of ${k} of ${n} shards does not exist: needed is 1 <= k <= n <= ${MAX_SHARDS}`,
    hint: 'choose how many shards rebuild the object (k) and how many there are (n), such as 4 of 6',
    exitCode: ExitCode.usage,
  });
}

/**
 * Row of the generator matrix for shard `index`: what to multiply the k data cells by.
 * Identity for data shards; for parity shard i the Cauchy row 1 / (i + j) over GF(2^8) (addition is XOR), any square
 * submatrix of which is invertible (Blömer et al., An XOR-Based Erasure-Resilient Coding Scheme, 1995).
 */
export function generatorRow({ k, n }: CodeShape, index: number): Uint8Array {
  assert(index >= 0 && index < n, `shard ${index} of ${n}`);
  return Uint8Array.from({ length: k }, (_, j) => (index < k ? Number(index === j) : inverse(index ^ j)));
}

/**
 * Coefficients that rebuild the `wanted` shards from the k shards `present`: one row per wanted shard, one entry per
 * present one.
 */
export function rebuildMatrix(shape: CodeShape, present: readonly number[], wanted: readonly number[]): Matrix {
  assert(present.length === shape.k && new Set(present).size === shape.k, `${shape.k} distinct shards`);
  const decode = invertMatrix(present.map((index) => generatorRow(shape, index)));
  return wanted.map((index) => multiplyRow(generatorRow(shape, index), decode));
}
