import { assert } from '../../core/assert.ts';

/** x^8 + x^4 + x^3 + x^2 + 1, the polynomial of QR codes and RAID-6; 2 generates the multiplicative group. */
const POLYNOMIAL = 0x11d;
const GROUP_ORDER = 255;

const { exp, log } = buildTables();

/** Product in GF(2^8). */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return byteAt(exp, byteAt(log, a) + byteAt(log, b));
}

/** Multiplicative inverse of a non-zero element. */
export function inverse(a: number): number {
  assert(a > 0 && a < 256, `an invertible element, not ${a}`);
  return byteAt(exp, GROUP_ORDER - byteAt(log, a));
}

/** A matrix over GF(2^8), row by row. */
export type Matrix = readonly Uint8Array[];

/** Inverse by Gauss-Jordan elimination. Every square set of rows of our generator has one, so failure is our bug. */
export function invertMatrix(matrix: Matrix): Matrix {
  const size = matrix.length;
  const work = matrix.map((row, index): Uint8Array => {
    assert(row.length === size, 'a square matrix');
    const wide = new Uint8Array(2 * size);
    wide.set(row);
    wide[size + index] = 1;
    return wide;
  });
  for (let column = 0; column < size; column++) {
    const pivotRow = work.findIndex((row, index) => index >= column && row[column] !== 0);
    assert(pivotRow >= 0, 'an invertible matrix');
    const pivot = rowAt(work, pivotRow);
    work[pivotRow] = rowAt(work, column);
    work[column] = pivot;
    const scale = inverse(byteAt(pivot, column));
    for (let i = 0; i < 2 * size; i++) pivot[i] = multiply(byteAt(pivot, i), scale);
    for (const [index, row] of work.entries()) {
      if (index !== column) addScaled(row, pivot, byteAt(row, column));
    }
  }
  return work.map((row) => row.slice(size));
}

/** Row vector times matrix. */
export function multiplyRow(row: Uint8Array, matrix: Matrix): Uint8Array {
  assert(row.length === matrix.length, 'as many rows as entries');
  const out = new Uint8Array(rowAt(matrix, 0).length);
  for (const [index, factor] of row.entries()) addScaled(out, rowAt(matrix, index), factor);
  return out;
}

function addScaled(target: Uint8Array, source: Uint8Array, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < target.length; i++) target[i] = byteAt(target, i) ^ multiply(byteAt(source, i), factor);
}

function buildTables(): { exp: Uint8Array; log: Uint8Array } {
  const powers = new Uint8Array(2 * GROUP_ORDER);
  const logs = new Uint8Array(256);
  let x = 1;
  for (let i = 0; i < GROUP_ORDER; i++) {
    powers[i] = x;
    powers[i + GROUP_ORDER] = x;
    logs[x] = i;
    x <<= 1;
    if (x > 255) x ^= POLYNOMIAL;
  }
  return { exp: powers, log: logs };
}

function byteAt(bytes: Uint8Array, index: number): number {
  const value = bytes[index];
  assert(value !== undefined, `index ${index} of ${bytes.length}`);
  return value;
}

function rowAt(matrix: readonly Uint8Array[], index: number): Uint8Array {
  const row = matrix[index];
  assert(row !== undefined, `row ${index} of ${matrix.length}`);
  return row;
}
