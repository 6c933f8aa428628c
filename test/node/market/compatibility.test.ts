import { expect } from 'chai';
import fc from 'fast-check';

import { FILL_RULES, type Fill, failedFillRules } from '../../../node/market/compatibility.ts';
import type { Ask } from '../../../node/market/messages.ts';

export const ask: Ask = {
  provider: 3,
  pricePerUnitPeriod: 1_000n,
  unitsLeft: 50,
  minUnits: 2,
  maxUnits: 40,
  expiry: 2_000,
  collateralPeriods: 10,
  minPeriods: 5,
  maxPeriods: 20,
  region: 276,
  minClientDeposit: 500n,
  retrievalPricePerMiB: 0n,
  premiumBps: 0,
  ceiling: 0n,
};
export const fill: Fill = {
  provider: 3,
  units: 10,
  periods: 10,
  pricePerUnitPeriod: 1_000n,
  collateralPeriods: 10,
  clientDeposit: 500n,
  time: 1_999,
};

const rulesOf = (changedAsk: Partial<Ask>, changedFill: Partial<Fill>): string[] =>
  failedFillRules({ ...ask, ...changedAsk }, { ...fill, ...changedFill }).map(({ rule }) => rule);

describe('compatibility of a fill with an ask', () => {
  it('accepts what meets every condition exactly', () => {
    expect(rulesOf({}, {})).to.deep.equal([]);
    expect(rulesOf({}, { units: 2 })).to.deep.equal([]);
    expect(rulesOf({}, { units: 40 })).to.deep.equal([]);
    expect(rulesOf({ unitsLeft: 10 }, {})).to.deep.equal([]);
    expect(rulesOf({}, { periods: 5 })).to.deep.equal([]);
    expect(rulesOf({}, { periods: 20 })).to.deep.equal([]);
  });

  const oneOff: [string, Partial<Ask>, Partial<Fill>][] = [
    ['WrongProvider', {}, { provider: 4 }],
    ['AskExpired', {}, { time: 2_000 }],
    ['UnitsOutOfRange', {}, { units: 1 }],
    ['UnitsOutOfRange', {}, { units: 41 }],
    ['CapacityExceeded', { unitsLeft: 9 }, {}],
    ['PeriodsOutOfRange', {}, { periods: 4 }],
    ['PeriodsOutOfRange', {}, { periods: 21 }],
    ['PriceBelowAsk', {}, { pricePerUnitPeriod: 999n }],
    ['CollateralBelowAsk', {}, { collateralPeriods: 9 }],
    ['DepositBelowAsk', {}, { clientDeposit: 499n }],
    ['UnknownAsk', { provider: 0 }, {}],
  ];
  for (const [rule, changedAsk, changedFill] of oneOff) {
    it(`refuses one step beyond: ${rule} ${JSON.stringify(Object.keys({ ...changedAsk, ...changedFill }))}`, () => {
      expect(rulesOf(changedAsk, changedFill)).to.deep.equal([rule]);
    });
  }

  it("names every failed condition, in the contract's order", () => {
    const all = rulesOf(
      { unitsLeft: 1 },
      {
        provider: 9,
        time: 9_999,
        units: 99,
        periods: 99,
        pricePerUnitPeriod: 0n,
        collateralPeriods: 0,
        clientDeposit: 0n,
      },
    );
    expect(all).to.deep.equal(FILL_RULES.slice(1));
  });

  it('says what was wanted and what was given', () => {
    for (const [, changedAsk, changedFill] of oneOff.slice(0, -1)) {
      for (const { sentence } of failedFillRules({ ...ask, ...changedAsk }, { ...fill, ...changedFill })) {
        expect(sentence).to.match(/^it .*\d/);
      }
    }
  });

  it('agrees with the conditions written as one expression', () => {
    const small = fc.integer({ min: 0, max: 6 });
    const asks = fc.record({
      provider: small,
      unitsLeft: small,
      minUnits: small,
      maxUnits: small,
      expiry: small,
      collateralPeriods: small,
      minPeriods: small,
      maxPeriods: small,
      pricePerUnitPeriod: small.map(BigInt),
      minClientDeposit: small.map(BigInt),
    });
    const fills = fc.record({
      provider: small,
      units: small,
      periods: small,
      collateralPeriods: small,
      time: small,
      pricePerUnitPeriod: small.map(BigInt),
      clientDeposit: small.map(BigInt),
    });
    fc.assert(
      fc.property(asks, fills, (someAsk, someFill) => {
        const whole = { ...ask, ...someAsk };
        const fits =
          whole.provider !== 0 &&
          whole.provider === someFill.provider &&
          someFill.time < whole.expiry &&
          whole.minUnits <= someFill.units &&
          someFill.units <= Math.min(whole.maxUnits, whole.unitsLeft) &&
          whole.minPeriods <= someFill.periods &&
          someFill.periods <= whole.maxPeriods &&
          whole.pricePerUnitPeriod <= someFill.pricePerUnitPeriod &&
          whole.collateralPeriods <= someFill.collateralPeriods &&
          whole.minClientDeposit <= someFill.clientDeposit;
        expect(failedFillRules(whole, someFill).length === 0).to.equal(fits);
      }),
      { numRuns: 2_000 },
    );
  });
});
