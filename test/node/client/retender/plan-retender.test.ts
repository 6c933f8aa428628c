import fc from 'fast-check';
import { expect } from 'chai';

import type { AgreementRow } from '../../../../node/chain/market-index.ts';
import {
  type Moment,
  type PlaceFinder,
  planRetender,
  type ShapedObject,
  type ShardPlan,
  type ShardStep,
  termsWanted,
} from '../../../../node/client/retender/plan-retender.ts';
import { MIN_MARGIN_BPS, requireMargin, type RetenderRule } from '../../../../node/client/retender/rule.ts';
import { agreementRow, keyOf } from '../support/rows.ts';

const NOW = 100;
const KEY = keyOf(1);
const COSTS = { market: { burnBps: 200n, holdbackBps: 2_000n }, gasPrice: 0n, tokensPerCoin: undefined };
const moment = (over: Partial<Moment> = {}): Moment => ({ period: NOW, noticePeriods: 7, costs: COSTS, ...over });
const rule = (over: Partial<RetenderRule> = {}): RetenderRule => ({
  policy: 're-tender',
  within: 14,
  periods: 90,
  marginBps: 1_000n,
  maxPricePerUnitPeriod: undefined,
  ...over,
});

interface Offer {
  provider: number;
  price: bigint;
}

/** Providers with an operator each; those of `consenting` let their agreements go on. */
function finderOf(offers: readonly Offer[], consenting: (row: AgreementRow) => boolean = () => true): PlaceFinder {
  const operatorOf = (provider: number): string => `op-${provider}`;
  return {
    operatorOf,
    consent: (row) => (consenting(row) ? 1n : 'its provider has no ask any more'),
    place(_row, _periods, taken) {
      const [best] = offers
        .filter(({ provider }) => !taken.has(operatorOf(provider)))
        .toSorted((a, b) => (a.price < b.price ? -1 : Number(a.price > b.price)) || a.provider - b.provider);
      if (best === undefined) return undefined;
      return { provider: best.provider, operator: operatorOf(best.provider), pricePerUnitPeriod: best.price };
    },
  };
}

function rowOf(shardIndex: number, end: number, price: bigint, over: Partial<AgreementRow> = {}): AgreementRow {
  return agreementRow(KEY, shardIndex, { startPeriod: 50, periods: end - 50, pricePerUnitPeriod: price, ...over });
}

function objectOf(k: number, agreements: AgreementRow[]): ShapedObject {
  return { k, n: agreements.length, agreements };
}

const cheap = (count: number, price: bigint, first = 11): Offer[] =>
  Array.from({ length: count }, (_, index) => ({ provider: first + index, price }));
const actions = (shards: readonly ShardPlan[]): string[] => shards.map(({ step }) => step.action);
const stepOf = ({ shards }: { shards: ShardPlan[] }, index: number): ShardStep => shards[index]!.step;

