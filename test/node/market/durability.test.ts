import { expect } from 'chai';
import fc from 'fast-check';

import { LEAST_DAYS, YEARLY_LOSS, durabilityOf, isDurable } from '../../../node/market/durability.ts';

const days = 365;

describe('durability', () => {
  it('is the chance that enough shards are there', () => {
    const lost = YEARLY_LOSS;
    const { independent } = durabilityOf({ k: 1, n: 2, providers: 100, days });
    expect(independent).to.be.closeTo(1 - lost ** 2, 1e-12);
    const coded = durabilityOf({ k: 2, n: 3, providers: 100, days });
    expect(coded.independent).to.be.closeTo((1 - lost) ** 3 + 3 * lost * (1 - lost) ** 2, 1e-12);
  });

  it('draws the third that is gone from all providers', () => {
    // 2 of 6 are gone, and all 6 hold a shard: 4 are left, and all of them are needed.
    const all = durabilityOf({ k: 4, n: 6, providers: 6, days });
    expect(all.thirdGone).to.be.closeTo((1 - YEARLY_LOSS) ** 4, 1e-12);
    // Of 9 providers 3 are gone: the one shard is there with 2/3.
    expect(durabilityOf({ k: 1, n: 1, providers: 9, days }).thirdGone).to.be.closeTo(
      (2 / 3) * (1 - YEARLY_LOSS),
      1e-12,
    );
    // 2 of 3 shards among 9, all three gone 1/84, two of them 18/84.
    const some = durabilityOf({ k: 1, n: 3, providers: 9, days });
    const there = (n: number): number => 1 - YEARLY_LOSS ** n;
    expect(some.thirdGone).to.be.closeTo((20 * there(3) + 45 * there(2) + 18 * there(1)) / 84, 1e-12);
  });

  it('reckons short terms as a season', () => {
    const code = { k: 4, n: 6, providers: 20 };
    expect(durabilityOf({ ...code, days: 1 })).to.deep.equal(durabilityOf({ ...code, days: LEAST_DAYS }));
    expect(durabilityOf({ ...code, days: 400 }).independent).to.be.below(
      durabilityOf({ ...code, days: 91 }).independent,
    );
  });

  it('grows with each shard that is not needed, and falls with each that is', () => {
    const shape = fc.record({
      k: fc.integer({ min: 1, max: 40 }),
      spare: fc.integer({ min: 0, max: 40 }),
      more: fc.integer({ min: 100, max: 1_000 }),
    });
    fc.assert(
      fc.property(shape, ({ k, spare, more }) => {
        const providers = k + spare + more;
        const base = durabilityOf({ k, n: k + spare, providers, days });
        const wider = durabilityOf({ k, n: k + spare + 1, providers, days });
        const needier = durabilityOf({ k: k + 1, n: k + spare + 1, providers, days });
        for (const chance of ['independent', 'thirdGone'] as const) {
          expect(base[chance]).to.be.within(0, 1);
          expect(wider[chance]).to.be.at.least(base[chance] - 1e-12);
          expect(needier[chance]).to.be.at.most(wider[chance] + 1e-12);
        }
        expect(base.thirdGone).to.be.at.most(base.independent + 1e-12);
      }),
    );
  });

  it('refuses one copy and codes without spares, and takes the default on a small network and a large one', () => {
    const judged = (k: number, n: number, providers: number): boolean =>
      isDurable(durabilityOf({ k, n, providers, days: 90 }));
    expect([judged(1, 1, 50), judged(4, 4, 50), judged(4, 5, 50), judged(20, 22, 500)]).to.deep.equal(
      Array.from({ length: 4 }, () => false),
    );
    for (const providers of [6, 7, 8, 9, 30, 10_000]) expect(judged(4, 6, providers), `${providers}`).to.equal(true);
    expect([judged(1, 2, 2), judged(2, 3, 3), judged(20, 30, 500)]).to.deep.equal([true, true, true]);
  });

  it('is none where too few shards are left', () => {
    expect(durabilityOf({ k: 4, n: 3, providers: 20, days })).to.include({ independent: 0, thirdGone: 0 });
  });
});
