import { expect } from 'chai';
import fc from 'fast-check';

import { askAt, askPrice } from '../../../node/market/peg.ts';
import { askOf } from './samples.ts';

const price = fc.bigInt({ min: 1n, max: 2n ** 63n });

describe('pegged asks', () => {
  it('want the index at their premium, rounded up, between floor and ceiling', () => {
    const pegged = { pricePerUnitPeriod: 100n, premiumBps: 11_000, ceiling: 200n };
    for (const [quote, wanted] of [
      [1n, 100n],
      [90n, 100n],
      [91n, 101n],
      [100n, 110n],
      [101n, 112n],
      [181n, 200n],
      [10_000n, 200n],
    ] as const) {
      expect(askPrice(pegged, quote), `at ${quote}`).to.equal(wanted);
    }
  });

  it('never leave floor and ceiling, and never fall as the index rises', () => {
    fc.assert(
      fc.property(
        price,
        price,
        fc.integer({ min: 5_000, max: 20_000 }),
        price,
        price,
        (floor, above, premiumBps, a, b) => {
          const ask = { pricePerUnitPeriod: floor, premiumBps, ceiling: floor + above };
          const [low, high] = a < b ? [a, b] : [b, a];
          expect(askPrice(ask, low) >= floor && askPrice(ask, high) <= ask.ceiling).to.equal(true);
          expect(askPrice(ask, low) <= askPrice(ask, high)).to.equal(true);
        },
      ),
    );
  });

  it('leave a fixed ask as it is', () => {
    const fixed = askOf(1);
    expect(askAt(fixed, 5n)).to.equal(fixed);
    expect(askAt(askOf(1, { premiumBps: 10_000, ceiling: 3_000n }), 2_000n).pricePerUnitPeriod).to.equal(2_000n);
  });
});
