import { expect } from 'chai';

import { BidDesk } from '../../../node/agreements/bid-desk.ts';
import type { ReserveMessage } from '../../../node/agreements/messages.ts';
import { isStowError } from '../../../node/core/errors.ts';
import { bidNonce } from '../../../node/market/bid-compatibility.ts';
import type { BidPolicy } from '../../../node/market/bid-rule.ts';
import type { Bid, BidTerms, ReserveRequest, StorageAgreement } from '../../../node/market/messages.ts';
import { ShardTree } from '../../../node/market/shard-tree.ts';
import { agreementOf, client, NOW_S, OBJECT_KEY, requestOf, ROOT } from './samples.ts';

const SHARDS = [0, 1, 2].map((shardIndex) => ({
  shardIndex,
  shardRoot: shardIndex === 0 ? ROOT : (`0x${`0${shardIndex}`.repeat(32)}` as const),
}));
const TREE = new ShardTree(SHARDS);
const POLICY: BidPolicy = {
  accept: true,
  minPrice: 90n,
  minUnits: 1,
  maxUnits: 100,
  minPeriods: 1,
  maxPeriods: 100,
  maxCollateralPeriods: 30,
  maxWaitS: 86_400,
};

describe('BidDesk', () => {
  let bid: Bid | undefined;
  let signedCollateral: bigint;
  let scores: number;

  function deskOf(policy: Partial<BidPolicy> = {}): BidDesk {
    return new BidDesk(
      {
        chain: {
          nowS: () => NOW_S,
          bid: async (bidId) => (bidId === 9n ? bid : undefined),
          lockable: async () => 20_000n,
          score: async () => {
            scores += 1;
            return 0.5;
          },
        },
        book: { totals: () => ({ count: 0, openUnits: 0, signedCollateral }) },
        room: { freeUnits: () => 50 },
      },
      { policy: { ...POLICY, ...policy }, region: 276 },
    );
  }

  function bidOf(over: Partial<BidTerms> = {}): Bid {
    const terms = {
      objectKey: OBJECT_KEY,
      shardsRoot: TREE.root,
      units: 17,
      periods: 30,
      shards: 3,
      rest: 0,
      region: 0,
      minScoreBps: 0,
      collateralPeriods: 5,
      expiry: NOW_S + 7_200,
      climbSeconds: 60,
      startPrice: 50n,
      ceiling: 100n,
      ...over,
    };
    return { client: client.address, postedAt: NOW_S - 10, shardsLeft: 3, terms };
  }

  function messageOf(over: Partial<ReserveRequest> = {}, shard = 0): ReserveMessage {
    const request = requestOf({ askId: 0n, bidId: 9n, ...over });
    const { shardRoot: root } = SHARDS[shard]!;
    return { request, signature: `0x${'01'.repeat(65)}`, shard: { root, proof: TREE.proofOf(SHARDS[shard]!) } };
  }

  beforeEach(() => {
    [bid, signedCollateral, scores] = [bidOf(), 0n, 0];
  });

  async function refusalOf(message: ReserveMessage, policy: Partial<BidPolicy> = {}): Promise<string> {
    try {
      await deskOf(policy).consider(message);
    } catch (error) {
      if (isStowError(error)) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'taken';
  }

  it('takes a shard that the bid wants, at what the operator wants', async () => {
    expect(await deskOf().consider(messageOf())).to.deep.equal({
      pricePerUnitPeriod: 90n,
      collateralPeriods: 5,
      bid: { root: ROOT, proof: TREE.proofOf(SHARDS[0]!), bidExpiry: NOW_S + 7_200 },
      expiresAt: NOW_S + 900,
    });
    expect(scores, 'nobody asked for a score').to.equal(0);
  });

  it('asks for its own score where the bid does', async () => {
    bid = bidOf({ minScoreBps: 5_001 });
    expect(await refusalOf(messageOf())).to.match(/reserve-bid-unfit: .*BidScore/);
    expect(scores).to.equal(1);
  });

  const wrong: [string, RegExp, () => ReserveMessage][] = [
    ['a bid that nobody posted', /reserve-bid-unknown/, () => messageOf({ bidId: 8n })],
    ['the bid of another client', /reserve-bid-unknown/, () => messageOf({ client: `0x${'33'.repeat(20)}` })],
    ['another object', /unfit: .*objectKey/, () => messageOf({ objectKey: `0x${'cc'.repeat(32)}` })],
    ['another size', /unfit: .*units/, () => messageOf({ units: 16 })],
    ['another term', /unfit: .*periods/, () => messageOf({ periods: 31 })],
    ['a shard with the proof of another', /does not want this shard/, () => messageOf({ shardIndex: 1 })],
    ['a shard without a proof', /does not want this shard/, () => ({ ...messageOf(), shard: undefined })],
  ];
  for (const [what, says, message] of wrong) {
    it(`refuses ${what}`, async () => expect(await refusalOf(message())).to.match(says));
  }

  it('lets nothing be signed that the bid could never take', async () => {
    const agreement = agreementOf({
      askId: 0n,
      bidId: 9n,
      nonce: bidNonce(9n, 0),
      units: 17,
      collateral: 17n * 100n * 5n,
    });
    await deskOf().requireAnswers(agreement);
    const dear = { ...agreement, pricePerUnitPeriod: 101n, collateral: 17n * 101n * 5n };
    const codeOf = async (other: StorageAgreement): Promise<string> =>
      deskOf()
        .requireAnswers(other)
        .then(
          () => 'fine',
          (error: unknown) => (isStowError(error) ? error.code : 'bug'),
        );
    expect(await codeOf(dear)).to.equal('sign-terms');
    expect(await codeOf({ ...agreement, units: 16 })).to.equal('sign-terms');
    bid = undefined;
    expect(await codeOf(agreement)).to.equal('reserve-bid-unknown');
  });

  it("refuses by the operator's rule, and counts what is promised to others", async () => {
    expect(await refusalOf(messageOf(), { accept: false })).to.match(/BidsOff/);
    signedCollateral = 20_000n - 90n * 17n * 5n + 1n;
    expect(await refusalOf(messageOf())).to.match(/NoStake/);
  });
});
