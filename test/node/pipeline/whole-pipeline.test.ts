import * as fc from 'fast-check';

import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../../node/core/units.ts';
import { seededBytes } from '../../vectors/reference/bytes.ts';
import { EVERY_CASE } from '../support/effort.ts';
import { expectPlain, initOf } from './decode/expect-plain.ts';
import { store } from './object-fixture.ts';

const RUNS = EVERY_CASE ? 1_500 : 40;

/** A code, a size about one of its boundaries, how the source cuts it, which shards are left, and a range as two fractions. */
const cases = fc
  .record({
    k: fc.integer({ min: 1, max: 9 }),
    parity: fc.integer({ min: 0, max: 5 }),
    boundary: fc.constantFrom('unit', 'units', 'cell', 'stripe', 'frame', 'frames'),
    // Ciphertext boundaries lie a tag or two below; a byte to each side of all of them, and a little beyond.
    off: fc.constantFrom(-33, -32, -31, -17, -16, -15, -1, 0, 1, 2, 17),
    chunkBytes: fc.oneof(
      fc.integer({ min: 20_000, max: 3_000_000 }),
      fc.constantFrom(UNIT_BYTES, CELL_BYTES, FRAME_BYTES, FRAME_BYTES + 1),
    ),
    order: fc.array(fc.integer(), { minLength: 14, maxLength: 14 }),
    range: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ k, parity, boundary, off, ...rest }) => {
    const sizes = {
      unit: UNIT_BYTES,
      units: k * UNIT_BYTES,
      cell: CELL_BYTES,
      stripe: k * CELL_BYTES,
      frame: FRAME_BYTES,
      frames: 2 * FRAME_BYTES,
    };
    return { k, n: k + parity, size: sizes[boundary] + off, ...rest };
  });

describe('the whole pipeline', () => {
  it('gives back every object about every boundary, and any range of it, from any k shards', async function () {
    this.timeout(EVERY_CASE ? 3_600_000 : 60_000);
    await fc.assert(
      fc.asyncProperty(cases, async ({ k, n, size, chunkBytes, order, range }) => {
        const plain = seededBytes(size, n);
        const stored = await store(plain, k, n, chunkBytes);
        const present = Array.from({ length: n }, (_, index) => index)
          .toSorted((a, b) => (order[a] ?? 0) - (order[b] ?? 0))
          .slice(0, k);
        await expectPlain(initOf(stored, present), plain);
        const [from = 0, to = 0] = range.map((part) => Math.round(part * size)).toSorted((a, b) => a - b);
        await expectPlain({ ...initOf(stored, present), range: { from, to } }, plain, from, to);
      }),
      { numRuns: RUNS },
    );
  });
});
