import { expect } from 'chai';

import { providerSchema } from '../../../node/config/provider-config.ts';
import { askTermsOf } from '../../../node/provider/ask-terms.ts';

const defaults = providerSchema.shape.ask.parse(undefined);

describe('the terms of an ask', () => {
  const collateralCases = [
    { maxPeriods: 1, collateralPeriods: undefined, expected: 30 },
    { maxPeriods: 60, collateralPeriods: undefined, expected: 30 },
    { maxPeriods: 61, collateralPeriods: undefined, expected: 31 },
    { maxPeriods: defaults.maxPeriods, collateralPeriods: undefined, expected: 90 },
    { maxPeriods: 180, collateralPeriods: 7, expected: 7 },
  ] as const;
  for (const { expected, ...given } of collateralCases) {
    it(`put ${expected} periods' rent behind terms of up to ${given.maxPeriods}, with ${given.collateralPeriods ?? 'nothing'} configured`, () => {
      expect(askTermsOf({ ...defaults, ...given }).collateralPeriods).to.equal(expected);
    });
  }

  const refusals = [
    [{ pricePerGibPeriod: 0n }, 'ask.price-per-gib-period is zero'],
    [{ minShard: 2 ** 31 }, 'ask.min-shard is above ask.max-shard'],
    [{ minPeriods: 181 }, 'ask.min-periods is above ask.max-periods'],
    [{ premiumPercent: 49 }, 'ask.premium-percent is below 50'],
    [{ premiumPercent: 100, ceilingPerGibPeriod: 10n ** 14n }, 'ask.ceiling-per-gib-period is below'],
  ] as const;
  for (const [given, message] of refusals) {
    it(`are refused when ${message}`, () => {
      expect(() => askTermsOf({ ...defaults, ...given })).to.throw(message);
    });
  }
});
