import { expect } from 'chai';
import fc from 'fast-check';

import { publicNetwork } from '../../../deploy/parameters/public.ts';
import {
  type PriceIndexState,
  INDEX_SCALE,
  newPriceIndex,
  quoteOf,
  rollPriceIndex,
  sellInPriceIndex,
  weighPriceIndex,
} from '../../../node/market/price-index.ts';

const PERIOD_BLOCKS = 100n;
const params = { ...publicNetwork.priceIndex, startPrice: 10n ** 12n, periodBlocks: PERIOD_BLOCKS };
const WHOLE = 10n ** 18n;
const start = params.startPrice * INDEX_SCALE;

const states: fc.Arbitrary<PriceIndexState> = fc.record({
  weighed: fc.constant(0n),
  blocks: fc.constant(0n),
  index: fc.bigInt({ min: start / 10n, max: start * 10n }),
  period: fc.constant(100),
  committed: fc.bigInt({ min: 0n, max: 2n ** 40n }),
  bonded: fc.bigInt({ min: 0n, max: 2n ** 40n }),
  flow: fc.bigInt({ min: 0n, max: 3n * 10n ** 9n }),
  utilisation: fc.bigInt({ min: 0n, max: 10n ** 9n }),
  sold: fc.bigInt({ min: 0n, max: 2n ** 60n }),
});

/** The contract and this give the same digits: the audit and the reference model compare them on a chain. */
describe('price index', () => {
  it('reckons the worked example of docs/economics.md', () => {
    const half = { ...newPriceIndex(params, 1), committed: 50n, bonded: 100n };
    const next = rollPriceIndex(half, params, 2);
    // Half let, nothing sold: e = (0.25 - 0.85) / 0.85, and the quote lies 0.35 of 0.85 below the target on the curve.
    expect(Number(next.index) / Number(start)).to.be.closeTo(1 - 0.01 * (0.6 / 0.85), 1e-9);
    expect(Number(quoteOf(next, params) * INDEX_SCALE) / Number(next.index)).to.be.closeTo(
      1 - (1 / 3) * (0.35 / 0.85),
      1e-9,
    );
    const empty = { ...newPriceIndex(params, 1), committed: 100n, bonded: 100n, flow: 10n ** 9n };
    // All of it sold anew in a period, at what the index says.
    const full = sellInPriceIndex(empty, 0n, 100n * quoteOf(empty, params));
    const risen = rollPriceIndex(full, params, 2);
    expect(Number(risen.index) / Number(start)).to.be.closeTo(1.01, 1e-9);
    expect(Number(quoteOf(risen, params) * INDEX_SCALE) / Number(risen.index)).to.be.closeTo(1.5, 1e-9);
  });

  it('moves by at most a step a period, between a tenth and ten times its start', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { index } = rollPriceIndex(state, params, 101);
        // Rounding takes less than one part of 1e18, and less than one of the smallest parts.
        const most = (state.index * params.step) / WHOLE + state.index / WHOLE + 1n;
        const moved = index > state.index ? index - state.index : state.index - index;
        expect(moved <= most).to.equal(true);
        expect(index >= start / 10n && index <= start * 10n).to.equal(true);
      }),
    );
  });

  it('takes the average of a period over its blocks, so that the last one counts as one', () => {
    const empty = { ...newPriceIndex(params, 1), bonded: 100n };
    const last = { ...weighPriceIndex(empty, PERIOD_BLOCKS - 1n), committed: 100n };
    expect(rollPriceIndex(last, params, 2).utilisation).to.equal(10n ** 9n / PERIOD_BLOCKS);
    // From then on it holds.
    expect(rollPriceIndex(last, params, 3).utilisation).to.equal(10n ** 9n);
    const half = { ...weighPriceIndex(empty, PERIOD_BLOCKS / 2n), committed: 50n };
    expect(rollPriceIndex(half, params, 2).utilisation).to.equal(10n ** 9n / 4n);
  });

  it('is not moved by what happens within its period', () => {
    fc.assert(
      fc.property(states, fc.bigInt({ min: 0n, max: 2n ** 60n }), (state, more) => {
        const later = { ...state, committed: state.committed + more, sold: state.sold + more };
        expect(rollPriceIndex(later, params, 100)).to.equal(later);
        expect(quoteOf(later, params)).to.equal(quoteOf(state, params));
      }),
    );
  });

  it('counts at most 168 periods of an idle stretch, and none without capacity', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 169, max: 1_000_000 }), (state, idle) => {
        const { period, ...long } = rollPriceIndex(state, params, 100 + idle);
        const { period: short, ...bounded } = rollPriceIndex(state, params, 268);
        expect([period, short]).to.deep.equal([100 + idle, 268]);
        expect(long).to.deep.equal(bounded);
        expect(rollPriceIndex({ ...state, bonded: 0n }, params, 100 + idle).index).to.equal(state.index);
      }),
    );
  });
});
