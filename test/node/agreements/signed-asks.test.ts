import { expect } from 'chai';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { SignedAskJudge } from '../../../node/agreements/signed-ask-judge.ts';
import { decodeGossip, encodeGossip, MAX_OFFER_BYTES } from '../../../node/agreements/signed-ask-messages.ts';
import {
  MAX_POOLED,
  MAX_POOLED_PER_PROVIDER,
  NEW_ASK_GAP_S,
  RENEW_GAP_S,
  SignedAskPool,
} from '../../../node/agreements/signed-ask-pool.ts';
import { signAsk, signedAskId, verifySignedAsk } from '../../../node/chain/typed-data.ts';
import type { Deployment } from '../../../node/chain/deployment.ts';
import type { Address, Ask, SignedAsk, SignedOffer } from '../../../node/market/messages.ts';
import { fakeChainView } from '../client/support/fake-chain.ts';
import { askOf, NOW_S } from './samples.ts';

const SERIES = 4;
const { deployment } = fakeChainView();
const nodeKey = privateKeyToAccount(generatePrivateKey());
const stranger = privateKeyToAccount(generatePrivateKey());

async function offerOf(
  over: Partial<SignedAsk> = {},
  by = nodeKey,
  market: Deployment = deployment,
): Promise<SignedOffer> {
  const signed = { ask: askOf(), nonce: 1n, series: SERIES, ...over };
  return { signed, signature: await signAsk(by, market, signed) };
}

describe('the judge of signed asks', () => {
  let reads: number;
  let registered: Address | undefined;
  let series: number;
  let time: number;
  let judge: SignedAskJudge;

  beforeEach(() => {
    [reads, registered, series, time] = [0, nodeKey.address, SERIES, NOW_S];
    judge = new SignedAskJudge({
      chain: {
        nowS: () => time,
        signerOf: async () => {
          reads += 1;
          return registered;
        },
        seriesOf: async () => series,
      },
      verify: (offer, signer) => verifySignedAsk(deployment, offer, signer),
      idOf: signedAskId,
    });
  });

  const verdictOf = async (offer: SignedOffer): Promise<string> => (await judge.judge(offer)).verdict;

  it('takes one that its provider signed for this market', async () => {
    const offer = await offerOf();
    expect(await judge.judge(offer)).to.deep.equal({ verdict: 'good', askId: signedAskId(offer.signed) });
    expect(signedAskId(offer.signed) >= 2n ** 63n).to.equal(true);
  });

  const forged: [string, () => Promise<SignedOffer>][] = [
    ['signed by a stranger', async () => offerOf({}, stranger)],
    [
      'changed after it was signed',
      async () => {
        const { signed, signature } = await offerOf();
        return { signed: { ...signed, ask: { ...signed.ask, pricePerUnitPeriod: 1n } }, signature };
      },
    ],
    ['signed for another chain', async () => offerOf({}, nodeKey, { ...deployment, chainId: 1 })],
    [
      'signed for another order book',
      async () => {
        const contracts = { ...deployment.contracts, orderBook: deployment.contracts.token };
        return offerOf({}, nodeKey, { ...deployment, contracts });
      },
    ],
    ['whose signature is malleable', async () => ({ ...(await offerOf()), signature: `0x${'ff'.repeat(64)}1b` })],
    ...(
      [
        ['that costs nothing', { pricePerUnitPeriod: 0n }],
        ['that offers nothing', { unitsLeft: 0 }],
        ['without collateral', { collateralPeriods: 0 }],
        ['whose sizes contradict each other', { minUnits: 9, maxUnits: 8 }],
        ['whose terms contradict each other', { minPeriods: 9, maxPeriods: 8 }],
        ['that is fixed and has a ceiling', { ceiling: 1n }],
        ['that is pegged far below the index', { premiumBps: 4_999, ceiling: 200n }],
        ['that is pegged with its ceiling below its floor', { premiumBps: 10_000, ceiling: 99n }],
      ] satisfies [string, Partial<Ask>][]
    ).map(([what, terms]): [string, () => Promise<SignedOffer>] => [what, async () => offerOf({ ask: askOf(terms) })]),
  ];
  for (const [what, make] of forged) {
    it(`holds one against its sender ${what}`, async () => expect(await verdictOf(await make())).to.equal('forged'));
  }

  it('blames nobody for one that ran out, before it asks the chain or looks at the signature', async () => {
    expect(await verdictOf(await offerOf({ ask: askOf({ expiry: NOW_S }) }, stranger))).to.equal('stale');
    expect(reads).to.equal(0);
  });

  it('blames nobody for one of a series that is over, or of one that it has not seen begin', async () => {
    expect(await verdictOf(await offerOf({ series: SERIES - 1 }))).to.equal('stale');
    expect(await verdictOf(await offerOf({ series: SERIES + 1 }))).to.equal('stale');
  });

  it('blames nobody for one of a provider that it does not know', async () => {
    registered = undefined;
    expect(await verdictOf(await offerOf())).to.equal('stale');
  });

  it('reads a provider once a minute, and then notices a new series', async () => {
    const offer = await offerOf();
    for (let count = 0; count < 5; count += 1) expect(await verdictOf(offer)).to.equal('good');
    expect(reads).to.equal(1);
    series += 1;
    time += 60;
    expect(await verdictOf(offer)).to.equal('stale');
    expect(reads).to.equal(2);
  });
});

