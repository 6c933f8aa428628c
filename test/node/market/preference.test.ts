import { expect } from 'chai';
import fc from 'fast-check';

import { DEFAULT_WEIGHTS, type Offer, effectivePrice } from '../../../node/market/preference.ts';

const offer: Offer = { pricePerUnitPeriod: 1_000_000n, score: 1, latencyMs: 0, distance: 0 };
const onlyScore = { score: 0.1, latency: 0, distance: 0 };

describe('preference', () => {
  it('is the price in millionths for a perfect offer', () => {
    expect(effectivePrice(offer, DEFAULT_WEIGHTS)).to.equal(10n ** 12n);
  });

  it('is p (1 + 0.10 (1 - s)) for the score', () => {
    expect(effectivePrice({ ...offer, score: 0 }, onlyScore)).to.equal(1_100_000n * 1_000_000n);
    expect(effectivePrice({ ...offer, score: 0.25 }, onlyScore)).to.equal(1_075_000n * 1_000_000n);
  });

  it('lets the score move an offer by no more than 5% around the middle', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.bigInt({ min: 1n, max: 2n ** 64n }),
        (score, price) => {
          const middle = effectivePrice({ ...offer, pricePerUnitPeriod: price, score: 0.5 }, onlyScore);
          const own = effectivePrice({ ...offer, pricePerUnitPeriod: price, score }, onlyScore);
          const difference = own > middle ? own - middle : middle - own;
          expect(difference * 20n <= middle).to.equal(true);
        },
      ),
    );
    expect(() => effectivePrice(offer, { score: 0.11, latency: 0, distance: 0 })).to.throw('score weight');
  });

  it('prefers the cheaper of two offers that are otherwise equal, to the wei', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 64n - 2n }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (price, score) => {
          const cheap = effectivePrice({ ...offer, pricePerUnitPeriod: price, score }, DEFAULT_WEIGHTS);
          const dear = effectivePrice({ ...offer, pricePerUnitPeriod: price + 1n, score }, DEFAULT_WEIGHTS);
          expect(cheap < dear).to.equal(true);
        },
      ),
    );
  });

  it('counts a slow line up to its cap, and an unmeasured one as the middle', () => {
    const weights = { score: 0, latency: 0.05, distance: 0 };
    const at = (latencyMs: number | undefined): bigint => effectivePrice({ ...offer, latencyMs }, weights);
    expect(at(500)).to.equal(1_050_000n * 1_000_000n);
    expect(at(60_000)).to.equal(at(500));
    expect(at(undefined)).to.equal(at(250));
  });
});
