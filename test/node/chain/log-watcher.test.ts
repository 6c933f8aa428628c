import { expect } from 'chai';

import { deposit } from '../../../node/chain/actions/deposit.ts';
import { amendAsk } from '../../../node/chain/actions/amend-ask.ts';
import { readAgreement } from '../../../node/chain/actions/read-agreement.ts';
import { readStake } from '../../../node/chain/actions/read-stake.ts';
import { updateAddresses } from '../../../node/chain/actions/update-addresses.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import type { BlockMark, EventBatch } from '../../../node/chain/log-reader.ts';
import { type EventSink, LogWatcher } from '../../../node/chain/log-watcher.ts';
import type { MarketEvent } from '../../../node/chain/market-events.ts';
import type { SqliteMarketIndex } from '../../../node/chain/index/sqlite-market-index.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { rejection } from '../support/rejection.ts';
import { testIndex } from './index/test-index.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, form, senderOf } from './market-fixture.ts';

/** An index that keeps what it is told, and checks that it is told in order. */
class Recorder implements EventSink {
  readonly index = testIndex();
  readonly events: MarketEvent[] = [];
  next: bigint | undefined;
  rollbacks = 0;
  resets = 0;

  async marks(): Promise<readonly BlockMark[]> {
    return this.index.marks();
  }

  async apply(batch: EventBatch, floor: bigint): Promise<void> {
    await this.index.apply(batch, floor);
    if (this.next !== undefined) expect(batch.fromBlock).to.equal(this.next);
    this.next = batch.to.number + 1n;
    for (const event of batch.events) {
      const before = this.events.at(-1);
      if (before !== undefined) {
        const inOrder =
          before.place.block < event.place.block ||
          (before.place.block === event.place.block && before.place.logIndex < event.place.logIndex);
        expect(inOrder).to.equal(true);
      }
      this.events.push(event);
    }
  }

  async rollback(block: bigint): Promise<void> {
    await this.index.rollback(block);
    this.rollbacks += 1;
    while ((this.events.at(-1)?.place.block ?? 0n) > block) this.events.pop();
    this.next = block + 1n;
  }

  async reset(): Promise<void> {
    await this.index.reset();
    this.resets += 1;
    this.events.length = 0;
    this.next = undefined;
  }
}

