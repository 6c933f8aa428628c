import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import type { BidPolicy } from '../../../node/market/bid-rule.ts';
import type { Bid, BidTerms } from '../../../node/market/messages.ts';
import { sampleBid } from '../chain/market-fixture.ts';
import { StandingBids } from '../../../node/provider/standing-bids.ts';
import { FakeChainClock } from './fakes.ts';

const POLICY: BidPolicy = {
  accept: true,
  minPrice: 10n,
  minUnits: 1,
  maxUnits: 100,
  minPeriods: 1,
  maxPeriods: 100,
  maxCollateralPeriods: 10,
  maxWaitS: 1_000,
};

describe('StandingBids', () => {
  let clock: FakeChainClock;
  let posted: Bid[];
  let looks = 0;
  let standing: StandingBids;

  beforeEach(() => {
    clock = new FakeChainClock(10);
    posted = [];
    looks = 0;
  });
  afterEach(async () => standing.stop());

  function start(policy: Partial<BidPolicy> = {}): void {
    standing = new StandingBids(
      {
        chain: {
          newestBids: async () => {
            looks += 1;
            return posted.map((bid, place) => ({ bidId: BigInt(place + 1), bid }));
          },
          lockable: async () => 1_000n,
          reputation: async () => ({ score: 0.5 }) as never,
        },
        chainClock: clock,
        book: { totals: () => ({ signedCollateral: 500n }) as never },
        room: { freeUnits: () => 50 },
        logger: silentLogger,
      },
      { policy: { ...POLICY, ...policy }, region: 276 },
    );
    standing.start();
  }

  function bidOf(terms: Partial<BidTerms> = {}, shardsLeft = 3): Bid {
    return {
      client: `0x${'1'.repeat(40)}`,
      postedAt: clock.head.timestampS,
      shardsLeft,
      terms: sampleBid(clock.head.timestampS, {
        expiry: clock.head.timestampS + 60,
        climbSeconds: 20,
        startPrice: 10n,
        ceiling: 30n,
        ...terms,
      }),
    };
  }

  it('counts those that the rule takes, at what they pay now, until they have run out', async () => {
    posted = [
      bidOf(),
      bidOf({ startPrice: 5n, ceiling: 15n }, 1),
      bidOf({ ceiling: 9n, startPrice: 9n }),
      bidOf({ region: 250 }),
      bidOf({ minScoreBps: 6_000 }),
      bidOf({ units: 51 }),
      bidOf({ units: 20, collateralPeriods: 3 }),
    ];
    start();
    await clock.mineTo(20);
    expect(standing.demand).to.deep.equal({ bids: 2, shards: 4, bestPrice: 20n });
    await clock.mineTo(71);
    expect(standing.demand).to.deep.equal({ bids: 0, shards: 0, bestPrice: 0n });
    expect(looks, 'now and then').to.equal(2);
  });

  it('does not look where no bids are answered', async () => {
    posted = [bidOf()];
    start({ accept: false });
    await clock.mineTo(60);
    expect([looks, standing.demand.bids]).to.deep.equal([0, 0]);
  });
});
