import { randomBytes } from 'node:crypto';
import { expect } from 'chai';

import {
  indices,
  MAX_SPARES,
  planShards,
  quoteShards,
  requireAffordable,
  type PlanMarket,
  type PlanRequest,
} from '../../../../node/client/put/plan.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { fakeAsk, fakeProvider, fakeProviders, NOW_S, TOKEN } from '../support/fake-market.ts';

const request: PlanRequest = { objectKey: randomBytes(32), k: 4, n: 6, units: 10, periods: 20 };

function marketOf(over: Partial<PlanMarket> = {}): PlanMarket {
  return {
    providers: fakeProviders(8),
    registered: 8,
    terms: { burnBps: 200n, holdbackBps: 2_000n, minValue: 1n },
    time: NOW_S,
    balances: { escrow: 100n * TOKEN, wallet: 0n, gas: TOKEN },
    gasPrice: 1n,
    ...over,
  };
}

function errorOf(run: () => unknown): StowError {
  try {
    run();
  } catch (error) {
    if (error instanceof StowError) return error;
  }
  return expect.fail('expected a StowError');
}

describe('shards of which any three are left out', () => {
  it('leave no word of four empty before one that is used, which the contract would refuse', () => {
    for (let all = 1; all <= 24; all++) {
      const shards = indices(all);
      for (const a of shards) {
        for (const b of shards) {
          for (const c of shards) {
            const words = new Set(shards.filter((i) => ![a, b, c].includes(i)).map((i) => Math.floor(i / 4)));
            expect(Math.max(-1, ...words), `${all} without ${a}, ${b}, ${c}`).to.be.lessThan(words.size);
          }
        }
      }
    }
    expect(MAX_SPARES).to.equal(3);
  });
});

