import { expect } from 'chai';

import { IndexFeed } from '../../../../scripts/simulate/market/index-feed.ts';
import { demandOf, shockOf } from '../../../../scripts/simulate/market/demand.ts';
import { figuresOf, profitOf } from '../../../../scripts/simulate/market/figures.ts';
import { Ledger } from '../../../../scripts/simulate/market/ledger.ts';
import type { Mechanism } from '../../../../scripts/simulate/market/mechanisms.ts';
import { runMarket } from '../../../../scripts/simulate/market/run-market.ts';
import { randomOf } from '../../../../scripts/simulate/random.ts';
import { runAll } from '../../../../scripts/simulate/run-all.ts';
import { DEFAULTS, priceOf, weiOf } from '../../../../scripts/simulate/scale.ts';

const OURS: Mechanism = { kind: 'pegged', bids: true, tuned: false };
const POSTED: Mechanism = { kind: 'posted', bids: false };
const SMALL = { seed: 7, days: 600, providers: 12 };

describe('simulated market', () => {
  it('draws the same for a seed, and other streams do not move it', () => {
    const draw = (seed: number, stream: number): number[] => {
      const random = randomOf(seed, stream);
      return [random.uniform(), random.normal(), random.exponential(3), random.poisson(20)];
    };
    expect(draw(1, 2)).to.deep.equal(draw(1, 2));
    expect(draw(1, 2)).to.not.deep.equal(draw(2, 2));
    expect(draw(1, 2)).to.not.deep.equal(draw(1, 3));
    const random = randomOf(5, 5);
    const counts = Array.from({ length: 2_000 }, () => random.poisson(4));
    expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).to.be.closeTo(4, 0.2);
  });

  it('asks for the same under every mechanism, more in the boom and less in the bust', () => {
    expect(demandOf(3, 40, 500)).to.deep.equal(demandOf(3, 40, 500));
    expect([shockOf(239), shockOf(240), shockOf(329), shockOf(330), shockOf(480), shockOf(570)]).to.deep.equal([
      1, 2.2, 2.2, 1, 0.45, 1,
    ]);
    const asked = (mechanism: Mechanism): number[] => runMarket({ mechanism, ...SMALL }).days.map((day) => day.asked);
    expect(asked(OURS)).to.deep.equal(asked(POSTED));
  });

  it('runs the same twice, to the wei', () => {
    expect(runMarket({ mechanism: OURS, ...SMALL })).to.deep.equal(runMarket({ mechanism: OURS, ...SMALL }));
  });

  it('runs the same in threads, in the order in which it was asked', async () => {
    const inits = [POSTED, OURS].map((mechanism) => ({ mechanism, ...SMALL }));
    let done = 0;
    const runs = await runAll(inits, () => done++);
    expect(done).to.equal(2);
    expect(runs.map(figuresOf)).to.deep.equal(inits.map((init) => figuresOf(runMarket(init))));
  });

  it('gives out or burns every token that came in, or still holds it', () => {
    for (const mechanism of [OURS, POSTED, { kind: 'fixed', price: 1 } as const]) {
      const { ledger, providers, days } = runMarket({ mechanism, ...SMALL });
      expect(ledger.paidIn).to.equal(ledger.paidOut + ledger.burned + ledger.locked);
      // Of what came in, rent is 100 parts and the burn 2, rounded up for each agreement.
      const rent = ledger.paidIn - ledger.burned;
      expect(Number(ledger.burned) / Number(rent)).to.be.closeTo(DEFAULTS.agreements.burnBps / 10_000, 1e-9);
      expect(ledger.paidOut > 0n && ledger.locked > 0n && ledger.locked < rent).to.equal(true);
      for (const { usedTib, kind } of providers) expect(usedTib).to.be.within(0, kind.tib);
      for (const { utilisation } of days) expect(utilisation).to.be.within(0, 1);
    }
  });

  it('settles agreements as the escrow does', () => {
    const deal = { units: 1_000, periods: 90, pricePerUnitPeriod: 1_000_001n };
    const rent = 1_000n * 1_000_001n;
    const whole = new Ledger();
    expect(whole.form(deal)).to.equal(rent * 90n + (rent * 90n * 2n + 99n) / 100n);
    expect(whole.locked).to.equal(rent * 90n);
    whole.settle(deal, 90);
    expect([whole.paidOut, whole.locked]).to.deep.equal([rent * 90n, 0n]);
    const part = new Ledger();
    part.form(deal);
    part.settle(deal, 40);
    // A fifth of what was proven waits for the end.
    expect(part.paidOut).to.equal((rent * 40n * 4n) / 5n);
    expect(part.locked).to.equal(rent * 90n - part.paidOut);
  });

  it('adds up: welfare is what buyers and providers have', () => {
    const run = runMarket({ mechanism: OURS, ...SMALL });
    const figures = figuresOf(run);
    expect(figures.welfare).to.be.closeTo(figures.buyers + figures.providers, 1e-9);
    const profits = run.providers.reduce((sum, provider) => sum + profitOf(provider, SMALL.days), 0);
    expect(figures.providers).to.be.closeTo(profits / 1_000, 1e-9);
    expect(figures.fill).to.be.within(0.3, 1);
    expect(figures.priceBoom).to.be.above(figures.priceBust);
  });

  it("sells at the fixed price alone, and at the index's price under ours", () => {
    const fixed = runMarket({ mechanism: { kind: 'fixed', price: 1 }, ...SMALL });
    for (const { price } of fixed.days.slice(10)) expect(price).to.be.closeTo(1, 1e-6);
    const { days } = runMarket({ mechanism: { ...OURS, bids: false }, ...SMALL });
    // Floors are above the index at times. On a day without sales the price is the last one's, which says nothing.
    const sold = days.slice(50, 200).filter(({ served }) => served > 0);
    expect(sold).to.have.lengthOf.above(100);
    for (const { price, quote } of sold) expect(price / quote).to.be.within(1 - 1e-6, 1.6);
  });

  it('pumps the index by sales at its price, not by sham ones nor in a last block, and leaves no trace', () => {
    const feed = new IndexFeed(DEFAULTS.priceIndex, 1);
    feed.capacity(1, 0n, 100n);
    feed.sold(1, 80n, 80n);
    feed.sold(1, 20n, 300n);
    feed.ended(2, 20n);
    expect(feed.bonded).to.equal(100n);
    const run = (kind: 'sham' | 'priced' | 'withhold' | undefined): number => {
      const manipulation = kind === undefined ? undefined : { kind, share: 0.3, from: 150, until: 200 };
      return runMarket({ mechanism: OURS, ...SMALL, manipulation }).days[200]?.quote ?? 0;
    };
    const honest = run(undefined);
    expect(run('priced')).to.be.above(honest);
    expect(run('sham')).to.be.below(honest * 1.03);
    expect(run('withhold')).to.be.below(honest * 1.03);
  });

  it('turns prices of the model into those of the chain and back', () => {
    for (const price of [0.35, 1, 1.1, 20]) expect(priceOf(weiOf(price))).to.be.closeTo(price, 1e-8);
    expect(priceOf(DEFAULTS.priceIndex.startPrice)).to.be.closeTo(1.1, 1e-9);
  });
});