describe('following the chain', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let proxy: FaultyProxy;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;

  before(async () => {
    chain = await startChain();
    proxy = await startFaultyProxy(chain.rpcUrl);
    view = await connect(chain, proxy.url);
    client = senderOf(view, chain.accounts[1]!);
    await deposit(client, { amount: 10n * TOKEN });
    provider = await enrol(view, chain.accounts[2]!);
  });
  after(async () => {
    await proxy?.stop();
    await chain?.stop();
  });
  afterEach(() => {
    proxy.decide = () => 'pass';
  });

  function follow(sink: EventSink): LogWatcher {
    return new LogWatcher({ view, sink, logger: silentLogger, clock: systemClock }, { pollMs: 10 });
  }

  /** What the index and the recorder hold after following from the start: the truth to compare with. */
  async function fresh(): Promise<Recorder> {
    const recorder = new Recorder();
    await follow(recorder).syncOnce();
    return recorder;
  }

  async function everything(index: SqliteMarketIndex): Promise<unknown[]> {
    return Promise.all([
      index.block(),
      index.providersPage(0, 10),
      index.asksOf([1]),
      index.agreementsOfClient(client.address),
      index.agreementsOfProvider(1),
    ]);
  }

  it('decodes events with their contract, name and values', async () => {
    const recorder = await fresh();
    const names = recorder.events.map(({ contract, name }) => `${contract}.${name}`);
    expect(names).to.include.members([
      'escrow.Deposited',
      'nodeRegistry.ProviderRegistered',
      'collateral.Staked',
      'orderBook.AskPosted',
    ]);
    const posted = recorder.events.find((event) => event.name === 'AskPosted');
    expect(posted?.args).to.deep.equal({ askId: provider.askId, provider: provider.id, ask: provider.ask });
  });

  it('follows new blocks as they come, and stops', async () => {
    const index = testIndex();
    const watcher = follow(index);
    watcher.start();
    const id = await form(client, provider, await draft(client, provider));
    await watcher.syncTo(await view.client.getBlockNumber());
    const row = await index.agreement(id);
    expect(row?.status).to.equal('active');
    expect(await index.holders(client.address, row!.objectKey)).to.have.length(1);
    await watcher.stop();
    const applied = await watcher.appliedBlock();
    await chain.mine(2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await watcher.appliedBlock()).to.equal(applied);
  });

  it('takes back what a reorganisation removed and reads what replaced it', async () => {
    const recorder = new Recorder();
    const { index } = recorder;
    const watcher = follow(recorder);
    await watcher.syncOnce();
    const common = await everything(index);
    const fork = await chain.rpc('evm_snapshot');
    await form(client, provider, await draft(client, provider));
    await watcher.syncOnce();
    await updateAddresses(provider.sender, { provider: provider.id, addresses: ['/ip4/10.0.0.1/tcp/1'] });
    await amendAsk(provider.sender, { askId: provider.askId, ask: { ...provider.ask, unitsLeft: 5 } });
    await watcher.syncOnce();
    expect(await everything(index)).not.to.deep.equal(common);

    await chain.rpc('evm_revert', fork);
    // The other branch is longer, and has something else in it.
    await chain.mine(2);
    const other = await draft(client, provider, { periods: 9 });
    const id = await form(client, provider, other);
    await chain.mine(3);
    await watcher.syncOnce();
    expect(recorder.rollbacks).to.equal(1);
    expect(recorder.resets).to.equal(0);
    const truth = await fresh();
    expect(await everything(index)).to.deep.equal(await everything(truth.index));
    expect(recorder.events).to.deep.equal(truth.events);
    expect((await index.agreement(id))?.periods).to.equal((await readAgreement(view, id)).periods);
    expect(await index.provider(1)).to.include({ locked: (await readStake(view, 1)).locked });
  });

  it('starts over on a chain that shares nothing with what was read', async () => {
    const start = await chain.rpc('evm_snapshot');
    const recorder = new Recorder();
    const { index } = recorder;
    const watcher = follow(recorder);
    await chain.mine(1);
    await watcher.syncOnce();
    await chain.rpc('evm_revert', start);
    // As long as it was, and not the same: while it is shorter, nobody can tell it from an endpoint that lags.
    await chain.rpc('evm_increaseTime', 100);
    await chain.mine(2);
    await watcher.syncOnce();
    expect([recorder.rollbacks, recorder.resets]).to.deep.equal([0, 1]);
    expect(await everything(index)).to.deep.equal(await everything((await fresh()).index));
  });

  it('waits for as many blocks as asked', async () => {
    const recorder = new Recorder();
    const components = { view, sink: recorder, logger: silentLogger, clock: systemClock };
    const watcher = new LogWatcher(components, { pollMs: 10, confirmations: 3 });
    await watcher.syncOnce();
    expect(await watcher.appliedBlock()).to.equal((await view.client.getBlockNumber()) - 2n);
  });

  it('asks for fewer blocks when the endpoint refuses the stretch', async () => {
    const { index } = await fresh();
    const limited = testIndex();
    const asked: bigint[] = [];
    proxy.decide = (method, params) => {
      if (method !== 'eth_getLogs') return 'pass';
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      const blocks = BigInt(toBlock) - BigInt(fromBlock) + 1n;
      asked.push(blocks);
      return blocks > 7n ? 'refuse' : 'pass';
    };
    await follow(limited).syncOnce();
    expect(asked.some((blocks) => blocks > 7n)).to.equal(true);
    expect(await everything(limited)).to.deep.equal(await everything(index));
  });

  it('rides over an endpoint that is gone for a while', async () => {
    const index = testIndex();
    const watcher = follow(index);
    proxy.decide = () => 'lose-request';
    expect((await rejection(watcher.syncOnce())).code).to.equal('chain-unreachable');
    watcher.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    proxy.decide = () => 'pass';
    await watcher.syncTo(await view.client.getBlockNumber());
    await watcher.stop();
    expect(await everything(index)).to.deep.equal(await everything((await fresh()).index));
  });

  it('keeps what it has while the endpoint lags behind it', async () => {
    const recorder = new Recorder();
    const watcher = follow(recorder);
    await watcher.syncOnce();
    const before = await everything(recorder.index);
    proxy.alter = (method, answer) =>
      method === 'eth_blockNumber' ? answer.replace(/"result":"0x[0-9a-f]+"/, '"result":"0x5"') : answer;
    await watcher.syncOnce();
    proxy.alter = (_method, answer) => answer;
    expect(await everything(recorder.index)).to.deep.equal(before);
    expect([recorder.rollbacks, recorder.resets]).to.deep.equal([0, 0]);
  });

  it('reads again when the endpoint left out events, and says so when it goes on', async () => {
    const recorder = new Recorder();
    let lies = 1;
    proxy.alter = (method, answer) => {
      if (method !== 'eth_getLogs' || lies-- <= 0) return answer;
      const { result, ...rest } = JSON.parse(answer) as { result: unknown[] };
      return JSON.stringify({ ...rest, result: result.slice(8) });
    };
    await follow(recorder).syncOnce();
    expect(await everything(recorder.index)).to.deep.equal(await everything((await fresh()).index));
    lies = Infinity;
    expect((await rejection(follow(testIndex()).syncOnce())).code).to.equal('chain-incomplete');
    proxy.alter = (_method, answer) => answer;
  });

  it('goes on from what another start of the program had read', async () => {
    const index = testIndex();
    await follow(index).syncOnce();
    const asked: string[] = [];
    proxy.decide = (method) => {
      asked.push(method);
      return 'pass';
    };
    await follow(index).syncOnce();
    expect(asked).not.to.include('eth_getLogs');
  });

  it('stops at once when told to', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    const message = await follow(testIndex())
      .syncOnce({ signal: aborted })
      .catch((error: unknown) => (error as Error).message);
    expect(message).to.equal('enough');
  });
});
