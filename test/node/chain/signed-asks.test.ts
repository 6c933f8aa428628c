import { expect } from 'chai';

import { orderBookAbi } from '../../../node/chain/abi/order-book.ts';
import { bringAsk } from '../../../node/chain/actions/bring-ask.ts';
import { readAsk } from '../../../node/chain/actions/read-ask.ts';
import { readSeries } from '../../../node/chain/actions/read-series.ts';
import { readSigner } from '../../../node/chain/actions/read-signer.ts';
import { startSeries } from '../../../node/chain/actions/start-series.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { readContract } from '../../../node/chain/contract-call.ts';
import { LogWatcher } from '../../../node/chain/log-watcher.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { signAsk, signedAskId } from '../../../node/chain/typed-data.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { SignedAsk, SignedOffer } from '../../../node/market/messages.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { codeOf } from '../support/rejection.ts';
import { testIndex } from './index/test-index.ts';
import { connect, draft, enrol, form, senderOf, type TestProvider, TOKEN } from './market-fixture.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';

describe('signed asks on chain', function () {
  this.timeout(300_000);
  let chain: TestChain;
  let view: ChainView;
  let provider: TestProvider;
  let client: TxSender;
  let nonce = 0n;

  before(async () => {
    chain = await startChain();
    view = await connect(chain);
    provider = await enrol(view, chain.accounts[2]!);
    client = senderOf(view, chain.accounts[1]!);
    await deposit(client, { amount: 100n * TOKEN });
  });
  after(async () => chain?.stop());

  async function offerOf(over: Partial<SignedAsk> = {}, market = view.deployment): Promise<SignedOffer> {
    nonce += 1n;
    const series = await readSeries(view, provider.id);
    const signed = { ask: provider.ask, nonce, series, ...over };
    return { signed, signature: await signAsk(provider.nodeKey, market, signed) };
  }

  it('have the id that the book gives them, and are filled like posted ones by whoever brings them', async () => {
    const offer = await offerOf();
    const [, askId] = await readContract(view, 'read an id', {
      address: view.deployment.contracts.orderBook,
      abi: orderBookAbi,
      functionName: 'signedAsk',
      args: [offer.signed],
    });
    expect(signedAskId(offer.signed)).to.equal(askId);
    await bringAsk(client, offer);
    expect(await readAsk(view, askId)).to.deep.equal(offer.signed.ask);
    const index = testIndex();
    await new LogWatcher({ view, sink: index, logger: silentLogger, clock: systemClock }).syncOnce();
    expect((await index.asks([askId])).get(askId)?.ask).to.deep.equal(offer.signed.ask);
    await form(client, provider, await draft(client, provider, { askId }));
    expect((await readAsk(view, askId)).unitsLeft).to.equal(offer.signed.ask.unitsLeft - 1);
    expect(await codeOf(bringAsk(client, offer)), 'replayed').to.equal('order-book-ask-known');
  });

  it('are refused when another chain, a stranger or an old series is behind them', async () => {
    const elsewhere = await offerOf({}, { ...view.deployment, chainId: 1 });
    expect(await codeOf(bringAsk(client, elsewhere))).to.equal('order-book-bad-ask-signature');
    const { signed } = await offerOf();
    const forged = { signed, signature: await signAsk(client.account, view.deployment, signed) };
    expect(await codeOf(bringAsk(client, forged))).to.equal('order-book-bad-ask-signature');
    const expired = await offerOf({ ask: { ...provider.ask, expiry: 1 } });
    expect(await codeOf(bringAsk(client, expired))).to.equal('order-book-invalid-ask');
    const before = await offerOf();
    expect((await startSeries(provider.sender, { provider: provider.id })).series).to.equal(1);
    expect(await codeOf(bringAsk(client, before))).to.equal('order-book-series-over');
    await bringAsk(client, await offerOf());
    expect(await codeOf(startSeries(client, { provider: provider.id }))).to.equal('order-book-not-authorized');
  });

  it('name their signer, and nobody for a number that is not taken', async () => {
    expect(await readSigner(view, provider.id)).to.equal(provider.nodeKey.address);
    expect(await readSigner(view, 99)).to.equal(undefined);
  });
});
