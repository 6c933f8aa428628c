import { expect } from 'chai';
import fc from 'fast-check';

import { bidPrice } from '../../../node/market/bid-price.ts';

const price = fc.bigInt({ min: 1n, max: 2n ** 63n });

describe("a bid's price", () => {
  it('climbs in a straight line from its start to its ceiling, rounded down', () => {
    const bid = { postedAt: 1_000, terms: { climbSeconds: 300, startPrice: 100n, ceiling: 200n } };
    for (const [time, pays] of [
      [999, 100n],
      [1_000, 100n],
      [1_002, 100n],
      [1_003, 101n],
      [1_150, 150n],
      [1_299, 199n],
      [1_300, 200n],
      [9_999, 200n],
    ] as const) {
      expect(bidPrice(bid, time), `at ${time}`).to.equal(pays);
    }
  });

  it('is at its ceiling at once without a climb', () => {
    expect(bidPrice({ postedAt: 5, terms: { climbSeconds: 0, startPrice: 1n, ceiling: 9n } }, 5)).to.equal(9n);
  });

  it('never falls, and never leaves start and ceiling', () => {
    const time = fc.nat(2 ** 31);
    fc.assert(
      fc.property(price, price, fc.nat(2 ** 31), time, time, (startPrice, above, climbSeconds, a, b) => {
        const terms = { climbSeconds, startPrice, ceiling: startPrice + above };
        const [early, late] = [Math.min(a, b), Math.max(a, b)].map((at) => bidPrice({ postedAt: 0, terms }, at));
        expect(terms.startPrice <= early! && early! <= late! && late! <= terms.ceiling).to.equal(true);
      }),
    );
  });
});
