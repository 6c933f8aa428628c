import { expect } from 'chai';

import { Retries } from '../../../node/provider/retries.ts';

describe('Retries', () => {
  it('waits twice as many blocks after each failure, up to a bound, and forgets when it is told to', () => {
    const retries = new Retries<string>(8);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      expect(retries.failed('a', 100n)).to.equal(attempt);
      let wait = 0;
      while (!retries.isDue('a', 100n + BigInt(wait))) wait += 1;
      waits.push(wait);
    }
    expect(waits).to.deep.equal([1, 2, 4, 8, 8, 8]);
    expect(retries.isDue('b', 0n)).to.equal(true);
    retries.failed('b', 100n);
    retries.keepOnly(new Set(['b']));
    expect([retries.isDue('a', 100n), retries.isDue('b', 100n)]).to.deep.equal([true, false]);
    retries.forget('b');
    expect(retries.isDue('b', 100n)).to.equal(true);
  });
});
