import { expect } from 'chai';

import { compensates } from '../../../node/market/compensation.ts';

describe('whom collateral compensates', () => {
  it('is the client, but for a repair that was not proven for more than the periods in which it is rebuilt', () => {
    expect(compensates({ repair: false, provenPeriods: 0 })).to.equal(true);
    expect(compensates({ repair: true, provenPeriods: 0 })).to.equal(false);
    expect(compensates({ repair: true, provenPeriods: 2 })).to.equal(false);
    expect(compensates({ repair: true, provenPeriods: 3 })).to.equal(true);
  });
});
