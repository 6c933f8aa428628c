import { expect } from 'chai';

import { describeDurability, percent, requireDurable } from '../../../../node/client/put/durability-gate.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { durabilityOf } from '../../../../node/market/durability.ts';

const market = { providers: 50, days: 90 };

describe('the durability gate', () => {
  it('says chances rounded down, with their nines', () => {
    const shown = [0, 0.5, 0.899, 0.95, 0.9978, 0.999, 0.99996, 1].map(percent);
    expect(shown).to.deep.equal(['0%', '50%', '89%', '95%', '99.7%', '99.90%', '99.996%', '100%']);
  });

  it('refuses a weak code with both chances and what to do', () => {
    const weak = { k: 3, n: 3, periods: 90 };
    const durability = durabilityOf({ ...weak, ...market });
    expect(() => requireDurable(durability, weak))
      .to.throw(StowError)
      .with.property('code', 'not-durable');
    expect(() => requireDurable(durability, weak)).to.throw(
      /^3 of 3 comes back after 90 days with 96%, or with 2\d% should a third/u,
    );
  });

  it('lets the default pass', () => {
    const code = { k: 4, n: 6, periods: 90 };
    const durability = durabilityOf({ ...code, ...market });
    requireDurable(durability, code);
    expect(describeDurability(durability)).to.match(/^comes back after 90 days with 99.99\d%, or with 6\d% should/u);
  });
});
