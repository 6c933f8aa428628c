import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { amendAsk } from '../../../../node/chain/actions/amend-ask.ts';
import { cancelAsks } from '../../../../node/chain/actions/cancel-asks.ts';
import { deposit } from '../../../../node/chain/actions/deposit.ts';
import { readAgreement } from '../../../../node/chain/actions/read-agreement.ts';
import { readAsk } from '../../../../node/chain/actions/read-ask.ts';
import type { ChainView } from '../../../../node/chain/client.ts';
import type { TxSender } from '../../../../node/chain/tx-sender.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import type { AgreementId } from '../../../../node/market/messages.ts';
import { readAgreementLog } from '../../../../node/provider/agreement-log.ts';
import { AgreementMirror } from '../../../../node/provider/agreement-mirror.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';
import { readCeiling } from '../../../../node/provider/retrieval/read-ceiling.ts';
import { handOver } from '../../chain/hand-over.ts';
import { connect, draft, enrol, form, senderOf, type TestProvider, TOKEN } from '../../chain/market-fixture.ts';
import { startChain, type TestChain } from '../../support/chain.ts';
import { rejection } from '../../support/rejection.ts';
import { FakeChainClock, instantClock } from '../fakes.ts';

const PRICE = 7n * 10n ** 12n;

describe('the ceiling of reads under an agreement, on a real chain', () => {
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  let folder: string;
  let ledger: Ledger;

  before(async () => {
    chain = await startChain({ periodBlocks: 5_000 });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    await deposit(client, { amount: 100n * TOKEN });
    provider = await enrol(view, chain.accounts[2]!, { retrievalPricePerMiB: PRICE });
    folder = mkdtempSync(join(tmpdir(), 'stow-ceilings-'));
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
  });
  after(async () => {
    ledger?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
    await chain?.stop();
  });

  async function ceilingsOf(owner: number, through = view): Promise<Map<AgreementId, bigint | undefined>> {
    const range = { from: 0n, to: await view.client.getBlockNumber() };
    const { formed } = await readAgreementLog(view, { provider: owner, operatorAccount: 0 }, range);
    return new Map(await Promise.all(formed.map(async (one) => [one.id, await readCeiling(through, one)] as const)));
  }

  /** Like one that keeps no old state: it refuses to say how anything stood at a block. */
  function forgetful(): ChainView {
    const forgetting = Object.create(view.client) as ChainView['client'];
    forgetting.readContract = (async (call: { blockNumber?: bigint }) => {
      if (call.blockNumber !== undefined) throw new Error('missing trie node');
      return view.client.readContract(call as never);
    }) as never;
    return { ...view, client: forgetting };
  }

  it('is what its ask said when it was formed, whatever became of the ask and however little the endpoint remembers', async () => {
    const first = await form(client, provider, await draft(client, provider));
    await amendAsk(provider.sender, {
      askId: provider.askId,
      ask: { ...provider.ask, retrievalPricePerMiB: 3n * PRICE },
    });
    const second = await form(client, provider, await draft(client, provider));
    await cancelAsks(provider.sender, { provider: provider.id, askIds: [provider.askId] });
    await chain.mine(2_500);
    await rejection(readAsk(forgetful(), provider.askId, { block: 1n }));
    const expected = new Map([
      [first, PRICE],
      [second, 3n * PRICE],
    ]);
    expect(await ceilingsOf(provider.id)).to.deep.equal(expected);
    expect(await ceilingsOf(provider.id, forgetful())).to.deep.equal(expected);
  });

  it('goes along with an agreement that is taken over, twice', async () => {
    const [next, last] = [await enrol(view, chain.accounts[3]!), await enrol(view, chain.accounts[4]!)];
    const origin = await enrol(view, chain.accounts[5]!, { retrievalPricePerMiB: 2n * PRICE });
    const agreement = await draft(client, origin, { periods: 20 });
    const id = await form(client, origin, agreement);
    const { objectKey } = agreement;
    await handOver(origin, { id, objectKey }, next);
    const [taken] = (await ceilingsOf(next.id)).keys();
    await handOver(next, { id: taken!, objectKey }, last);
    expect([...(await ceilingsOf(last.id)).values()]).to.deep.equal([2n * PRICE]);
    expect([...(await ceilingsOf(last.id, forgetful())).values()]).to.deep.equal([2n * PRICE]);

    // The mirror of the last asks once, though it reads its newest blocks again and again.
    let asked = 0;
    const chainClock = new FakeChainClock(Number(await view.client.getBlockNumber()));
    const owner = { provider: last.id, operatorAccount: 0 };
    const mirror = new AgreementMirror(
      {
        chain: {
          agreementLog: (from, to) => readAgreementLog(view, owner, { from, to }),
          agreement: (of) => readAgreement(view, of),
          readCeiling: (formed) => {
            asked += 1;
            if (asked === 1) throw new Error('no answer');
            return readCeiling(view, formed);
          },
        },
        chainClock,
        ledger,
        clock: instantClock,
        onFormed: () => undefined,
        logger: silentLogger,
      },
      { firstBlock: 0n },
    );
    // What could not be read is not guessed: nothing of the range is kept.
    await mirror.sync().then(
      () => expect.fail('it went on'),
      (error: unknown) => expect(error).to.have.property('message', 'no answer'),
    );
    expect(ledger.holdings.all()).to.deep.equal([]);
    await mirror.sync();
    await mirror.sync();
    expect(asked).to.equal(2);
    expect(ledger.readCeilings.ofRoot(agreement.shardRoot, 0)).to.equal(2n * PRICE);
  });
});
