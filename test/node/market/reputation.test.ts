import { expect } from 'chai';
import fc from 'fast-check';

import {
  NEW_STANDING,
  addRent,
  decay,
  scoreAt,
  scoreOf,
  withClient,
  withRent,
} from '../../../node/market/reputation.ts';

const wei = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n });
const WHOLE = 10n ** 18n;

describe('reputation', () => {
  it('decay by half at each multiple of the half-life, never upwards', () => {
    const period = fc.nat(5_000);
    fc.assert(
      fc.property(wei, period, fc.nat(1_000), fc.bigInt({ min: 1n, max: 500n }), (value, from, more, halfLife) => {
        const later = decay(value, from, from + more, halfLife);
        expect(later <= value && later >= 0n).to.equal(true);
        expect(decay(value, from, from - more, halfLife)).to.equal(value);
        const start = Number(halfLife) * (from % 20);
        expect(decay(value, start, start + Number(halfLife), halfLife)).to.equal(value / 2n);
      }),
    );
  });

  it('score between 0 and 1, more with more good, less with more bad', () => {
    const weights = { badWeight: 10n, newcomer: 100n };
    fc.assert(
      fc.property(wei, wei, wei, (good, bad, more) => {
        const score = scoreOf(good, bad, weights);
        expect(score >= 0n && score <= WHOLE).to.equal(true);
        expect(scoreOf(good + more, bad, weights) >= score).to.equal(true);
        expect(scoreOf(good, bad + more, weights) <= score).to.equal(true);
      }),
    );
    expect(scoreOf(0n, 0n, weights)).to.equal(0n);
  });

  it('stop a record at the width of its field', () => {
    expect(addRent(2n ** 96n - 2n, 1n)).to.equal(2n ** 96n - 1n);
    expect(addRent(2n ** 96n - 2n, 5n)).to.equal(2n ** 96n - 1n);
  });

  it('counts clients for their half-life and the next', () => {
    const terms = { newcomer: 100n, halfLifePeriods: 10n, badWeight: 10n, fullClients: 4 };
    const earned = withRent(NEW_STANDING, { period: 10, good: 100n }, 10n);
    const known = [1, 2, 3, 4, 4 + 112].reduce((standing, account) => withClient(standing, account, 10, 10n), earned);
    expect(scoreAt(earned, terms, 10)).to.equal(25 / 125);
    expect(scoreAt(known, terms, 10)).to.equal(100 / 200);
    expect(scoreAt(known, terms, 20)).to.equal(Math.floor((50 / 150) * 1e18) / 1e18);
    // In the half-life after the next, all that counts is the one that everybody has.
    expect(scoreAt(known, terms, 30)).to.be.closeTo(6 / 106, 1e-15);
    expect(withClient(known, 9, 20, 10n)).to.include({ epoch: 2, recentClients: 1n << 9n, clientsBefore: 30n });
    expect(withClient(known, 9, 30, 10n)).to.include({ epoch: 3, recentClients: 1n << 9n, clientsBefore: 0n });
  });
});
