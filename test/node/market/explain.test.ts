import { expect } from 'chai';
import fc from 'fast-check';

import type { PlacementProvider } from '../../../node/market/eligibility.ts';
import { explainPlacement, type Explanation } from '../../../node/market/explain.ts';
import { CANDIDATE_WINDOW, placeShards, type PlacementRequest } from '../../../node/market/placement.ts';
import { digest, providerOf } from './samples.ts';

const request: PlacementRequest = {
  objectKey: digest('object'),
  shards: [0, 1],
  units: 10,
  periods: 10,
  clientDeposit: 10n ** 18n,
  time: 5_000,
};

function explain(providers: PlacementProvider[], wanted = request): Explanation[] {
  return explainPlacement(providers, placeShards(providers, wanted));
}

describe('explaining a placement', () => {
  it('names for each ask what decided', () => {
    const explained = explain([
      providerOf(1, {}, {}, { pricePerUnitPeriod: 2_000n }),
      providerOf(2, {}, { pricePerUnitPeriod: 900n }),
      providerOf(3, { score: 0.5 }, { pricePerUnitPeriod: 1_500n }),
      providerOf(4, {}, { unitsLeft: 9, region: 276 }),
      providerOf(5, { operator: providerOf(2).operator }, { pricePerUnitPeriod: 950n }),
      providerOf(6, { failed: true }),
      providerOf(7, { asks: [] }),
    ]);
    const verdicts = Object.fromEntries(
      explained.map(({ askId, provider, decision }) => [String(askId ?? provider), decision.verdict]),
    );
    expect(verdicts).to.deep.equal({
      100: 'chosen',
      101: 'own-better',
      200: 'chosen',
      300: 'outranked',
      400: 'unfit',
      500: 'outranked',
      6: 'unfit',
      7: 'unfit',
    });
    const sentenceOf = (id: bigint): string => explained.find(({ askId }) => askId === id)?.sentence ?? '';
    expect(sentenceOf(300n)).to.match(
      /^place \d for shard \d, behind ask \d+ of provider \d: .*0\.500.* against .*1\.000/,
    );
    expect(sentenceOf(400n)).to.match(/9 units left.*\[CapacityExceeded\]/);
    expect(sentenceOf(101n)).to.match(/ask 100 ranks better/);
    expect(explained.slice(0, 2).map(({ decision }) => decision.verdict)).to.deep.equal(['chosen', 'chosen']);
  });

  it('says when an operator has its shard, and when a placement id is too far away', () => {
    const operator = providerOf(1).operator;
    const shared = explain([providerOf(1, { operator }), providerOf(2, { operator }), providerOf(3)]);
    // Both shards go to distinct operators, so one of the two ends behind the other, or without a rank of its own.
    expect(shared.filter(({ decision }) => decision.verdict === 'chosen')).to.have.lengthOf(2);
    const many = Array.from({ length: CANDIDATE_WINDOW * 3 }, (_, index) => providerOf(index + 1));
    const far = explain(many).filter(({ decision }) => decision.verdict === 'too-far');
    expect(far.length).to.be.at.least(CANDIDATE_WINDOW);
  });

  it('explains every ask exactly once, whatever the book', () => {
    const ask = fc.record({
      pricePerUnitPeriod: fc.bigInt({ min: 1n, max: 2_000n }),
      unitsLeft: fc.nat(30),
      minPeriods: fc.integer({ min: 1, max: 20 }),
    });
    const book = fc.array(
      fc.tuple(fc.array(ask, { maxLength: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(book, (rows) => {
        const providers = rows.map(([asks, score, failed], index) =>
          providerOf(index + 1, { score, failed, ...(asks.length === 0 ? { asks: [] } : {}) }, ...asks),
        );
        const placement = placeShards(providers, request);
        const explained = explainPlacement(providers, placement);
        const ids = explained.flatMap(({ askId }) => askId ?? []);
        expect(new Set(ids).size).to.equal(ids.length);
        const whole = providers.filter(({ failed, asks }) => !failed && asks.length > 0);
        expect(ids.length).to.equal(whole.flatMap(({ asks }) => asks).length);
        const chosen = explained.filter(({ decision }) => decision.verdict === 'chosen').map(({ askId }) => askId);
        expect(new Set(chosen)).to.deep.equal(new Set(placement.placed.map((shard) => shard.chosen.askId)));
        expect(explained.every(({ sentence }) => sentence.length > 0)).to.equal(true);
      }),
    );
  });
});