describe('put plan', () => {
  it('takes the cheapest providers, one per operator', () => {
    const providers = [
      ...fakeProviders(7),
      fakeProvider(8, { operator: fakeProvider(1).operator }, { pricePerUnitPeriod: 1n }),
    ];
    const placements = planShards(marketOf({ providers }), request);
    expect(placements.map(({ chosen }) => chosen.provider.id).toSorted((a, b) => a - b)).to.deep.equal([
      2, 3, 4, 5, 6, 8,
    ]);
  });

  it('says of each provider which rule it failed', () => {
    const providers = [
      ...fakeProviders(4),
      fakeProvider(11, {}, { maxPeriods: 5 }),
      fakeProvider(12, {}, { unitsLeft: 3 }),
      fakeProvider(13, { lockable: 1n }),
      fakeProvider(14, { asks: [] }),
      fakeProvider(15, { failed: true }),
      fakeProvider(16, { placementId: undefined }),
      fakeProvider(17, {}, { minClientDeposit: 1_000n * TOKEN }),
      fakeProvider(18, {}, { expiry: NOW_S - 1 }),
    ];
    const error = errorOf(() => planShards(marketOf({ providers }), request));
    expect(error.code).to.equal('too-few-providers');
    expect(error.exitCode).to.equal(5);
    expect(error.message).to.contain('6 providers of distinct operators, and only 4 fit');
    const expected = {
      11: 'PeriodsOutOfRange',
      12: 'CapacityExceeded',
      13: 'StakeTooLow',
      14: 'NoAsk',
      15: 'ProviderFailed',
      16: 'PlacementMissing',
      17: 'DepositBelowAsk',
      18: 'AskExpired',
    };
    const lines = error.message.split('\n');
    expect(lines[0]).to.match(/nobody is left for shard \d, \d$/);
    expect(lines[1]).to.contain('6 are needed, 4 are there with an ask that fits (4 providers)');
    for (const rule of Object.values(expected))
      expect(lines, rule).to.include(`  - ${rule} keeps out 1 provider of 1 operator`);
    expect(error.hint).to.contain('`stowmarket market explain --size SIZE`');
    for (const [provider, rule] of Object.entries(expected)) {
      expect(
        lines.find((line) => line.includes(`provider ${provider}`)),
        provider,
      ).to.contain(rule);
    }
  });

  it('counts the operators that are missing, not their providers', () => {
    const one = fakeProvider(1).operator;
    const providers = [
      ...fakeProviders(3),
      fakeProvider(4, { operator: one }),
      fakeProvider(5, { operator: one }, { maxPeriods: 5 }),
      fakeProvider(6, {}, { maxPeriods: 5 }),
      fakeProvider(7, { operator: fakeProvider(6).operator }, { maxPeriods: 5 }),
      fakeProvider(8),
    ];
    const history = { excludedProviders: new Set([8]), reasons: [{ provider: 8, reason: 'it is full' }] };
    const { message } = errorOf(() => planShards(marketOf({ providers }), request, history));
    expect(message).to.contain('6 are needed, 3 are there with an ask that fits (4 providers)');
    expect(message).to.contain('PeriodsOutOfRange keeps out 3 providers of 2 operators');
    expect(message).to.contain('1 provider of 1 operator refused or failed');
  });

  it('bounds its list of reasons', () => {
    const providers = Array.from({ length: 100 }, (_, index) => fakeProvider(index + 1, { asks: [] }));
    const { message } = errorOf(() => planShards(marketOf({ providers }), request));
    // What is needed and what keeps them out, twenty reasons, and how many more.
    expect(message.split('\n')).to.have.lengthOf(24);
    expect(message).to.contain('and 80 more');
  });

  it('raises the price of a tiny shard to the market’s smallest agreement', () => {
    const market = marketOf({ terms: { burnBps: 0n, holdbackBps: 0n, minValue: 1_000_000n } });
    const quoted = quoteShards(market, request, planShards(market, request));
    // ceil(1,000,000 / 200) a unit and period for each of six shards.
    expect(quoted.total).to.equal(6n * 5_000n * 200n);
  });

  describe('funds', () => {
    const placed = planShards(marketOf(), request);
    const quoted = quoteShards(marketOf(), request, placed);

    it('suffice to the wei', () => {
      requireAffordable(quoted, request, { escrow: quoted.total, wallet: 0n, gas: quoted.gasWei! });
    });

    it('name what is missing in escrow, and the command that moves it', () => {
      const error = errorOf(() =>
        requireAffordable(quoted, request, { escrow: quoted.total - 7n, wallet: TOKEN, gas: TOKEN }),
      );
      expect(error.code).to.equal('escrow-short');
      expect(error.exitCode).to.equal(6);
      expect(error.message).to.contain('0.000000000000000007 tokens are missing');
      expect(error.hint).to.contain('stowmarket wallet deposit 0.000000000000000007');
    });

    it('name what the wallet itself lacks', () => {
      const error = errorOf(() =>
        requireAffordable(quoted, request, { escrow: 0n, wallet: quoted.total - 9n, gas: TOKEN }),
      );
      expect(error.hint).to.contain('send 0.000000000000000009 tokens to it');
    });

    it('name the missing gas', () => {
      const error = errorOf(() =>
        requireAffordable(quoted, request, { escrow: TOKEN, wallet: 0n, gas: quoted.gasWei! - 5n }),
      );
      expect(error.code).to.equal('gas-funds');
      expect(error.message).to.contain('5 more');
    });

    it('stay below the ceiling that the user set', () => {
      const error = errorOf(() =>
        requireAffordable(
          quoted,
          { ...request, maxTotal: quoted.total - 1n },
          { escrow: TOKEN, wallet: 0n, gas: TOKEN },
        ),
      );
      expect(error.code).to.equal('quote-above-limit');
      requireAffordable(quoted, { ...request, maxTotal: quoted.total }, { escrow: TOKEN, wallet: 0n, gas: TOKEN });
    });
  });

  it('honours a price limit per unit and regions', () => {
    const providers = Array.from({ length: 8 }, (_, index) =>
      fakeProvider(index + 1, {}, { region: index < 6 ? 276 : 250 }),
    );
    planShards(marketOf({ providers }), { ...request, regions: new Set([276]) });
    const byRegion = errorOf(() => planShards(marketOf({ providers }), { ...request, regions: new Set([250]) }));
    expect(byRegion.message).to.contain('RegionExcluded');
    const byPrice = errorOf(() =>
      planShards(marketOf({ providers }), { ...request, maxPricePerUnitPeriod: fakeAsk(4).pricePerUnitPeriod }),
    );
    expect(byPrice.message).to.contain('PriceAboveLimit');
  });
});