describe('planning a re-tender', () => {
  it('gives notice of as many as can be spared, those that save most, and queues the others', () => {
    const prices = [100n, 130n, 120n, 110n, 100n, 140n];
    const object = objectOf(
      4,
      prices.map((price, index) => rowOf(index, 200, price)),
    );
    const plan = planRetender(object, finderOf(cheap(6, 50n)), rule(), moment());
    expect(actions(plan.shards)).to.deep.equal(['queue', 'notice', 'queue', 'queue', 'queue', 'notice']);
    // Rent of 3 units over the 92 periods after the notice, and a burn of 2%.
    const { comparison } = plan.shards[5]!;
    expect(comparison).to.deep.include({ periods: 92, saving: 140n * 3n * 92n - 50n * 3n * 92n - 276n });
    expect(comparison?.keep.total).to.equal(140n * 3n * 92n);
    expect(comparison?.move).to.deep.equal({ rent: 13_800n, burn: 276n, gas: 0n, total: 14_076n });
    // The second turn begins when notice and move of the first are over.
    expect(plan.shards[2]!.comparison?.periods).to.equal(92 - 9);
  });

  it('leaves alone what the market does not undercut by the margin, gas and burn included', () => {
    const object = objectOf(
      4,
      [0, 1, 2, 3, 4, 5].map((index) => rowOf(index, 200, 100n)),
    );
    const at = (price: bigint, over: Partial<RetenderRule> = {}, costs = COSTS): string[] =>
      actions(planRetender(object, finderOf(cheap(6, price)), rule(over), moment({ costs })).shards);
    const stay = Array.from({ length: 6 }, () => 'keep');
    // 88.24 with its burn is 90.0: a saving of a tenth is reached from 88 down.
    expect(at(89n)).to.deep.equal(stay);
    expect(at(88n)).to.include('notice');
    expect(at(88n, { marginBps: 1_100n })).to.deep.equal(stay);
    expect(at(88n, { policy: 'follow' })).to.deep.equal(stay);
    const dearGas = { ...COSTS, gasPrice: 1n, tokensPerCoin: 10n ** 16n };
    expect(at(88n, {}, dearGas as unknown as typeof COSTS)).to.deep.equal(stay);
  });

  it('moves none of an object that can spare none, and renews it as it is', () => {
    const running = objectOf(2, [rowOf(0, 200, 100n), rowOf(1, 200, 100n)]);
    expect(actions(planRetender(running, finderOf(cheap(2, 1n)), rule(), moment()).shards)).to.deep.equal([
      'keep',
      'keep',
    ]);
    const ending = objectOf(2, [rowOf(0, 105, 100n), rowOf(1, 105, 100n)]);
    const plan = planRetender(ending, finderOf(cheap(2, 1n)), rule(), moment());
    expect(stepOf(plan, 0)).to.deep.equal({ action: 'renew', until: 'term', periods: 90, askId: 1n });
  });

  it('lets shards that end together end in turns, the others being renewed until theirs', () => {
    const object = objectOf(
      4,
      [0, 1, 2, 3, 4, 5].map((index) => rowOf(index, 105, 100n)),
    );
    const plan = planRetender(object, finderOf(cheap(6, 50n)), rule({ policy: 'follow' }), moment());
    expect(plan.shards.map(({ step }) => (step.action === 'renew' ? step.periods : step.action))).to.deep.equal([
      'wait',
      'wait',
      2,
      2,
      4,
      4,
    ]);
    // Once that is done, there is nothing more to do before the first ends.
    const staggered = objectOf(
      4,
      [0, 1, 2, 3, 4, 5].map((index) => rowOf(index, 105 + 2 * Math.floor(index / 2), 100n)),
    );
    const next = planRetender(staggered, finderOf(cheap(6, 50n)), rule({ policy: 'follow' }), moment({ period: 101 }));
    expect(actions(next.shards)).to.deep.equal(Array.from({ length: 6 }, () => 'wait'));
  });

  it('renews what is about to end where the market is no cheaper, and moves what its provider does not renew', () => {
    const object = objectOf(1, [rowOf(0, 105, 100n), rowOf(1, 105, 100n)]);
    const plan = planRetender(
      object,
      finderOf(cheap(2, 99n), ({ shardIndex }) => shardIndex === 0),
      rule({ policy: 'follow' }),
      moment(),
    );
    expect(actions(plan.shards)).to.deep.equal(['renew', 'wait']);
    const lonely = planRetender(
      object,
      finderOf([], () => false),
      rule(),
      moment(),
    );
    expect(stepOf(lonely, 1)).to.deep.equal({
      action: 'stuck',
      reason: 'its provider has no ask any more, and no other provider takes it',
    });
    const dear = planRetender(object, finderOf([]), rule({ maxPricePerUnitPeriod: 99n }), moment());
    expect(stepOf(dear, 0)).to.have.property(
      'reason',
      'it costs more than --max-price, and no other provider takes it',
    );
  });

  it('counts what was given notice of as about to end, however short a rule looks ahead', () => {
    const noticed = [0, 1].map((index) => rowOf(index, NOW + 8, 100n));
    const others = [2, 3, 4, 5].map((index) => rowOf(index, 200, 100n));
    const object = objectOf(4, [...noticed, ...others]);
    const plan = planRetender(object, finderOf(cheap(6, 50n)), rule({ within: 1 }), moment());
    expect(actions(plan.shards)).to.deep.equal(['wait', 'wait', 'queue', 'queue', 'queue', 'queue']);
    // They are bought for what is left of the others' term.
    expect(plan.shards[0]!.comparison?.periods).to.equal(92);
  });

  it('moves what is over for the rest of the others’ term, and leaves what failed to repair', () => {
    const object = objectOf(1, [
      rowOf(0, NOW, 100n),
      rowOf(1, 80, 100n, { status: 'kept' }),
      rowOf(2, 200, 100n, { status: 'failed' }),
      rowOf(3, 200, 100n),
    ]);
    const plan = planRetender(object, finderOf(cheap(3, 50n)), rule(), moment());
    expect(actions(plan.shards)).to.deep.equal(['move', 'move', 'stuck', 'queue']);
    expect(plan.movePeriods).to.equal(100);
  });

  it('lets none of the last shards end, however cheap the market is, when the others are lost', () => {
    const object = objectOf(4, [
      ...[0, 1].map((index) => rowOf(index, 200, 100n, { status: 'failed' })),
      ...[2, 3, 4, 5].map((index) => rowOf(index, NOW + 10, 100n)),
    ]);
    for (const policy of ['follow', 're-tender'] as const) {
      const plan = planRetender(object, finderOf(cheap(6, 50n)), rule({ policy }), moment());
      expect(actions(plan.shards)).to.deep.equal(['stuck', 'stuck', 'renew', 'renew', 'renew', 'renew']);
      const refused = planRetender(
        object,
        finderOf(cheap(6, 50n), () => false),
        rule({ policy }),
        moment(),
      );
      const risky = refused.shards.slice(2).map(({ step }) => step.action === 'wait' && step.atRisk);
      expect(risky).to.deep.equal([true, true, true, true]);
    }
  });

  it('looks for places for no other terms than it says beforehand', () => {
    const object = objectOf(4, [
      rowOf(0, NOW, 100n),
      rowOf(1, 108, 100n),
      ...[2, 3, 4, 5].map((index) => rowOf(index, 180 + index, 100n)),
    ]);
    for (const policy of ['follow', 're-tender'] as const) {
      const told = new Set(termsWanted(object, rule({ policy }), moment()));
      const finder = finderOf(cheap(6, 50n));
      const asked = new Set<number>();
      const place: PlaceFinder['place'] = (shard, periods, taken) => {
        asked.add(periods);
        return finder.place(shard, periods, taken);
      };
      planRetender(object, { ...finder, place }, rule({ policy }), moment());
      expect([...asked].filter((periods) => !told.has(periods))).to.deep.equal([]);
    }
  });

  it('refuses margins that are noise or everything', () => {
    for (const margin of [0n, MIN_MARGIN_BPS - 1n, 10_000n, 12_345n])
      expect(() => requireMargin(margin))
        .to.throw()
        .with.property('code', 'margin-range');
    requireMargin(MIN_MARGIN_BPS);
    requireMargin(9_999n);
  });
});

