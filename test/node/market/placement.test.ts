import { hash } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import { concat, uint16be } from '../../../node/core/bytes.ts';
import { distanceShare, placementTarget, xorDistance } from '../../../node/market/distance.ts';
import { CANDIDATE_WINDOW, type PlacementRequest, placeShards } from '../../../node/market/placement.ts';
import { askOf, digest, providerOf } from './samples.ts';

const objectKey = digest('object');
const UNITS = 10;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const request = (values: Partial<PlacementRequest> = {}): PlacementRequest => ({
  objectKey,
  shards: [0, 1, 2, 3, 4, 5],
  units: UNITS,
  periods: 10,
  clientDeposit: 10n ** 18n,
  time: 5_000,
  ...values,
});

describe('placement of shards', () => {
  it('aims each shard at SHA-256(objectKey || uint16be(index))', () => {
    expect(placementTarget(objectKey, 258)).to.deep.equal(hash('sha256', concat(objectKey, uint16be(258)), 'buffer'));
    const [a, b] = [digest('a'), digest('b')];
    expect(xorDistance(a, a)).to.deep.equal(new Uint8Array(32));
    expect(xorDistance(xorDistance(a, b), b)).to.deep.equal(new Uint8Array(a));
    expect(distanceShare(new Uint8Array(32))).to.equal(0);
    expect(distanceShare(new Uint8Array(32).fill(255))).to.be.within(0.999, 1);
    expect(distanceShare(new Uint8Array([128, ...new Uint8Array(31)]))).to.equal(0.5);
  });

  it('gives every shard a provider of its own, the cheapest first', () => {
    const providers = range(8).map((id) => providerOf(id, {}, { pricePerUnitPeriod: BigInt(1_000 + id) }));
    const { placed, unplaced, refused } = placeShards(providers, request());
    expect(placed.map(({ shardIndex }) => shardIndex)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(placed.map(({ chosen }) => chosen.provider.id)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(placed[0]?.alternatives.map(({ provider }) => provider.id)).to.deep.equal([2, 3, 4, 5, 6, 7, 8]);
    expect([unplaced, refused]).to.deep.equal([[], []]);
  });

  it('breaks ties by distance', () => {
    const providers = range(20).map((id) => providerOf(id));
    const { placed } = placeShards(providers, request({ shards: [7] }));
    const target = placementTarget(objectKey, 7);
    const nearest = providers.toSorted((a, b) =>
      Buffer.compare(xorDistance(target, a.placementId!), xorDistance(target, b.placementId!)),
    )[0];
    expect(placed[0]?.chosen.provider.id).to.equal(nearest?.id);
  });

  it('gives one operator one shard, whatever the letter case of its address', () => {
    const operator = `0x${'aB'.repeat(20)}` as const;
    const providers = [providerOf(1, { operator }), providerOf(2, { operator: `0x${'Ab'.repeat(20)}` }), providerOf(3)];
    const { placed, unplaced } = placeShards(providers, request({ shards: [0, 1, 2] }));
    expect(placed).to.have.length(2);
    expect(unplaced).to.deep.equal([2]);
    const again = placeShards(
      providers,
      request({ shards: [0], takenOperators: [operator.toUpperCase().replace('0X', '0x')] }),
    );
    expect(again.placed[0]?.chosen.provider.id).to.equal(3);
  });

  it('looks only at the closest ids, while enough of them have room', () => {
    const near = CANDIDATE_WINDOW * 4;
    const providers = range(near).map((id) => providerOf(id, {}, { pricePerUnitPeriod: 1_000n }));
    const target = placementTarget(objectKey, 0);
    const sorted = providers.toSorted((a, b) =>
      Buffer.compare(xorDistance(target, a.placementId!), xorDistance(target, b.placementId!)),
    );
    const farthest = sorted.at(-1)!;
    const cheap = { ...farthest, asks: [{ askId: 999n, ask: askOf(farthest.id, { pricePerUnitPeriod: 1n }) }] };
    const all = providers.map((provider) => (provider.id === farthest.id ? cheap : provider));
    const first = placeShards(all, request({ shards: [0] })).placed[0]!;
    expect(first.chosen.provider.id).to.not.equal(farthest.id);
    expect(first.alternatives).to.have.length(CANDIDATE_WINDOW - 1);
    // With the near ones full, the window grows until it holds the far one.
    const full = all.map((provider) =>
      provider.id === farthest.id
        ? provider
        : { ...provider, asks: [{ askId: 1n, ask: askOf(provider.id, { unitsLeft: 1 }) }] },
    );
    expect(placeShards(full, request({ shards: [0] })).placed[0]?.chosen.provider.id).to.equal(farthest.id);
  });

  it('explains each refusal by its rule', () => {
    const providers = [
      providerOf(1, { placementId: undefined }),
      providerOf(2, { failed: true }),
      providerOf(3, { asks: [] }),
      providerOf(4, {}, { unitsLeft: 9 }),
      providerOf(5, {}, { expiry: 5_000 }),
      providerOf(6, { lockable: 9_999n }),
      providerOf(10, { freeCapacity: 9 }),
      providerOf(7, {}, { pricePerUnitPeriod: 5_000n }),
      providerOf(8, {}, { region: 40 }),
      providerOf(9, {}, { region: 276 }),
    ];
    const limits = { maxPricePerUnitPeriod: 4_999n, regions: new Set([276, 0]) };
    const { placed, refused, unplaced } = placeShards(providers, request({ shards: [0, 1], ...limits }));
    expect(placed.map(({ chosen }) => chosen.provider.id)).to.deep.equal([9]);
    expect(unplaced).to.deep.equal([1]);
    const rules = Object.fromEntries(
      refused.map(({ provider, reasons }) => [provider, reasons.map(({ rule }) => rule)]),
    );
    expect(rules).to.deep.equal({
      1: ['PlacementMissing'],
      2: ['ProviderFailed'],
      3: ['NoAsk'],
      4: ['CapacityExceeded'],
      5: ['AskExpired'],
      6: ['StakeTooLow'],
      7: ['PriceAboveLimit'],
      8: ['RegionExcluded'],
      10: ['ProviderFull'],
    });
  });

  it('takes the best of several asks and leaves out excluded providers', () => {
    const several = providerOf(1, {
      asks: [
        { askId: 1n, ask: askOf(1, { pricePerUnitPeriod: 900n, unitsLeft: 1 }) },
        { askId: 2n, ask: askOf(1, { pricePerUnitPeriod: 1_100n }) },
        { askId: 3n, ask: askOf(1, { pricePerUnitPeriod: 1_050n }) },
      ],
    });
    const { placed, refused } = placeShards([several], request({ shards: [0] }));
    expect(placed[0]?.chosen.askId).to.equal(3n);
    expect(refused.map(({ askId }) => askId)).to.deep.equal([1n]);
    expect(placeShards([several], request({ shards: [0], excludedProviders: new Set([1]) })).unplaced).to.deep.equal([
      0,
    ]);
  });

  it('places every shard whenever there are as many fitting operators', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 200 }),
        fc.string(),
        (shards, spare, seed) => {
          const providers = range(shards + spare).map((id) =>
            providerOf(
              id,
              { placementId: digest(`${seed} ${id}`) },
              { pricePerUnitPeriod: BigInt(1_000 + ((id * 7_919) % 100)), unitsLeft: id <= shards ? 100 : 1 },
            ),
          );
          const { placed, unplaced } = placeShards(
            providers,
            request({ shards: range(shards), objectKey: digest(seed) }),
          );
          expect(unplaced).to.deep.equal([]);
          expect(new Set(placed.map(({ chosen }) => chosen.provider.operator)).size).to.equal(shards);
          for (const { chosen } of placed) expect(chosen.provider.id <= shards).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
