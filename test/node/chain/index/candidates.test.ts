import { hash } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import type { SqliteMarketIndex } from '../../../../node/chain/index/sqlite-market-index.ts';
import type { AskPlace, AskQuery, CandidateRequest } from '../../../../node/chain/market-index.ts';
import { failedAskRules, type PlacementProvider, type PostedAsk } from '../../../../node/market/eligibility.ts';
import { askAt } from '../../../../node/market/peg.ts';
import { placeShards } from '../../../../node/market/placement.ts';
import { askPosted, batchOf, enrolled, type EventSpec } from './events.ts';
import { TERMS, testIndex } from './test-index.ts';

const NOW_S = 1_000;
const QUOTE = 500n;

const request = (values: Partial<CandidateRequest> = {}): CandidateRequest => ({
  objectKey: hash('sha256', 'object', 'buffer'),
  shards: [0, 1, 2, 3, 4, 5],
  units: 10,
  periods: 20,
  clientDeposit: 10_000n,
  time: NOW_S,
  quote: QUOTE,
  ...values,
});

/** All providers with all their asks, as a market that fits into memory would have them. */
async function whole(index: SqliteMarketIndex): Promise<PlacementProvider[]> {
  const rows = await index.providersPage(0, 100_000);
  const asks = await index.asksOf(rows.map(({ id }) => id));
  return rows.map((row) => ({
    id: row.id,
    operator: row.operator,
    placementId: row.placementId === undefined ? undefined : Buffer.from(row.placementId.slice(2), 'hex'),
    failed: row.failed,
    lockable: row.free > TERMS.bond ? row.free - TERMS.bond : 0n,
    freeCapacity: Math.max(0, row.capacity - row.heldUnits),
    score: 0,
    asks: (asks.get(row.id) ?? []).map(({ askId, ask }) => ({ askId, ask: askAt(ask, QUOTE) })),
  }));
}

/** The same out of the candidates alone. */
async function competing(index: SqliteMarketIndex, wanted: CandidateRequest): Promise<PlacementProvider[]> {
  const all = new Map((await whole(index)).map((provider) => [provider.id, provider]));
  return (await index.candidates(wanted)).map(({ row, asks }) => ({ ...all.get(row.id)!, asks }));
}

const chosen = (providers: PlacementProvider[], wanted: CandidateRequest): unknown => {
  const { placed, unplaced } = placeShards(providers, wanted);
  return [placed.map((shard) => [shard.shardIndex, shard.chosen.askId, shard.chosen.provider.id]), unplaced];
};

async function indexOf(specs: readonly EventSpec[]): Promise<SqliteMarketIndex> {
  const index = testIndex();
  await index.apply(batchOf(1n, 10n, specs), 100n);
  return index;
}

