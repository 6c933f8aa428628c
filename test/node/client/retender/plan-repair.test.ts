import { expect } from 'chai';

import type { AgreementRow } from '../../../../node/chain/market-index.ts';
import type { PlaceFinder, RetenderPlan, ShapedObject } from '../../../../node/client/retender/plan-retender.ts';
import { repairPlanner } from '../../../../node/client/retender/plan-repair.ts';
import { defaultThreshold, repairNeed } from '../../../../node/client/retender/repair-need.ts';
import { agreementRow, keyOf } from '../support/rows.ts';

const NOW = 100;
const MOMENT = {
  period: NOW,
  noticePeriods: 7,
  costs: { market: { burnBps: 200n, holdbackBps: 2_000n }, gasPrice: 0n, tokensPerCoin: undefined },
};
/** Who would take a shard, cheapest first: providers 1 to 9 hold or held one. */
const OFFERS = [2, 3, 11, 12, 13].map((provider) => ({
  provider,
  operator: `op-${provider}`,
  pricePerUnitPeriod: 50n,
}));

/** Running until period 200. */
function rowOf(shardIndex: number, over: Partial<AgreementRow> = {}): AgreementRow {
  return agreementRow(keyOf(1), shardIndex, { startPeriod: 50, periods: 150, ...over });
}

/** Of 6 shards, those at `lost` failed. */
function objectOf(k: number, lost: readonly number[], over: Partial<AgreementRow> = {}): ShapedObject {
  const agreements = [0, 1, 2, 3, 4, 5].map((index) =>
    rowOf(index, lost.includes(index) ? { status: 'failed', endedAtBlock: 9n } : over),
  );
  return { k, n: 6, agreements };
}

/** Asked for these terms only. */
function finderFor(terms: readonly number[], offers = OFFERS): PlaceFinder {
  return {
    operatorOf: (provider) => `OP-${provider}`,
    consent: () => 'nobody renews here',
    place: (_row, periods, taken) =>
      terms.includes(periods) ? offers.find(({ operator }) => !taken.has(operator)) : undefined,
  };
}

function plan(object: ShapedObject, threshold?: number, offers = OFFERS): RetenderPlan {
  const planner = repairPlanner({ threshold, maxPricePerUnitPeriod: undefined });
  return planner.plan(object, finderFor(planner.terms(object, MOMENT), offers), MOMENT);
}

const actions = ({ shards }: RetenderPlan): string[] => shards.map(({ step }) => step.action);

describe('planning a repair', () => {
  it('waits until half of what can be spared is gone, but never until too little is left', () => {
    const thresholds = [
      [1, 1],
      [1, 3],
      [2, 3],
      [4, 6],
      [20, 30],
    ].map(([k = 0, n = 0]) => defaultThreshold({ k, n }));
    expect(thresholds).to.deep.equal([1, 2, 2, 5, 25]);
    const need = (lost: number[], threshold?: number) => repairNeed(objectOf(2, lost), NOW, threshold);
    expect(need([])).to.include({ healthy: 6, threshold: 4, isDue: false });
    expect(need([1])).to.include({ healthy: 5, isDue: false });
    expect(need([1, 4])).to.include({ healthy: 4, isDue: true });
    expect(need([1], 5)).to.include({ threshold: 5, isDue: true });
    // Below k there is nothing left to rebuild from.
    expect(need([1, 2, 3, 4], 1)).to.include({ threshold: 2, isDue: true });
  });

  it('does not count what is over as healthy, nor as lost', () => {
    const object = objectOf(4, [0]);
    const agreements = object.agreements.map((row) =>
      row.shardIndex === 5 ? { ...row, periods: NOW - row.startPeriod } : row,
    );
    expect(repairNeed({ ...object, agreements }, NOW, undefined)).to.include({ healthy: 4 });
    expect(repairNeed({ ...object, agreements }, NOW - 1, undefined)).to.include({ healthy: 5 });
  });

  it('buys what is lost until the last term of the others ends, away from who holds or lost a shard', () => {
    const repair = plan(objectOf(4, [1, 4]));
    expect(actions(repair)).to.deep.equal(['keep', 'move', 'keep', 'keep', 'move', 'keep']);
    // An agreement that is formed now starts with the next period: 101 to 199.
    expect(repair.movePeriods).to.equal(99);
    expect(repair.shards.flatMap(({ place }) => place?.provider ?? [])).to.deep.equal([11, 12]);
    // 3 units, and 2% of burn.
    const rent = 50n * 3n * 99n;
    expect(repair.move).to.equal(2n * (rent + rent / 50n));
  });

  it('leaves alone what is above its threshold', () => {
    expect(actions(plan(objectOf(2, [0])))).to.deep.equal(Array.from({ length: 6 }, () => 'keep'));
    expect(actions(plan(objectOf(2, [0]), 5))[0]).to.equal('move');
  });

  it('moves a shard without a place too, so that whoever carries it out says what stands against each ask', () => {
    const repair = plan(objectOf(4, [0, 1, 2]), undefined, OFFERS.slice(0, 3));
    expect(actions(repair).slice(0, 3)).to.deep.equal(['move', 'move', 'move']);
    expect(repair.shards.map(({ place }) => place?.provider).slice(0, 3)).to.deep.equal([11, undefined, undefined]);
  });

  it('is stuck where no whole period is left to be bought', () => {
    const ending = objectOf(4, [3], { periods: NOW + 1 - 50 });
    expect(repairPlanner({ threshold: undefined, maxPricePerUnitPeriod: 1n }).terms(ending, MOMENT)).to.deep.equal([]);
    expect(plan(ending).shards[3]!.step).to.have.property('action', 'stuck');
  });
});
