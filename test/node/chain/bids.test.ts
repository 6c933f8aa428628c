import { randomInt } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';
import { encodeFunctionData } from 'viem';

import { orderBookAbi } from '../../../node/chain/abi/order-book.ts';
import { answerBid } from '../../../node/chain/actions/answer-bid.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { cancelBid, closeBid } from '../../../node/chain/actions/end-bid.ts';
import { postBid } from '../../../node/chain/actions/post-bid.ts';
import { readAvailable } from '../../../node/chain/actions/read-available.ts';
import { readBid } from '../../../node/chain/actions/read-bid.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { readContract } from '../../../node/chain/contract-call.ts';
import { errorCodeOf, toChainError } from '../../../node/chain/errors.ts';
import { LogWatcher } from '../../../node/chain/log-watcher.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { signAgreement } from '../../../node/chain/typed-data.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { bidNonce, failedAnswerRules } from '../../../node/market/bid-compatibility.ts';
import { bidPrice } from '../../../node/market/bid-price.ts';
import type { BidTerms, StorageAgreement } from '../../../node/market/messages.ts';
import { ShardTree } from '../../../node/market/shard-tree.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { codeOf } from '../support/rejection.ts';
import { testIndex } from './index/test-index.ts';
import { connect, draft, enrol, sampleBid, senderOf, TOKEN, type TestProvider } from './market-fixture.ts';

const SHARDS = Array.from({ length: 3 }, (_, shardIndex) => ({
  shardIndex,
  shardRoot: `0x${String(shardIndex + 1).repeat(64)}` as const,
}));
const TREE = new ShardTree(SHARDS);
/** Random bids, and moments at which each is asked for its price on both sides. */
const BIDS = 30;
const MOMENTS = 30;