describe('candidates for an object', () => {
  const provider = fc.record({
    stake: fc.constantFrom(100n, 101n, 5_000n, 1_000_000n),
    capacity: fc.constantFrom(5, 10, 1_000),
    failed: fc.constantFrom(false, false, false, true),
    operator: fc.integer({ min: 1, max: 200 }),
    asks: fc.array(
      fc.record({
        pricePerUnitPeriod: fc.bigInt({ min: 1n, max: 600n }),
        unitsLeft: fc.constantFrom(5, 9, 10, 500),
        minUnits: fc.constantFrom(0, 10, 11),
        maxUnits: fc.constantFrom(9, 10, 600),
        expiry: fc.constantFrom(NOW_S, NOW_S + 1, NOW_S + 9_999),
        collateralPeriods: fc.constantFrom(1, 3),
        minPeriods: fc.constantFrom(1, 20, 21),
        maxPeriods: fc.constantFrom(19, 20, 300),
        region: fc.constantFrom(0, 40, 276),
        minClientDeposit: fc.constantFrom(0n, 10_000n, 10_001n),
        premiumBps: fc.constantFrom(0, 0, 9_000),
        ceiling: fc.constant(550n),
      }),
      { maxLength: 3 },
    ),
  });

  it('place an object as the whole market would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(provider, { minLength: 1, maxLength: 400, size: 'max' }),
        fc.option(fc.constantFrom(new Set([276]), new Set([0, 40])), { nil: undefined }),
        fc.option(fc.bigInt({ min: 1n, max: 600n }), { nil: undefined }),
        async (providers, regions, maxPricePerUnitPeriod) => {
          const specs = providers.flatMap(({ asks, ...init }, at) => [
            ...enrolled(at + 1, init),
            ...asks.map((ask) => askPosted({ provider: at + 1, ...ask })),
          ]);
          await using index = await indexOf(specs);
          const wanted = request({ regions, maxPricePerUnitPeriod });
          const found = await competing(index, wanted);
          expect(chosen(found, wanted)).to.deep.equal(chosen(await whole(index), wanted));
          for (const each of found) {
            for (const { ask } of each.asks) expect(failedAskRules(each, ask, wanted)).to.deep.equal([]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  const honest = Array.from({ length: 1_000 }, (_, at) => [
    ...enrolled(at + 1, { stake: 1_000_000n, capacity: 1_000 }),
    askPosted({ provider: at + 1, pricePerUnitPeriod: BigInt(100 + (at % 97)) }),
  ]).flat();

  it('are as many as the windows hold, and not more with a larger market', async () => {
    await using index = await indexOf(honest);
    const few = await index.candidates(request({ shards: [3] }));
    expect(few.length).to.be.within(64, 160);
  });

  it('are not pushed out by asks that nobody can take, whoever posts them', async () => {
    await using index = await indexOf(honest);
    const before = chosen(await competing(index, request()), request());
    const junk: EventSpec[] = [];
    for (let id = 1_001; id <= 1_500; id++) {
      const kind = id % 5;
      junk.push(
        ...enrolled(id, {
          stake: kind === 0 ? 100n : 1_000_000n,
          capacity: kind === 1 ? 9 : 1_000,
          failed: kind === 2,
        }),
      );
      for (let more = 0; more < 5; more++) {
        const dust = kind === 3 ? { unitsLeft: 1, minUnits: 2 } : {};
        const over = kind === 4 ? { expiry: NOW_S } : {};
        junk.push(askPosted({ provider: id, pricePerUnitPeriod: 1n, ...dust, ...over }));
      }
    }
    await index.apply(batchOf(11n, 12n, junk), 100n);
    expect(chosen(await competing(index, request()), request())).to.deep.equal(before);
  });

  it('have one shard of an object each, however many asks one of them posts', async () => {
    await using index = await indexOf(honest);
    const many = Array.from({ length: 2_000 }, () => askPosted({ provider: 7, pricePerUnitPeriod: 1n }));
    await index.apply(batchOf(11n, 12n, many), 100n);
    const { placed } = placeShards(await competing(index, request()), request());
    expect(placed).to.have.length(6);
    expect(placed.filter((shard) => shard.chosen.provider.id === 7)).to.have.length.at.most(1);
    expect((await index.candidates(request())).every(({ asks }) => asks.length === 1)).to.equal(true);
  });

  it('are listed page by page, cheapest first, with the conditions that are asked for', async () => {
    await using index = await indexOf([
      ...honest,
      ...enrolled(1_001, { stake: 100n }),
      askPosted({ provider: 1_001, pricePerUnitPeriod: 1n }),
      askPosted({ provider: 5, pricePerUnitPeriod: 2n, region: 40, premiumBps: 10_000, ceiling: 90n }),
      askPosted({ provider: 6, pricePerUnitPeriod: 3n, minUnits: 2, minPeriods: 50, maxPeriods: 60 }),
    ]);
    const listed: PostedAsk[] = [];
    let next: AskPlace | undefined;
    do {
      const page = await index.asksPage({ time: NOW_S, quote: QUOTE, units: 1, max: 300, after: next });
      listed.push(...page.asks);
      next = page.next;
    } while (next !== undefined);
    expect(new Set(listed.map(({ askId }) => askId)).size).to.equal(listed.length);
    expect(listed).to.have.length(1_002);
    const prices = listed.map(({ ask }) => ask.pricePerUnitPeriod);
    expect(prices.slice(0, 3)).to.deep.equal([3n, 90n, 100n]);
    expect(prices).to.deep.equal(prices.toSorted((a, b) => Number(a - b)));
    const some = async (query: Partial<AskQuery>): Promise<number[]> => {
      const { asks } = await index.asksPage({ time: NOW_S, quote: QUOTE, units: 1, max: 5, ...query });
      return asks.map(({ ask }) => ask.provider);
    };
    expect(await some({ region: 40 })).to.deep.equal([5]);
    expect(await some({ maxPrice: 90n })).to.deep.equal([6, 5]);
    expect(await some({ maxPrice: 90n, periods: 70 })).to.deep.equal([5]);
    expect(await some({ time: 10_000 })).to.deep.equal([]);
    expect(await some({ units: 501 })).to.deep.equal([]);
  });
});
