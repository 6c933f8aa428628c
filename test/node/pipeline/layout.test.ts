import { expect } from 'chai';

import { AssertionError } from '../../../node/core/assert.ts';
import { CELL_BYTES, FRAME_BYTES, TAG_BYTES, UNIT_BYTES } from '../../../node/core/units.ts';
import { cellBytesOf, cipherRangeOf, firstUnitOf, lastCellBytesOf, layoutOf } from '../../../node/pipeline/layout.ts';
import { stripeNeed, stripesOf, unitsToRead } from '../../../node/pipeline/decode/window-plan.ts';

const SEALED = FRAME_BYTES + TAG_BYTES;

// What lies where is checked by the vectors; this is about what no caller may ask for, and about ranges.
describe('layout', () => {
  it('refuses lengths and codes that do not exist', () => {
    for (const [plainBytes, k] of [
      [-1, 1],
      [0.5, 1],
      [2 ** 53, 1],
      [Number.NaN, 1],
      [1, 0],
      [1, -1],
    ] as const) {
      expect(() => layoutOf(plainBytes, k), `${plainBytes}, ${k}`).to.throw(AssertionError, 'a length and k');
    }
  });

  it('pads a last stripe to whole units, which is never empty and never more than a stripe', () => {
    expect(lastCellBytesOf(1, 3)).to.equal(UNIT_BYTES);
    expect(lastCellBytesOf(3 * UNIT_BYTES, 3)).to.equal(UNIT_BYTES);
    expect(lastCellBytesOf(3 * UNIT_BYTES + 1, 3)).to.equal(2 * UNIT_BYTES);
    expect(lastCellBytesOf(3 * CELL_BYTES, 3)).to.equal(CELL_BYTES);
    for (const rest of [0, -1, 3 * CELL_BYTES + 1])
      expect(() => lastCellBytesOf(rest, 3)).to.throw(AssertionError, `${rest} bytes`);
  });

  it('names the cells and units of each stripe', () => {
    const layout = layoutOf(5 * CELL_BYTES, 2);
    expect([0, 1, 2].map((stripe) => cellBytesOf(layout, stripe))).to.deep.equal([
      CELL_BYTES,
      CELL_BYTES,
      3 * UNIT_BYTES,
    ]);
    expect([0, 1, 2].map(firstUnitOf)).to.deep.equal([1, 5, 9]);
  });

  it('names the frames that a range touches', () => {
    const plainBytes = 3 * FRAME_BYTES;
    const layout = layoutOf(plainBytes, 2);
    for (const [start, end, frame, frames] of [
      [0, 0, 0, 1],
      [0, 1, 0, 1],
      [0, FRAME_BYTES, 0, 1],
      [0, FRAME_BYTES + 1, 0, 2],
      [FRAME_BYTES - 1, FRAME_BYTES + 1, 0, 2],
      [FRAME_BYTES, FRAME_BYTES, 1, 1],
      [FRAME_BYTES, 2 * FRAME_BYTES, 1, 1],
      [plainBytes - 1, plainBytes, 2, 1],
      // The end of the object lies in its last frame.
      [plainBytes, plainBytes, 2, 1],
      [0, plainBytes, 0, 3],
    ] as const) {
      const expected = { frame, from: frame * SEALED, to: (frame + frames) * SEALED };
      expect(cipherRangeOf(layout, start, end), `${start} to ${end}`).to.deep.equal(expected);
    }
    const short = layoutOf(FRAME_BYTES + 7, 2);
    expect(cipherRangeOf(short, FRAME_BYTES, FRAME_BYTES + 7)).to.deep.equal({
      frame: 1,
      from: SEALED,
      to: SEALED + 7 + TAG_BYTES,
    });
    for (const [start, end] of [
      [-1, 1],
      [2, 1],
      [0, plainBytes + 1],
      [plainBytes + 1, plainBytes + 1],
    ] as const) {
      expect(() => cipherRangeOf(layout, start, end)).to.throw(AssertionError, `bytes ${start} to ${end}`);
    }
  });
});

describe('window plan', () => {
  const layout = layoutOf(9 * CELL_BYTES, 4);

  it('names the stripes of a range, which is not empty and ends with the ciphertext', () => {
    const stripe = 4 * CELL_BYTES;
    expect(stripesOf(layout, { from: 0, to: 1 })).to.deep.equal({ from: 0, to: 1 });
    expect(stripesOf(layout, { from: stripe - 1, to: stripe + 1 })).to.deep.equal({ from: 0, to: 2 });
    expect(stripesOf(layout, { from: stripe, to: 2 * stripe })).to.deep.equal({ from: 1, to: 2 });
    expect(stripesOf(layout, { from: 0, to: layout.cipherBytes })).to.deep.equal({ from: 0, to: 3 });
    for (const [from, to] of [
      [5, 5],
      [6, 5],
      [0, layout.cipherBytes + 1],
    ] as const) {
      expect(() => stripesOf(layout, { from, to })).to.throw(AssertionError, 'a range within the ciphertext');
    }
  });

  it('needs of each cell what the range has of it, and nothing at its very edge', () => {
    const range = { from: CELL_BYTES - 1, to: 2 * CELL_BYTES };
    expect(stripeNeed(layout, 0, range).cells).to.deep.equal([
      { from: CELL_BYTES - 1, to: CELL_BYTES },
      { from: 0, to: CELL_BYTES },
      undefined,
      undefined,
    ]);
  });

  it('reads whole units of the data, and of parity what a missing cell needs', () => {
    const range = { from: CELL_BYTES + UNIT_BYTES + 5, to: CELL_BYTES + 2 * UNIT_BYTES + 1 };
    const needs = [stripeNeed(layout, 0, range)];
    const all = unitsToRead(layout, needs, [0, 1, 2, 3]);
    expect(all.missing).to.deep.equal([]);
    expect([...all.reads]).to.deep.equal([[1, { from: 2, to: 4 }]]);
    const lost = unitsToRead(layout, needs, [0, 4, 2, 3]);
    expect(lost.missing).to.deep.equal([1]);
    expect([...lost.reads]).to.deep.equal([0, 4, 2, 3].map((index) => [index, { from: 2, to: 4 }]));
    // Nothing of cells that are neither needed nor missing.
    expect([...unitsToRead(layout, needs, [4, 1, 2, 3]).reads.keys()]).to.deep.equal([1]);
    const second = unitsToRead(
      layout,
      [stripeNeed(layout, 1, { from: 5 * CELL_BYTES, to: 5 * CELL_BYTES + 1 })],
      [0, 1, 2, 3],
    );
    expect([...second.reads]).to.deep.equal([[1, { from: 5, to: 6 }]]);
  });
});
