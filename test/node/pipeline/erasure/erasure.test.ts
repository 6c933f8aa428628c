import { expect } from 'chai';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { AssertionError } from '../../../../node/core/assert.ts';
import { isStowError } from '../../../../node/core/errors.ts';
import { checkCodeShape } from '../../../../node/pipeline/erasure/code.ts';
import { inverse, invertMatrix, multiply, multiplyRow } from '../../../../node/pipeline/erasure/gf256.ts';
import { bestVariant, type KernelVariant } from '../../../../node/pipeline/erasure/kernel.ts';
import { StripeBuffer } from '../../../../node/pipeline/erasure/stripe-buffer.ts';
import { renderModule } from '../../../../scripts/build/erasure-kernel.ts';
import { slowInverse, slowMultiply, slowParity } from './scalar-code.ts';

const CELL = 256;

function filled(k: number, n: number, variant?: KernelVariant): { buffer: StripeBuffer; cells: Uint8Array[] } {
  const buffer = new StripeBuffer({ k, n, slots: 1, cellBytes: CELL, variant });
  const data = Array.from({ length: k }, () => randomBytes(CELL));
  for (const [index, cell] of data.entries()) buffer.cell(0, index).set(cell);
  buffer.encode(0);
  const cells = Array.from({ length: n }, (_, index) => buffer.cell(0, index).slice());
  return { buffer, cells };
}

function expectRebuilt(buffer: StripeBuffer, cells: Uint8Array[], present: number[]): void {
  const wanted = cells.map((_, index) => index).filter((index) => !present.includes(index));
  for (const [index, cell] of cells.entries()) {
    if (present.includes(index)) buffer.cell(0, index).set(cell);
    else buffer.cell(0, index).fill(0xee);
  }
  buffer.rebuild(0, present, wanted);
  for (const [index, cell] of cells.entries()) {
    expect(Buffer.compare(buffer.cell(0, index), cell), `shard ${index} from ${present.join()}`).to.equal(0);
  }
}

function* subsets(n: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  else for (let i = from; i <= n - size; i++) for (const rest of subsets(n, size - 1, i + 1)) yield [i, ...rest];
}

function shuffled(n: number): number[] {
  const out = Array.from({ length: n }, (_, index) => index);
  for (let i = n - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [out[i], out[j]] = [out[j] ?? 0, out[i] ?? 0];
  }
  return out;
}

describe('GF(2^8)', () => {
  it('multiplies and inverts as the definition says, for every pair', () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) if (multiply(a, b) !== slowMultiply(a, b)) expect.fail(`${a} * ${b}`);
      if (a > 0) expect(inverse(a)).to.equal(slowInverse(a));
    }
    expect(() => inverse(0)).to.throw(AssertionError);
  });

  it('inverts matrices', () => {
    const matrix = [Uint8Array.of(0, 3, 7), Uint8Array.of(9, 0, 1), Uint8Array.of(2, 5, 0)];
    const product = matrix.map((row) => [...multiplyRow(row, invertMatrix(matrix))]);
    expect(product).to.deep.equal([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(() => invertMatrix([Uint8Array.of(1, 1), Uint8Array.of(1, 1)])).to.throw(AssertionError);
  });
});

