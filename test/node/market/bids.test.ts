import { expect } from 'chai';
import fc from 'fast-check';

import { bidNonce } from '../../../node/market/bid-compatibility.ts';
import { bidPrice } from '../../../node/market/bid-price.ts';
import { failedBidRules, type BidderView, type BidPolicy } from '../../../node/market/bid-rule.ts';
import type { Bid, BidTerms, Hex } from '../../../node/market/messages.ts';
import { isWanted, MAX_SHARD_PROOF, ShardTree } from '../../../node/market/shard-tree.ts';

const NOW_S = 1_000_000;

function bidOf(over: Partial<BidTerms> = {}): Bid {
  const terms: BidTerms = {
    objectKey: `0x${'aa'.repeat(32)}`,
    shardsRoot: `0x${'bb'.repeat(32)}`,
    units: 10,
    periods: 30,
    shards: 3,
    rest: 1,
    region: 0,
    minScoreBps: 0,
    collateralPeriods: 5,
    expiry: NOW_S + 3_600,
    climbSeconds: 600,
    startPrice: 50n,
    ceiling: 150n,
    ...over,
  };
  return { terms, client: `0x${'11'.repeat(20)}`, postedAt: NOW_S, shardsLeft: terms.shards };
}

describe('the price of a bid', () => {
  const bids = fc
    .record({
      climbSeconds: fc.nat({ max: 2 ** 32 - 1 }),
      startPrice: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      rise: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      postedAt: fc.nat({ max: 2 ** 40 - 1 }),
    })
    .filter(({ startPrice, rise }) => startPrice + rise < 2n ** 64n)
    .map(({ startPrice, rise, postedAt, climbSeconds }) => ({
      postedAt,
      terms: { climbSeconds, startPrice, ceiling: startPrice + rise },
    }));

  it('begins at the start, never falls, and ends at the ceiling', () => {
    fc.assert(
      fc.property(bids, fc.nat(), fc.nat(), (bid, first, second) => {
        const { startPrice, ceiling, climbSeconds } = bid.terms;
        const [early, late] = [first, second].toSorted((a, b) => a - b) as [number, number];
        const [a, b] = [bidPrice(bid, bid.postedAt + early), bidPrice(bid, bid.postedAt + late)];
        expect(startPrice <= a && a <= b && b <= ceiling).to.equal(true);
        expect(bidPrice(bid, bid.postedAt)).to.equal(climbSeconds === 0 ? ceiling : startPrice);
        expect(bidPrice(bid, bid.postedAt + climbSeconds)).to.equal(ceiling);
      }),
    );
  });

  it('is linear, rounded down', () => {
    const bid = { postedAt: 100, terms: { climbSeconds: 3, startPrice: 10n, ceiling: 20n } };
    expect([99, 100, 101, 102, 103, 104].map((time) => bidPrice(bid, time))).to.deep.equal([
      10n,
      10n,
      13n,
      16n,
      20n,
      20n,
    ]);
  });
});

