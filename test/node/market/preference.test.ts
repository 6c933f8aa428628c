import { expect } from 'chai';
import fc from 'fast-check';

import { DEFAULT_WEIGHTS, type Offer, effectivePrice, readRank } from '../../../node/market/preference.ts';

const offer: Offer = { pricePerUnitPeriod: 1_000_000n, score: 1, latencyMs: 0, slowness: 0, distance: 0 };
const onlyScore = { score: 0.1, latency: 0, service: 0, distance: 0 };

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
    expect(() => effectivePrice(offer, { score: 0.11, latency: 0, service: 0, distance: 0 })).to.throw('score weight');
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
    const weights = { score: 0, latency: 0.05, service: 0, distance: 0 };
    const at = (latencyMs: number | undefined): bigint => effectivePrice({ ...offer, latencyMs }, weights);
    expect(at(500)).to.equal(1_050_000n * 1_000_000n);
    expect(at(60_000)).to.equal(at(500));
    expect(at(undefined)).to.equal(at(250));
  });

  it('reads from whoever is cheap and fast: slow reads count up to twice, and free ones are all alike', () => {
    expect([readRank(10n, 0), readRank(10n, 1), readRank(10n, 0.5), readRank(10n)]).to.deep.equal([10, 20, 15, 15]);
    expect([readRank(0n, 0), readRank(0n, 1)]).to.deep.equal([0, 0]);
  });

  it('counts how paid reads were served, and who is unknown as the middle', () => {
    const weights = { score: 0, latency: 0, service: 0.04, distance: 0 };
    const at = (slowness: number | undefined): bigint => effectivePrice({ ...offer, slowness }, weights);
    expect(at(1)).to.equal(1_040_000n * 1_000_000n);
    expect(at(undefined)).to.equal(at(0.5));
    expect(() => effectivePrice(offer, { ...weights, service: 0.05 })).to.throw('service weight');
  });
});
