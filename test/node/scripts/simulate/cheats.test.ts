import { expect } from 'chai';
import fc from 'fast-check';

import { collusionCheats } from '../../../../scripts/simulate/cheats/collusion.ts';
import { droppingCheats } from '../../../../scripts/simulate/cheats/dropping.ts';
import { foundOf, profitOf, providerYear } from '../../../../scripts/simulate/cheats/provider-year.ts';
import { earnsLess } from '../../../../scripts/simulate/cheats/reference.ts';
import { recordCostOf, reputationCheats } from '../../../../scripts/simulate/cheats/reputation.ts';
import { bestWalk } from '../../../../scripts/simulate/cheats/walking-away.ts';
import { randomOf } from '../../../../scripts/simulate/random.ts';
import { DEFAULTS } from '../../../../scripts/simulate/scale.ts';

const RENT = 10n ** 18n;

describe('simulated cheats', () => {
  it('move tokens, and make none', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, fc.nat(1_000), (missing, seed) => {
        const year = providerYear(RENT, { missing: () => missing }, randomOf(seed, 1));
        expect(year.clientsPaid + year.slashed).to.equal(year.rentReceived + year.clientsGot + year.burned);
      }),
    );
  });

  it('pay an honest provider all rent but that of days when its machine is away', () => {
    const year = providerYear(RENT, { missing: () => 0 }, randomOf(1, 1));
    const misses = (year.clientsPaid - year.rentReceived) / RENT;
    expect(misses <= 3n && year.failedAt === undefined).to.equal(true);
    expect(year.reportFees).to.equal(misses * DEFAULTS.collateral.reportFee);
    expect(profitOf(year) > 90n * RENT).to.equal(true);
  });

  it('end whoever drops all on the fourth day, with its collateral gone', () => {
    const year = providerYear(RENT, { missing: () => 1 }, randomOf(1, 1));
    expect([year.failedAt, year.slashed, year.rentReceived]).to.deep.equal([3, 90n * RENT, 0n]);
    // 70 of 100 to the clients, whose rent comes back, too.
    expect([year.clientsGot, year.burned]).to.deep.equal([90n * RENT + 63n * RENT, 27n * RENT]);
  });

  it('are found as often as the draws say', () => {
    expect(foundOf(0)).to.equal(0);
    expect(foundOf(1)).to.equal(1);
    expect(foundOf(0.01)).to.be.closeTo(1 - 0.99 ** DEFAULTS.proofs.drawCount, 1e-12);
  });

  it('earn less than honesty when they drop data, split, collude or annoy', () => {
    for (const result of [...droppingCheats(100), ...collusionCheats()]) {
      expect(earnsLess(result), `${result.name}: ${result.cheat} against ${result.honest}`).to.equal(true);
    }
    for (const result of reputationCheats()) expect(earnsLess(result), result.name).to.equal(true);
  });

  it('walk away only when prices have risen by more than it costs', () => {
    const flat = Array.from({ length: 200 }, () => 1);
    const doubled = flat.map((price, day) => (day < 20 ? price : 2));
    const free = Array.from({ length: 200 }, () => 0);
    expect(bestWalk(flat, { start: 0, term: 90 }, free)).to.deep.equal({ gain: -90.2, needed: 0 });
    // On day 20, with 70 left: 0.8 × 70, less a fifth of 20 days, less 90 of collateral.
    expect(bestWalk(doubled, { start: 0, term: 90 }, free)).to.deep.equal({ gain: -38, needed: 52 });
    const dear = Array.from({ length: 200 }, () => 60);
    expect(bestWalk(doubled, { start: 0, term: 90 }, dear).needed).to.equal(0);
  });

  it('cost a record more, the more was left unserved', () => {
    const [none, few, many] = [0, 10, 90].map(recordCostOf);
    expect(none).to.equal(0);
    expect(few).to.be.within(0.15, 1.5);
    expect(many).to.be.within(few!, 4.5);
  });
});
