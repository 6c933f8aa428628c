import { expect } from 'chai';

import { givenBack } from '../../../node/market/given-back.ts';

describe('what a failure gives back', () => {
  const failed = {
    repair: false,
    provenPeriods: 4,
    pricePerUnitPeriod: 7n,
    units: 3,
    startPeriod: 10,
    periods: 20,
    settledTo: 14,
    heldBack: 11n,
    collateral: 101n,
  };

  it('is the share of the collateral, the rent that was not served, and what was held back', () => {
    expect(givenBack(failed, 7_000n)).to.deep.equal({ compensation: 70n, rent: 7n * 3n * 16n + 11n });
  });

  it('is nothing of the collateral of who could not rebuild a lost shard', () => {
    const given = { compensation: 0n, rent: 7n * 3n * 16n + 11n };
    expect(givenBack({ ...failed, repair: true, provenPeriods: 2 }, 7_000n)).to.deep.equal(given);
  });
});
