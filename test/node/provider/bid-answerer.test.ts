import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import { bidNonce } from '../../../node/market/bid-compatibility.ts';
import { Rest, type Bid, type BidTerms, type StorageAgreement } from '../../../node/market/messages.ts';
import { BidAnswerer } from '../../../node/provider/bid-answerer.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { BID_RECHECK_BLOCKS } from '../../../node/provider/limits.ts';
import { client, openReservation, requestOf, ROOT } from '../agreements/samples.ts';
import { FakeChainClock, settle } from './fakes.ts';

const BID = 9n;
/** What the provider wants; `FakeChainClock` starts at 1,000,010 and goes a second a block. */
const WANTED = 100n;
const START_S = 1_000_010;

describe('BidAnswerer', () => {
  let ledger: Ledger;
  let chainClock: FakeChainClock;
  let answerer: BidAnswerer;
  let bid: Bid | undefined;
  let lockable: bigint;
  let nonceUsed: boolean;
  let refuse: boolean;
  let reads: number;
  let answered: StorageAgreement[];
  let proofs: unknown[];
  const { id } = openReservation();
  const proof = [`0x${'01'.repeat(32)}`] as const;

  function bidOf(over: Partial<BidTerms> = {}): Bid {
    const { objectKey, units, periods } = requestOf();
    return {
      client: client.address,
      postedAt: START_S,
      shardsLeft: 3,
      terms: {
        objectKey,
        shardsRoot: ROOT,
        units,
        periods,
        shards: 3,
        rest: Rest.stand,
        region: 0,
        minScoreBps: 0,
        collateralPeriods: 5,
        expiry: START_S + 1_000,
        climbSeconds: 10,
        startPrice: 50n,
        ceiling: 150n,
        ...over,
      },
    };
  }

  beforeEach(() => {
    ledger = new Ledger(':memory:');
    chainClock = new FakeChainClock();
    [bid, lockable, nonceUsed, refuse, reads, answered, proofs] = [bidOf(), 10n ** 9n, false, false, 0, [], []];
    const request = requestOf({ askId: 0n, bidId: BID });
    const shard = { root: ROOT, proof, bidExpiry: START_S + 1_000 };
    ledger.reservations.insert(openReservation({ request, bid: shard, pricePerUnitPeriod: WANTED }));
    ledger.reservations.markStored(id, { root: ROOT, units: request.units, expiresAt: START_S + 1_000 });
    answerer = new BidAnswerer({
      chain: {
        bid: async () => {
          reads += 1;
          return bid;
        },
        isNonceUsed: async () => nonceUsed,
        lockable: async () => lockable,
        answerBid: async (_bidId, answer) => {
          // The promise is on disk before the signature is out.
          expect(ledger.reservations.find(id)?.state).to.equal('signed');
          answered.push(answer.agreement);
          proofs.push(answer.proof);
          if (refuse) throw new Error('refused');
        },
      },
      chainClock,
      book: ledger.reservations,
      signAgreement: async () => `0x${'11'.repeat(65)}`,
      logger: silentLogger,
    });
  });
  afterEach(async () => {
    await answerer.stop();
    ledger.close();
  });

  async function run(blocks: number): Promise<void> {
    answerer.start();
    await settle();
    await chainClock.mineTo(Number(chainClock.head.block) + blocks);
  }

  it('waits until the price reaches what it wants, and takes it at once', async () => {
    await run(4);
    expect(answered).to.deep.equal([]);
    await chainClock.mineTo(15);
    expect(answered).to.have.lengthOf(1);
    const { units, periods } = requestOf();
    expect(answered[0]).to.deep.include({
      pricePerUnitPeriod: WANTED,
      collateral: WANTED * BigInt(units) * 5n,
      units,
      periods,
      bidId: BID,
      askId: 0n,
      nonce: bidNonce(BID, 0),
      shardRoot: ROOT,
    });
    expect(proofs).to.deep.equal([[...proof]]);
  });

  it('leaves bids whose shards go together to their client', async () => {
    for (const rest of [Rest.allOrNone, Rest.refund]) {
      bid = bidOf({ rest });
      await run(12);
    }
    expect(answered).to.deep.equal([]);
  });

  it('tries again after a refusal, at the price of that moment, less and less often', async () => {
    refuse = true;
    await run(15);
    expect(answered.map(({ pricePerUnitPeriod }) => pricePerUnitPeriod)).to.deep.equal([100n, 110n, 130n, 150n]);
    expect(new Set(answered.map(({ nonce }) => nonce)).size, 'at most one can be formed').to.equal(1);
  });

  it('gives up the shard of a bid that is over, once it looks again', async () => {
    bid = bidOf({ ceiling: 60n });
    await run(1);
    bid = undefined;
    await chainClock.mineTo(12 + Number(BID_RECHECK_BLOCKS));
    expect(ledger.reservations.find(id)).to.equal(undefined);
  });

  it('gives up a shard that somebody else took', async () => {
    nonceUsed = true;
    await run(6);
    expect(ledger.reservations.find(id)).to.equal(undefined);
    expect(answered).to.deep.equal([]);
  });

  it('answers nothing that its free stake does not cover', async () => {
    lockable = 100n;
    await run(12);
    expect(answered).to.deep.equal([]);
  });

  it('answers nothing after the end', async () => {
    bid = bidOf({ expiry: START_S + 5 });
    await run(12);
    expect(answered).to.deep.equal([]);
  });

  it('reads a bid once for many blocks', async () => {
    bid = bidOf({ startPrice: 50n, ceiling: 60n });
    await run(Number(BID_RECHECK_BLOCKS) * 2);
    expect(reads).to.be.within(2, 3);
  });
});
