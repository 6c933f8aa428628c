import { expect } from 'chai';
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';

import { ASKS_PROTOCOL, MAX_ANSWER_BYTES } from '../../../../node/agreements/signed-ask-messages.ts';
import type { ChainView } from '../../../../node/chain/client.ts';
import type { ProviderRow } from '../../../../node/chain/market-index.ts';
import { signAsk, signedAskId } from '../../../../node/chain/typed-data.ts';
import { SignedAskCollector } from '../../../../node/client/session/signed-ask-collector.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import type { SignedAsk, SignedOffer } from '../../../../node/market/messages.ts';
import { nodeIdentity } from '../../../../node/network/identity.ts';
import type { Rpc } from '../../../../node/network/rpc.ts';
import { newNodeKey } from '../../network/hosts.ts';
import { fakeChainView } from '../support/fake-chain.ts';
import { fakeAsk, fakeProvider, NOW_S } from '../support/fake-market.ts';

const SERIES = 2;

describe('SignedAskCollector', () => {
  let keys: PrivateKeyAccount[];
  let view: ChainView;
  const peerIds = [1, 2, 3].map(() => nodeIdentity(newNodeKey()).peerId.toString());
  /** What each peer that is asked answers, in turn. */
  let answers: (SignedOffer[] | Error)[];
  let asked: { protocol: string; maxResponseBytes: number }[];

  beforeEach(() => {
    keys = [1, 2, 3].map(() => privateKeyToAccount(generatePrivateKey()));
    const fake = fakeChainView();
    // Only series are read from a contract.
    const readContract = async (): Promise<number> => SERIES;
    view = { ...fake, client: { ...fake.client, readContract } as unknown as ChainView['client'] };
    [answers, asked] = [[], []];
  });

  function collector(registered = keys.length): SignedAskCollector {
    const rows = keys
      .slice(0, registered)
      .map(({ address }, at) => ({ id: at + 1, nodeAddress: address }) as ProviderRow);
    let turn = 0;
    const call = async (
      _target: unknown,
      protocol: string,
      _request: unknown,
      options: { maxResponseBytes: number },
    ) => {
      asked.push({ protocol, maxResponseBytes: options.maxResponseBytes });
      const answer = answers[turn++ % Math.max(1, answers.length)] ?? [];
      if (answer instanceof Error) throw answer;
      return { offers: answer };
    };
    return new SignedAskCollector({
      chain: view,
      index: {
        providerCount: async () => rows.length,
        providers: async () => new Map(rows.map((row) => [row.id, row])),
      },
      providersOf: async (ids) =>
        new Map(
          ids.map((id) => [id, fakeProvider(id, { addresses: ['/ip4/127.0.0.1/tcp/1'], peerId: peerIds[id - 1]! })]),
        ),
      network: async () => ({
        rpc: { call } as unknown as Rpc,
        dht: { findProviders: async () => [] } as never,
      }),
      logger: silentLogger,
    });
  }

  async function offerOf(
    provider: number,
    over: Partial<SignedAsk> = {},
    by?: PrivateKeyAccount,
  ): Promise<SignedOffer> {
    const signed = { ask: fakeAsk(provider), nonce: 1n, series: SERIES, ...over };
    return { signed, signature: await signAsk(by ?? keys[provider - 1]!, view.deployment, signed) };
  }

  it('brings together what several peers know, each ask once', async () => {
    const [one, two, three] = await Promise.all([offerOf(1), offerOf(2), offerOf(3)]);
    answers = [[one, two], [two, three], []];
    const asks = await collector().collect({});
    expect(asks.map(({ ask }) => ask.provider)).to.have.members([1, 2, 3]);
    expect(asks.map(({ askId }) => askId)).to.have.members([one, two, three].map(({ signed }) => signedAskId(signed)));
    expect(asked.every(({ protocol }) => protocol === ASKS_PROTOCOL)).to.equal(true);
    expect(asked.every(({ maxResponseBytes }) => maxResponseBytes === MAX_ANSWER_BYTES)).to.equal(true);
  });

  it('believes none of them: what is forged, expired, voided, for another chain or of nobody is left out', async () => {
    const elsewhere = { ...view.deployment, chainId: 1 };
    const signed = { ask: fakeAsk(1), nonce: 9n, series: SERIES };
    const good = await offerOf(1);
    answers = [
      [
        await offerOf(2, {}, keys[0]),
        { ...(await offerOf(3)), signed: (await offerOf(3, { nonce: 8n })).signed },
        { signed, signature: await signAsk(keys[0]!, elsewhere, signed) },
        await offerOf(1, { ask: fakeAsk(1, { expiry: NOW_S }), nonce: 5n }),
        await offerOf(1, { series: SERIES - 1, nonce: 6n }),
        await offerOf(1, { ask: fakeAsk(1, { pricePerUnitPeriod: 0n }), nonce: 7n }),
        await offerOf(9, {}, keys[0]),
        good,
      ],
    ];
    const asks = await collector().collect({});
    expect(asks).to.deep.equal([{ askId: signedAskId(good.signed), ask: good.signed.ask, offer: good }]);
  });

  it('takes the newest of a provider, whatever is replayed', async () => {
    const [old, recent] = [await offerOf(1, { nonce: 1n }), await offerOf(1, { nonce: 2n })];
    answers = [[recent, old], [old], [old]];
    expect((await collector().collect({})).map(({ askId }) => askId)).to.deep.equal([signedAskId(recent.signed)]);
  });

  it('goes on without peers that do not answer, and without any', async () => {
    const down = new StowError({ code: 'rpc-unreachable', message: 'down', retryable: true });
    answers = [down, [await offerOf(2)], down];
    expect((await collector().collect({})).map(({ ask }) => ask.provider)).to.deep.equal([2]);
    answers = [down];
    expect(await collector().collect({})).to.deep.equal([]);
    expect(await collector(0).collect({})).to.deep.equal([]);
  });

  it('asks once in a session', async () => {
    answers = [[await offerOf(1)]];
    const source = collector();
    const [first, second] = [await source.collect({}), await source.collect({})];
    expect(second).to.equal(first);
    expect(asked).to.have.lengthOf(3);
  });
});