describe('erasure kernel', () => {
  it('is what its source compiles to', async () => {
    const committed = readFileSync(
      new URL('../../../../node/pipeline/erasure/kernel-bytes.ts', import.meta.url),
      'utf8',
    );
    expect(await renderModule()).to.equal(committed);
  });

  it('runs with relaxed SIMD under this Node', () => {
    expect(bestVariant()).to.equal('relaxed');
  });

  for (const variant of ['relaxed', 'strict'] as const) {
    it(`gives the scalar reference's parity (${variant})`, () => {
      for (const [k, n] of [
        [1, 2],
        [1, 4],
        [2, 3],
        [4, 6],
        [5, 8],
        [10, 30],
        [20, 30],
        [127, 255],
        [254, 255],
      ] as const) {
        const { cells } = filled(k, n, variant);
        for (const index of new Set([k, n - 1, k + ((n - k) >> 1)])) {
          if (index >= n) continue;
          const expected = slowParity(cells.slice(0, k), index);
          expect(Buffer.compare(cells[index] ?? new Uint8Array(), expected), `${k} of ${n}, shard ${index}`).to.equal(
            0,
          );
        }
      }
    });
  }

  it('works on large cells across its blocks, and only on the range asked for', () => {
    const cellBytes = 3 * 4096 + 64;
    const buffer = new StripeBuffer({ k: 3, n: 5, slots: 2, cellBytes });
    const data = Array.from({ length: 3 }, () => randomBytes(cellBytes));
    for (const [index, cell] of data.entries()) buffer.cell(1, index).set(cell);
    buffer.cell(0, 3).fill(7);
    buffer.encode(1, 8192);
    expect(Buffer.compare(buffer.cell(1, 3).subarray(0, 8192), slowParity(data, 3).subarray(0, 8192))).to.equal(0);
    expect(
      buffer
        .cell(1, 3)
        .subarray(8192)
        .every((byte) => byte === 0),
    ).to.equal(true);
    expect(buffer.cell(0, 3).every((byte) => byte === 7)).to.equal(true);
    buffer.encode(1);
    buffer.cell(1, 0).fill(0);
    buffer.rebuild(1, [4, 1, 2], [0], 4096, 8192 + 64);
    expect(Buffer.compare(buffer.cell(1, 0).subarray(4096, 8256), data[0]?.subarray(4096, 8256) ?? data[1]!)).to.equal(
      0,
    );
    expect(
      buffer
        .cell(1, 0)
        .subarray(0, 4096)
        .every((byte) => byte === 0),
    ).to.equal(true);
    expect(() => buffer.rebuild(1, [4, 1, 2], [0], 32, 64)).to.throw(AssertionError);
  });
});

describe('erasure code', () => {
  it('survives every loss of up to n - k shards, for every code with n <= 8', function () {
    this.timeout(120_000);
    let lossSets = 0;
    for (let n = 1; n <= 8; n++) {
      for (let k = 1; k <= n; k++) {
        const { buffer, cells } = filled(k, n);
        for (const present of subsets(n, k)) {
          expectRebuilt(buffer, cells, present);
          lossSets++;
        }
      }
    }
    expect(lossSets).to.equal(2 ** 9 - 2 - 8);
  });

  it('survives random losses of codes up to 30 shards, survivors in any order', function () {
    this.timeout(120_000);
    for (let round = 0; round < 150; round++) {
      const n = randomInt(1, 31);
      const k = randomInt(1, n + 1);
      const { buffer, cells } = filled(k, n);
      expectRebuilt(buffer, cells, shuffled(n).slice(0, k));
    }
  });

  it('rebuilds again from what it rebuilt', () => {
    const { buffer, cells } = filled(4, 7);
    expectRebuilt(buffer, cells, [2, 4, 5, 6]);
    expectRebuilt(
      buffer,
      Array.from({ length: 7 }, (_, index) => buffer.cell(0, index).slice()),
      [0, 1, 3, 6],
    );
  });

  it('refuses codes that do not exist', () => {
    for (const [k, n] of [
      [0, 1],
      [2, 1],
      [1, 256],
      [1.5, 3],
      [Number.NaN, 3],
    ] as const) {
      expect(() => checkCodeShape({ k, n }))
        .to.throw()
        .that.satisfies((e: unknown) => isStowError(e, 'bad-code'));
    }
    const buffer = new StripeBuffer({ k: 2, n: 4, slots: 1, cellBytes: CELL });
    expect(() => buffer.rebuild(0, [0, 0], [2])).to.throw(AssertionError);
    expect(() => buffer.rebuild(0, [0, 1], [1])).to.throw(AssertionError);
  });
});