describe('the pool of signed asks', () => {
  const signature = `0x${'11'.repeat(65)}` as const;
  const offer = (provider: number, nonce: number, expiry = NOW_S + 86_400): SignedOffer => ({
    signed: { ask: askOf({ provider, expiry }), nonce: BigInt(nonce), series: 0 },
    signature,
  });
  const add = (pool: SignedAskPool, provider: number, nonce: number, time: number): string =>
    pool.add(BigInt(provider * 1_000_000 + nonce), offer(provider, nonce), time);

  it('passes an ask on once, and again only after a while', () => {
    const pool = new SignedAskPool();
    expect(add(pool, 1, 1, NOW_S)).to.equal('fresh');
    expect(add(pool, 1, 1, NOW_S + RENEW_GAP_S - 1)).to.equal('known');
    expect(add(pool, 1, 1, NOW_S + RENEW_GAP_S)).to.equal('renewed');
    expect(add(pool, 1, 1, NOW_S + RENEW_GAP_S + 1)).to.equal('known');
  });

  it('takes few asks of one provider, however many it signs', () => {
    const pool = new SignedAskPool();
    let taken = 0;
    for (let nonce = 1; nonce <= 1_000; nonce += 1) taken += add(pool, 1, nonce, NOW_S) === 'fresh' ? 1 : 0;
    expect(taken).to.equal(1);
    for (let nonce = 1_001; nonce <= 1_100; nonce += 1) add(pool, 1, nonce, NOW_S + nonce * NEW_ASK_GAP_S);
    expect(pool.size).to.equal(MAX_POOLED_PER_PROVIDER);
    expect(pool.newest(NOW_S).map(({ signed }) => signed.nonce)).to.deep.equal([1_100n]);
  });

  it('does not take an older one in place of a newer one', () => {
    const pool = new SignedAskPool();
    for (let count = 0; count < MAX_POOLED_PER_PROVIDER; count += 1) {
      add(pool, 1, 10 + count, NOW_S + count * NEW_ASK_GAP_S);
    }
    expect(add(pool, 1, 9, NOW_S + 1_000)).to.equal('old');
    expect(add(pool, 1, 20, NOW_S + 1_000)).to.equal('fresh');
  });

  it('is bounded in all, and makes room of what ran out', () => {
    const pool = new SignedAskPool();
    for (let provider = 1; provider <= MAX_POOLED; provider += 1) {
      pool.add(BigInt(provider), offer(provider, 1, NOW_S + (provider === 1 ? 5 : 1_000)), NOW_S);
    }
    expect(add(pool, MAX_POOLED + 1, 1, NOW_S)).to.equal('full');
    expect(add(pool, MAX_POOLED + 1, 1, NOW_S + 5)).to.equal('fresh');
    expect(pool.size).to.equal(MAX_POOLED);
  });

  it('names what has not run out', () => {
    const pool = new SignedAskPool();
    pool.add(1n, offer(1, 1, NOW_S + 5), NOW_S);
    pool.add(2n, offer(2, 1, NOW_S + 6), NOW_S);
    expect(pool.newest(NOW_S + 5).map(({ signed }) => signed.ask.provider)).to.deep.equal([2]);
  });
});

describe('a gossiped ask', () => {
  it('comes back as it was, and is small', async () => {
    const ask = askOf({
      provider: 2 ** 32 - 1,
      pricePerUnitPeriod: 2n ** 64n - 1n,
      minClientDeposit: 2n ** 96n - 1n,
      expiry: 2 ** 40 - 1,
    });
    const offer = await offerOf({ ask, nonce: 2n ** 64n - 1n, series: 2 ** 32 - 1 });
    const bytes = encodeGossip(offer, NOW_S);
    expect(bytes.byteLength).to.be.lessThan(MAX_OFFER_BYTES / 2 + 1);
    expect(decodeGossip(bytes)).to.deep.equal(offer);
  });

  it('is no message when it is cut, longer, or something else', async () => {
    const bytes = encodeGossip(await offerOf(), NOW_S);
    for (const wrong of [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), Buffer.from('hello')])
      expect(decodeGossip(wrong)).to.equal(undefined);
  });
});