describe('any plan of a re-tender', () => {
  const priceArb = fc.bigInt(1n, 1_000n);
  const marketArb = fc.array(priceArb, { maxLength: 12 });
  const shapeArb = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 4 }));

  const caseArb = shapeArb.chain(([k, spare]) =>
    fc.record({
      k: fc.constant(k),
      rows: fc.array(
        fc.record({
          end: fc.integer({ min: 90, max: 240 }),
          price: priceArb,
          status: fc.constantFrom('active', 'active', 'active', 'kept', 'failed' as const),
          consents: fc.boolean(),
        }),
        { minLength: k + spare, maxLength: k + spare },
      ),
      market: marketArb,
      policy: fc.constantFrom('follow', 're-tender' as const),
      marginBps: fc.bigInt(100n, 9_999n),
      noticePeriods: fc.integer({ min: 1, max: 20 }),
      within: fc.integer({ min: 1, max: 30 }),
      gasPrice: fc.bigInt(0n, 1_000n),
    }),
  );

  it('moves nothing that saves less than the margin, its figures add up, and no operator gets two shards', () => {
    fc.assert(
      fc.property(caseArb, (given) => {
        const rows = given.rows.map(({ end, price, status }, index) =>
          rowOf(index, end, price, { status: status as 'active' }),
        );
        const object = objectOf(given.k, rows);
        const offers = given.market.map((price, index) => ({ provider: index + 4, price }));
        const finder = finderOf(offers, ({ shardIndex }) => given.rows[shardIndex]!.consents);
        const { policy, marginBps, within, noticePeriods } = given;
        const costs = { ...COSTS, gasPrice: given.gasPrice, tokensPerCoin: 10n ** 15n };
        const plan = planRetender(
          object,
          finder,
          rule({ policy, marginBps, within }),
          moment({ noticePeriods, costs }),
        );
        let sums = { keep: 0n, move: 0n, saving: 0n };
        for (const { step, comparison, row: old } of plan.shards) {
          if (comparison === undefined) continue;
          const { keep, move, saving } = comparison;
          for (const cost of [keep, move]) expect(cost.total).to.equal(cost.rent + cost.burn + cost.gas);
          expect(saving).to.equal(keep.total - move.total);
          const isEnough = saving > 0n && saving * 10_000n >= keep.total * marginBps;
          const leaves = step.action === 'notice' || step.action === 'queue';
          if (leaves) expect(isEnough, `shard ${old.shardIndex}`).to.equal(true);
          if (step.action === 'wait') expect(isEnough || !given.rows[old.shardIndex]!.consents).to.equal(true);
          if (step.action === 'keep' || (step.action === 'renew' && step.until === 'term')) continue;
          sums = { keep: sums.keep + keep.total, move: sums.move + move.total, saving: sums.saving + saving };
        }
        expect({ keep: plan.keep, move: plan.move, saving: plan.saving }).to.deep.equal(sums);
        const places = plan.shards.flatMap(({ step, place }) => {
          const stays =
            step.action === 'keep' || step.action === 'stuck' || (step.action === 'renew' && step.until === 'term');
          return place === undefined || stays ? [] : [place.operator];
        });
        expect(new Set(places).size).to.equal(places.length);
        const spare = rows.length - given.k;
        const gone = plan.shards.filter(
          ({ row: old, step }) => old.status !== 'active' || step.action === 'move',
        ).length;
        const noticed = plan.shards.filter(({ step }) => step.action === 'notice').length;
        const ending = plan.shards.filter(
          ({ step }) => step.action === 'wait' || (step.action === 'renew' && step.until === 'turn'),
        ).length;
        if (noticed > 0) expect(gone + noticed + ending).to.be.at.most(spare);
      }),
      { numRuns: 400 },
    );
  });

  it('followed period by period, keeps k shards whatever happens to the client, and ends with every shard at the market’s price', () => {
    fc.assert(
      fc.property(
        fc.record({
          k: fc.integer({ min: 1, max: 5 }),
          spare: fc.integer({ min: 1, max: 3 }),
          ends: fc.constantFrom(NOW + 5, NOW + 60, NOW + 150),
          policy: fc.constantFrom('follow', 're-tender' as const),
          price: fc.bigInt(40n, 80n),
        }),
        ({ k, spare, ends, policy, price }) => {
          const n = k + spare;
          let rows = Array.from({ length: n }, (_, index) => rowOf(index, ends, 100n));
          const signed = new Map(rows.map((old) => [old.shardIndex, ends]));
          const finder = finderOf(cheap(n + 2, price, 50));
          for (let period = NOW; period < ends + 40; period++) {
            const plan = planRetender(objectOf(k, rows), finder, rule({ policy }), moment({ period }));
            rows = plan.shards.map(({ row: old, step, place }) => {
              const id = old.shardIndex;
              if (step.action === 'renew') {
                signed.set(id, old.startPeriod + old.periods + step.periods);
                return { ...old, periods: old.periods + step.periods };
              }
              if (step.action === 'notice') return { ...old, periods: period + 8 - old.startPeriod };
              if (step.action !== 'move' || place === undefined) return old;
              signed.set(id, period + 1 + plan.movePeriods);
              return rowOf(id, period + 1 + plan.movePeriods, place.pricePerUnitPeriod, {
                startPeriod: period + 1,
                periods: plan.movePeriods,
                provider: place.provider,
              });
            });
            const onTheWay = rows.filter((old) => old.startPeriod + old.periods < signed.get(old.shardIndex)!);
            const without = rows.filter((old) => period >= old.startPeriod + old.periods);
            expect(new Set([...onTheWay, ...without]).size).to.be.at.most(spare);
            expect(new Set(rows.map(({ provider }) => provider)).size).to.equal(n);
          }
          expect(rows.map(({ pricePerUnitPeriod }) => pricePerUnitPeriod)).to.deep.equal(rows.map(() => price));
        },
      ),
      { numRuns: 60 },
    );
  });
});