describe('bids on chain and off', function () {
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  const index = testIndex();
  let watcher: LogWatcher;

  before(async () => {
    chain = await startChain();
    view = await connect(chain);
    provider = await enrol(view, chain.accounts[2]!);
    client = senderOf(view, chain.accounts[1]!);
    await deposit(client, { amount: 500_000n * TOKEN });
    watcher = new LogWatcher({ view, sink: index, logger: silentLogger, clock: systemClock });
  });
  after(async () => chain?.stop());

  async function termsOf(over: Partial<BidTerms> = {}): Promise<BidTerms> {
    const { seconds } = await readChainTime(view);
    return sampleBid(seconds, {
      objectKey: `0x${randomInt(2 ** 47)
        .toString(16)
        .padStart(64, '0')}`,
      shardsRoot: TREE.root,
      ...over,
    });
  }

  it('price alike, second by second', async () => {
    const posted: bigint[] = [];
    for (let count = 0; count < BIDS; count += 1) {
      const startPrice = 10n ** 11n + BigInt(randomInt(10 ** 9));
      const ceiling = startPrice + BigInt(randomInt(2) * randomInt(10 ** 12));
      const terms = await termsOf({ climbSeconds: randomInt(3) * randomInt(4_000), startPrice, ceiling });
      posted.push((await postBid(client, { terms })).bidId);
    }
    const bids = await Promise.all(posted.map(async (bidId) => ({ bidId, bid: await readBid(view, bidId) })));
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      await chain.rpc('evm_increaseTime', 1 + randomInt(300));
      await chain.mine(1);
      const { seconds, block: blockNumber } = await readChainTime(view);
      for (const { bidId, bid } of bids) {
        const onChain = await readContract(view, 'read a price', {
          address: view.deployment.contracts.orderBook,
          abi: orderBookAbi,
          functionName: 'bidPrice',
          args: [bidId],
          blockNumber,
        });
        expect(bidPrice(bid!, seconds), `bid ${bidId} at ${seconds}`).to.equal(onChain);
      }
    }
  });

  it('judge answers alike, at every boundary', async () => {
    const terms = await termsOf({
      units: 3,
      periods: 3,
      collateralPeriods: 3,
      startPrice: 3n * 10n ** 12n,
      ceiling: 3n * 10n ** 12n,
    });
    const { bidId } = await postBid(client, { terms });
    const bid = (await readBid(view, bidId))!;
    const near = fc.integer({ min: 2, max: 4 });
    const rarely = fc.integer({ min: 0, max: 9 }).map((value) => value === 0);
    const answers = fc.record({
      units: fc.oneof({ weight: 5, arbitrary: fc.constant(3) }, near),
      periods: fc.oneof({ weight: 5, arbitrary: fc.constant(3) }, near),
      price: near,
      collateralPeriods: near,
      otherClient: rarely,
      otherBid: rarely,
      ask: rarely,
      otherObject: rarely,
      otherNonce: rarely,
      short: rarely,
    });
    const seen = new Set<string>();
    const base = await draft(client, provider, {});
    await fc.assert(
      fc.asyncProperty(answers, async (wild) => {
        const pricePerUnitPeriod = BigInt(wild.price) * 10n ** 12n;
        const agreement: StorageAgreement = {
          ...base,
          client: wild.otherClient ? provider.sender.address : client.address,
          objectKey: wild.otherObject ? `0x${'ef'.repeat(32)}` : terms.objectKey,
          shardIndex: 1,
          shardRoot: SHARDS[1]!.shardRoot,
          units: wild.units,
          periods: wild.periods,
          pricePerUnitPeriod,
          collateral: BigInt(wild.units * wild.collateralPeriods) * pricePerUnitPeriod - (wild.short ? 1n : 0n),
          askId: wild.ask ? provider.askId : 0n,
          bidId: wild.otherBid ? bidId + 1n : bidId,
          nonce: bidNonce(bidId, wild.otherNonce ? 2 : 1),
        };
        const [first] = failedAnswerRules(bid, bidId, bidPrice(bid, (await readChainTime(view)).seconds), agreement);
        const verdict = await verdictOnChain(bidId, agreement);
        const isOfRule = /answer-differs|price-above-bid|collateral-below-bid/.test(verdict);
        expect(isOfRule ? verdict : 'fits', JSON.stringify(wild)).to.equal(
          first === undefined
            ? 'fits'
            : `${errorCodeOf(`OrderBook_${first.rule}`)}${first.field === undefined ? '' : ` ${first.field}`}`,
        );
        seen.add(first?.field ?? first?.rule ?? 'fits');
      }),
      { numRuns: 600, seed: 1 },
    );
    const rules = ['client', 'bidId', 'askId', 'objectKey', 'units', 'periods', 'nonce'];
    expect([...seen].toSorted()).to.deep.equal([...rules, 'PriceAboveBid', 'CollateralBelowBid', 'fits'].toSorted());
  });

  /** Code of the error that answering ends in, with the field where it names one; `fits` when it would be formed. */
  async function verdictOnChain(bidId: bigint, agreement: StorageAgreement): Promise<string> {
    const proof = TREE.proofOf(SHARDS[1]!);
    const data = encodeFunctionData({
      abi: orderBookAbi,
      functionName: 'answerBid',
      args: [bidId, [agreement], [`0x${'00'.repeat(65)}`], [proof]],
    });
    try {
      await view.client.call({ account: client.address, to: view.deployment.contracts.orderBook, data });
      return 'fits';
    } catch (error) {
      const { code, message } = toChainError(error, 'answer');
      const field = /the answer's (\w+) is not/.exec(message)?.[1];
      return field === undefined ? code : `${code} ${field}`;
    }
  }

  it('are in the index while they stand, and their money comes back to the wei', async () => {
    const before = await readAvailable(view, client.address);
    const terms = await termsOf();
    const { bidId, reserved } = await postBid(client, { terms });
    await watcher.syncOnce();
    const row = (await index.bidsPage(0n, 1_000)).find((bid) => bid.bidId === bidId);
    expect(row).to.deep.include({ client: client.address, reserved, shardsLeft: 3, terms });
    expect(await readAvailable(view, client.address)).to.equal(before - 3n * reserved);

    const [shard] = SHARDS;
    const agreement = await draft(client, provider, {
      objectKey: terms.objectKey,
      shardIndex: 0,
      shardRoot: shard!.shardRoot,
      units: terms.units,
      periods: terms.periods,
      collateral: terms.ceiling * BigInt(terms.units * terms.collateralPeriods),
      askId: 0n,
      bidId,
      nonce: bidNonce(bidId, 0),
    });
    const signature = await signAgreement(provider.nodeKey, view.deployment, agreement);
    const answer = { agreement, signature, proof: TREE.proofOf(shard!) };
    const { ids } = await answerBid(provider.sender, { bidId, answers: [answer] });
    expect(ids).to.have.lengthOf(1);
    await watcher.syncOnce();
    expect((await index.bidsPage(0n, 1_000)).find((bid) => bid.bidId === bidId)?.shardsLeft).to.equal(2);
    expect(await codeOf(answerBid(provider.sender, { bidId, answers: [answer] }))).to.equal('agreements-nonce-used');

    expect(await codeOf(closeBid(provider.sender, { bidId }))).to.equal('order-book-bid-not-expired');
    expect(await codeOf(cancelBid(provider.sender, { bidId }))).to.equal('order-book-not-bidder');
    expect((await cancelBid(client, { bidId })).refunded).to.equal(2n * reserved);
    await watcher.syncOnce();
    expect((await index.bidsPage(0n, 1_000)).some((bid) => bid.bidId === bidId)).to.equal(false);
    expect(await readBid(view, bidId)).to.equal(undefined);
    expect(await readAvailable(view, client.address)).to.equal(before - reserved);
  });

  it('are closed by anybody once they have expired', async () => {
    const before = await readAvailable(view, client.address);
    const { seconds } = await readChainTime(view);
    const { bidId, reserved } = await postBid(client, { terms: await termsOf({ expiry: seconds + 100 }) });
    await chain.rpc('evm_increaseTime', 200);
    await chain.mine(1);
    expect((await closeBid(provider.sender, { bidId })).refunded).to.equal(3n * reserved);
    expect(await readAvailable(view, client.address)).to.equal(before);
  });
});