describe('the tree over the shards of a bid', () => {
  const shardsOf = (count: number): { shardIndex: number; shardRoot: Hex }[] =>
    Array.from({ length: count }, (_, shardIndex) => ({
      shardIndex,
      shardRoot: `0x${(shardIndex + 1).toString(16).padStart(2, '0').repeat(32)}`,
    }));

  it("has the root and the proofs of OpenZeppelin's package", () => {
    // From @openzeppelin/merkle-tree 1.0.8, over roots of the digits 1, 2, … repeated.
    const digits = shardsOf(6).map((shard) => ({
      ...shard,
      shardRoot: `0x${String(shard.shardIndex + 1).repeat(64)}` as const,
    }));
    const roots = [
      '0x1e24d4f129d04c87152c416d316caaa5242b11ccf6ca9663437d1a7b2e2ac685',
      '0xb12072275efe9851b41f4463c066a25de8f62dc0337b77a60c64d03dbbee9785',
      '0x7c9d8649b3b1888e11398f6acddf8f4ec0a9e9d700b324808faf5455283273a1',
      '0xf40a49a7684a284e36eaaddccc8a8ecda9615a8a88888e1dce1e5f5feef337c5',
    ];
    expect([1, 2, 3, 6].map((count) => new ShardTree(digits.slice(0, count)).root)).to.deep.equal(roots);
    expect(new ShardTree(digits).proofOf(digits[5]!)).to.deep.equal([
      '0xf42d3a99d8861c2cbb006d73692309ef0586ad91c0216cb051c7cbcc3e87080b',
      '0x1165bf9cb6fcb4d71175f08ce32704443ec8f2b976c1f52f6906351815c7cb14',
    ]);
  });

  it('proves each of up to 255 shards, and no other', () => {
    for (const count of [1, 2, 5, 16, 255]) {
      const shards = shardsOf(count);
      const tree = new ShardTree(shards);
      for (const shard of shards) {
        const proof = tree.proofOf(shard);
        expect(proof.length).to.be.at.most(MAX_SHARD_PROOF);
        expect(isWanted(tree.root, shard, proof)).to.equal(true);
        expect(isWanted(tree.root, { ...shard, shardIndex: (shard.shardIndex + 1) % 256 }, proof)).to.equal(false);
        expect(isWanted(tree.root, { ...shard, shardRoot: `0x${'00'.repeat(32)}` }, proof)).to.equal(false);
      }
    }
  });
});

describe("a provider's rule for bids", () => {
  const policy: BidPolicy = {
    accept: true,
    minPrice: 100n,
    minUnits: 5,
    maxUnits: 20,
    minPeriods: 10,
    maxPeriods: 60,
    maxCollateralPeriods: 8,
    maxWaitS: 7_200,
  };
  const view: BidderView = { region: 276, score: 0.5, freeUnits: 10, lockable: 5_000n, time: NOW_S };
  const failed = (terms: Partial<BidTerms>, own: Partial<BidPolicy> = {}, seen: Partial<BidderView> = {}): string[] =>
    failedBidRules(bidOf(terms), { ...policy, ...own }, { ...view, ...seen }).map(({ rule }) => rule);

  it('takes what meets every condition, at its very edge', () => {
    expect(failed({})).to.deep.equal([]);
    expect(failed({ ceiling: 100n, region: 276, minScoreBps: 5_000, collateralPeriods: 5 })).to.deep.equal([]);
    expect(failed({ expiry: NOW_S + 7_200, periods: 60 })).to.deep.equal([]);
  });

  const cases: [string, string[], Partial<BidTerms>, Partial<BidPolicy>?, Partial<BidderView>?][] = [
    ['all, when it answers none', ['BidsOff'], {}, { accept: false }],
    ['an expired one', ['BidExpired'], { expiry: NOW_S }],
    ['one that stands for too long', ['BidTooLong'], { expiry: NOW_S + 7_201 }],
    ['one that never pays enough', ['PriceTooLow'], { ceiling: 99n }],
    ['small shards', ['BidUnits'], { units: 4 }],
    ['large shards', ['BidUnits'], { units: 21 }, {}, { freeUnits: 50, lockable: 20_000n }],
    ['a short term', ['BidPeriods'], { periods: 9 }],
    ['a long term', ['BidPeriods'], { periods: 61 }],
    ['much collateral', ['BidCollateral'], { collateralPeriods: 9 }, {}, { lockable: 9_000n }],
    ['another region', ['BidRegion'], { region: 250 }],
    ['a better score', ['BidScore'], { minScoreBps: 5_001 }],
    ['more than there is room for', ['NoRoom'], {}, {}, { freeUnits: 9 }],
    ['more than the stake covers', ['NoStake'], {}, {}, { lockable: 4_999n }],
    [
      'several at once, each named',
      ['PriceTooLow', 'BidPeriods', 'NoRoom'],
      { ceiling: 1n, periods: 1 },
      {},
      { freeUnits: 0 },
    ],
  ];
  for (const [what, rules, terms, own, seen] of cases) {
    it(`refuses ${what}`, () => expect(failed(terms, own, seen)).to.deep.equal(rules));
  }
});

describe('the nonce of an answer', () => {
  it('is the upper bit, the bid, the shard', () => {
    expect(bidNonce(3n, 7)).to.equal(2n ** 63n + 3n * 256n + 7n);
  });
});
