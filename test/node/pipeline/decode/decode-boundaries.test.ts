import { randomBytes, randomInt } from 'node:crypto';

import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { store } from '../object-fixture.ts';
import { expectPlain, initOf } from './expect-plain.ts';

/** Sizes at which a frame, a stripe or a unit fills up exactly, or is one byte off. */
function boundarySizes(k: number): number[] {
  const around = [
    FRAME_BYTES,
    2 * FRAME_BYTES,
    UNIT_BYTES - 16,
    k * UNIT_BYTES - 16,
    k * CELL_BYTES - 16,
    k * CELL_BYTES - 32,
  ];
  const sizes = around.flatMap((size) => [size - 1, size, size + 1]);
  return [...new Set([0, 1, 15, ...sizes])].filter((size) => size >= 0);
}

describe('object decoder at every boundary', () => {
  for (const [k, n] of [
    [1, 1],
    [1, 3],
    [2, 3],
    [3, 7],
    [4, 6],
    [10, 14],
  ] as const) {
    it(`gives back every boundary size at ${k} of ${n}, from data shards and from the last k`, async function () {
      this.timeout(60_000);
      for (const size of boundarySizes(k)) {
        const plain = randomBytes(size);
        const stored = await store(plain, k, n);
        const first = Array.from({ length: k }, (_, index) => index);
        await expectPlain(initOf(stored, first), plain);
        await expectPlain(
          initOf(
            stored,
            first.map((index) => n - 1 - index),
          ),
          plain,
        );
      }
    });
  }

  it('gives back an object of many windows from any k', async () => {
    const plain = randomBytes(23_456_789);
    const stored = await store(plain, 4, 6);
    for (const indices of [
      [0, 1, 2, 3],
      [5, 0, 4, 2],
      [4, 5, 3, 1],
    ])
      await expectPlain(initOf(stored, indices), plain);
  });

  it('reads ranges byte-exactly', async function () {
    this.timeout(60_000);
    const size = 6_345_678;
    const plain = randomBytes(size);
    for (const [k, n, present] of [
      [4, 6, [0, 1, 2, 3]],
      [4, 6, [5, 1, 4, 3]],
      [1, 2, [1]],
      [9, 12, [0, 1, 2, 3, 4, 5, 6, 7, 11]],
    ] as const) {
      const stored = await store(plain, k, n);
      const edges = [0, 1, FRAME_BYTES - 1, FRAME_BYTES, 3 * FRAME_BYTES + 1, size - 1, size];
      const pairs = edges.flatMap((from) => edges.filter((to) => to >= from).map((to) => ({ from, to })));
      for (let i = 0; i < 5; i++) {
        const from = randomInt(size);
        pairs.push({ from, to: randomInt(from, size + 1) });
      }
      for (const range of pairs) await expectPlain({ ...initOf(stored, present), range }, plain, range.from, range.to);
    }
  });
});
