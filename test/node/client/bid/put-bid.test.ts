import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';

import type { BidAnswer } from '../../../../node/chain/actions/answer-bid.ts';
import type { BidChain, BidComponents, BidInit, BidWish, TakenShard } from '../../../../node/client/bid/bid-types.ts';
import { putBid } from '../../../../node/client/bid/put-bid.ts';
import { Catalogue } from '../../../../node/client/catalogue.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { UnfinishedPuts } from '../../../../node/client/put/unfinished/unfinished-puts.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { bidNonce, failedAnswerRules } from '../../../../node/market/bid-compatibility.ts';
import { bidPrice } from '../../../../node/market/bid-price.ts';
import { Rest, type Bid, type BidTerms } from '../../../../node/market/messages.ts';
import { isWanted } from '../../../../node/market/shard-tree.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeMarket, fakeProviders, NOW_S, TOKEN } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const MIB = 1_048_576;
const BID = 5n;
const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;

describe('put by a bid', () => {
  const folder = useTempFolder();
  const ownerKey = randomBytes(32);
  let providers: FakeProviders;
  let catalogue: Catalogue;
  /** Unix seconds of the chain; sleeping lets them pass. */
  let time: number;
  let bid: Bid | undefined;
  let terms: BidTerms;
  let answered: readonly BidAnswer[];
  let taken: TakenShard[];
  let cancelled: number;
  let onSleep: () => void;
  /** What providers want, by number. */
  let floors: Map<number, bigint>;

  beforeEach(() => {
    providers = new FakeProviders();
    catalogue = new Catalogue(':memory:', { chainId: 1, market: '0x1', client: CLIENT });
    [time, bid, answered, taken, cancelled] = [NOW_S, undefined, [], [], 0];
    onSleep = () => undefined;
    floors = new Map();
    const sign = providers.sign.bind(providers);
    providers.sign = async (provider, reservationId, agreement) => {
      if (agreement.pricePerUnitPeriod < (floors.get(provider.id) ?? 0n)) {
        throw new StowError({ code: 'sign-terms', message: 'too little' });
      }
      return sign(provider, reservationId, agreement);
    };
  });
  afterEach(() => catalogue.close());

  const chain: BidChain = {
    async post(posted) {
      terms = posted;
      bid = { terms, client: CLIENT, postedAt: time, shardsLeft: terms.shards };
      return { bidId: BID, reserved: 1_000n };
    },
    find: async () => undefined,
    bid: async () => bid,
    async answer(bidId, answers) {
      const price = bidPrice(bid!, time);
      for (const { agreement, proof } of answers) {
        expect(failedAnswerRules(bid!, bidId, price, agreement)).to.deep.equal([]);
        expect(isWanted(terms.shardsRoot, agreement, proof)).to.equal(true);
        expect(Number(agreement.deadline)).to.be.greaterThan(time);
      }
      answered = answers;
      taken = answers.map(({ agreement }) => ({ ...agreement, agreement: 1n }));
      bid = undefined;
    },
    async cancel() {
      cancelled += 1;
      bid = undefined;
    },
    taken: async () => taken,
  };

  function components(known: number): BidComponents {
    return {
      market: fakeMarket(fakeProviders(known), { time: async () => time }),
      control: providers,
      uploader: providers,
      chain,
      catalogue,
      unfinished: new UnfinishedPuts({
        folder: join(folder.path, 'puts'),
        scope: { chainId: 1, market: '0x1', client: CLIENT },
        clock: { nowMs: () => time * 1_000 },
      }),
      owner: { address: CLIENT, publicKey: ownerPublicKey(ownerKey), privateKey: ownerKey },
      clock: {
        nowMs: () => time * 1_000,
        monotonicMs: () => time * 1_000,
        sleep: async (ms) => {
          time += Math.ceil(ms / 1_000);
          onSleep();
        },
      },
      logger: silentLogger,
    };
  }

  async function run(wish: Partial<BidWish> = {}, over: Partial<BidInit> = {}, known = 8) {
    const path = join(folder.path, 'source');
    await writeFile(path, randomBytes(3 * MIB + 5));
    const source = await openSource(path, { stdin: Readable.from([]) });
    return putBid(components(known), source, {
      name: 'a/b',
      k: 2,
      n: 3,
      periods: 10,
      signal: new AbortController().signal,
      wish: {
        startPrice: 100n,
        ceiling: 1_000n,
        climbS: 900,
        standsS: 1_800,
        rest: Rest.allOrNone,
        minScoreBps: 0,
        region: 0,
        collateralPeriods: 5,
        ...wish,
      },
      ...over,
    });
  }

  it('offers to those with the lowest asks first, and pays each what it was asked at', async () => {
    floors = new Map([
      [1, 100n],
      [2, 400n],
      [3, 700n],
    ]);
    const result = await run();
    expect(result.outcome).to.equal('filled');
    expect(result.taken.map(({ provider }) => provider)).to.have.members([1, 2, 3]);
    const price = (provider: number): bigint =>
      answered.find(({ agreement }) => agreement.provider === provider)!.agreement.pricePerUnitPeriod;
    expect(price(1)).to.equal(100n);
    expect(price(2)).to.equal(400n);
    expect(price(3)).to.equal(700n);
    expect(new Set(answered.map(({ agreement }) => agreement.nonce))).to.deep.equal(
      new Set([0, 1, 2].map((shard) => bidNonce(BID, shard))),
    );
    expect(catalogue.get(result.objectKey)?.state).to.equal('stored');
  });

  it('asks for a signature anew when it ran out while others waited for more', async () => {
    floors = new Map([[3, 990n]]);
    const result = await run({ climbS: 3_600, standsS: 7_200 });
    expect(result.outcome).to.equal('filled');
    const signings = providers.signed.filter(({ provider }) => provider === 1);
    expect(signings.length).to.be.greaterThan(3);
    expect(new Set(signings.map(({ nonce }) => nonce)).size).to.equal(1);
  });

  for (const step of ['reserve', 'put', 'put-midway', 'put-root', 'sign'] as const) {
    it(`replaces a provider that fails at ${step}, with the same bytes`, async () => {
      providers.fail(2, step);
      const result = await run();
      expect(result.outcome).to.equal('filled');
      expect(result.taken.some(({ provider }) => provider === 2)).to.equal(false);
      expect(result.failures.map(({ provider }) => provider)).to.include(2);
    });
  }

  it('closes a bid that nobody took, and forgets the object', async () => {
    const result = await run({ standsS: 60, climbS: 30 }, {}, 2);
    expect([result.outcome, result.refunded, cancelled]).to.deep.equal(['untaken', 3_000n, 1]);
    expect(time - NOW_S).to.equal(60);
    expect(catalogue.list()).to.deep.equal([]);
    expect(providers.reserved.size, 'all room was given back').to.equal(0);
  });

  it('offers again to providers that come later', async () => {
    floors = new Map([[1, 10_000n]]);
    for (const id of [2, 3, 4]) providers.fail(id, 'reserve');
    let slept = 0;
    onSleep = () => {
      slept += 1;
      if (slept === 5) providers.faults.clear();
      if (slept === 5) floors.clear();
    };
    const result = await run({}, {}, 4);
    expect(result.outcome).to.equal('filled');
  });

  it('answers a bid whose rest is refunded shortly before its end, if that is enough to read it back', async () => {
    floors = new Map([[3, 10_000n]]);
    const result = await run({ rest: Rest.refund, standsS: 100, climbS: 0, startPrice: 1_000n }, {}, 3);
    expect(result.outcome).to.equal('partly');
    expect(result.refunded).to.equal(1_000n);
    expect(time - NOW_S).to.be.within(90, 99);
  });

  it('pays for nothing when fewer than needed would be taken', async () => {
    floors = new Map([1, 2, 3].map((id) => [id, id === 1 ? 0n : 10_000n]));
    const result = await run({ rest: Rest.refund, standsS: 100, climbS: 0, startPrice: 1_000n }, {}, 3);
    expect([result.outcome, answered.length, cancelled]).to.deep.equal(['untaken', 0, 1]);
  });

  it('gives the shard of a standing bid to another when its holder lets the ceiling pass', async () => {
    const holders: number[] = [];
    const reserve = providers.reserve.bind(providers);
    providers.reserve = async (provider, wish) => {
      if (wish.shardIndex === 0) holders.push(provider.id);
      return reserve(provider, wish);
    };
    onSleep = () => {
      if (time - NOW_S > 200 && bid !== undefined) {
        taken = [0, 1, 2].map((shardIndex) => ({ shardIndex, provider: 9, agreement: 1n, pricePerUnitPeriod: 1n }));
        bid = undefined;
      }
    };
    const result = await run({ rest: Rest.stand, climbS: 20 });
    expect(result.outcome).to.equal('filled');
    expect(holders.length).to.be.greaterThan(1);
    expect(result.failures.some(({ reason }) => /did not answer/.test(reason))).to.equal(true);
  });

  it('sends nothing that the account does not cover, or that is worth too little', async () => {
    await expectError(run({ ceiling: 10n ** 18n }), 'escrow-short');
    await expectError(run({}, { maxTotal: 1n }), 'quote-above-limit');
    const poor = components(8);
    const market = { ...poor.market, terms: { ...poor.market.terms, minValue: TOKEN } };
    const source = await openSource(join(folder.path, 'source'), { stdin: Readable.from([]) });
    const wish = {
      startPrice: 1n,
      ceiling: 2n,
      climbS: 1,
      standsS: 10,
      rest: Rest.stand,
      minScoreBps: 0,
      region: 0,
      collateralPeriods: 1,
    };
    const { signal } = new AbortController();
    const init = { name: 'a', k: 2, n: 3, periods: 1, wish, signal };
    const error = await expectError(putBid({ ...poor, market }, source, init), 'bid-too-small');
    expect(error.hint).to.contain('--ceiling');
    expect(bid).to.equal(undefined);
  });
});
