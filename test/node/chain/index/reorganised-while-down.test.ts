import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { amendAsk } from '../../../../node/chain/actions/amend-ask.ts';
import { deposit } from '../../../../node/chain/actions/deposit.ts';
import { cancelBid } from '../../../../node/chain/actions/end-bid.ts';
import { giveNotice } from '../../../../node/chain/actions/give-notice.ts';
import { openAudit } from '../../../../node/chain/actions/open-audit.ts';
import { postBid } from '../../../../node/chain/actions/post-bid.ts';
import { readChainTime } from '../../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../../node/chain/client.ts';
import { openIndex } from '../../../../node/chain/index/open-index.ts';
import { LogWatcher, REORG_DEPTH } from '../../../../node/chain/log-watcher.ts';
import type { SqlMarketIndex } from '../../../../node/chain/index/sql-market-index.ts';
import type { TxSender } from '../../../../node/chain/tx-sender.ts';
import { systemClock } from '../../../../node/core/clock.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, form, sampleBid, senderOf } from '../market-fixture.ts';
import { type TestChain, startChain } from '../../support/chain.ts';
import { TERMS } from './test-index.ts';

/** More than a test ever makes of one kind. */
const ALL = 1_000;

/** A process reads the market into its file and ends; meanwhile the chain's last blocks are replaced; the next process opens the file. */
describe('an index whose chain was reorganised while nobody looked', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  let folder: string;

  before(async () => {
    chain = await startChain({ periodBlocks: 5_000 });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    await deposit(client, { amount: 100n * TOKEN });
    provider = await enrol(view, chain.accounts[2]!);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-reorg-'));
  });
  after(async () => chain?.stop());
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** One process: opens the file, reads up to the newest block, and closes it. */
  async function readInto(name: string): Promise<unknown> {
    const where = join(folder, name);
    const index = await openIndex({ view, place: { folder: where }, terms: TERMS, logger: silentLogger });
    try {
      const watcher = new LogWatcher({ view, sink: index, logger: silentLogger, clock: systemClock }, { pollMs: 10 });
      await watcher.syncOnce();
      return await contentOf(index);
    } finally {
      await index.close();
    }
  }

  /** What happens on the branch that is lost: one change of every kind of row. */
  async function lostBranch(between: () => Promise<unknown>): Promise<void> {
    const id = await form(client, provider, await draft(client, provider, { periods: 40 }));
    await between();
    await openAudit(client, { id });
    await between();
    await bid(3n);
    await enrol(view, chain.accounts[3]!);
    await between();
    await amendAsk(provider.sender, {
      askId: provider.askId,
      ask: { ...provider.ask, pricePerUnitPeriod: 7n * 10n ** 12n },
    });
  }

  /** And on the one that replaces it: other rows under the same numbers. */
  async function otherBranch(): Promise<void> {
    await enrol(view, chain.accounts[4]!, { pricePerUnitPeriod: 5n * 10n ** 12n });
    const bidId = await bid(2n);
    await bid(4n);
    await cancelBid(client, { bidId });
    const id = await form(client, provider, await draft(client, provider, { periods: 30, units: 3 }));
    await giveNotice(client, { id });
  }

  async function bid(price: bigint): Promise<bigint> {
    const { seconds } = await readChainTime(view);
    const terms = sampleBid(seconds, { startPrice: price * 10n ** 12n, ceiling: price * 10n ** 12n });
    return (await postBid(client, { terms })).bidId;
  }

  /** The file that saw the lost branch comes to the state of one that never did. */
  async function expectHealed(lost: unknown): Promise<void> {
    const healed = await readInto('kept');
    expect(healed).to.deep.equal(await readInto('anew'));
    expect(healed).to.not.deep.equal(lost);
  }

  async function replaceWith(snapshot: unknown, branch: () => Promise<void>): Promise<void> {
    const old = (await readChainTime(view)).block;
    expect(await chain.rpc('evm_revert', snapshot)).to.equal(true);
    await branch();
    const { block } = await readChainTime(view);
    if (block <= old) await chain.mine(Number(old - block) + 1);
  }

  it('follows the new branch when it had read the lost one bit by bit', async () => {
    await readInto('kept');
    const snapshot = await chain.rpc('evm_snapshot');
    await lostBranch(async () => readInto('kept'));
    const lost = await readInto('kept');
    await replaceWith(snapshot, otherBranch);
    await expectHealed(lost);
  });

  it('follows it when it had read everything at once', async () => {
    const snapshot = await chain.rpc('evm_snapshot');
    await lostBranch(async () => undefined);
    const lost = await readInto('kept');
    await replaceWith(snapshot, otherBranch);
    await expectHealed(lost);
  });

  it('forgets what was lost when nothing takes its place', async () => {
    await readInto('kept');
    const snapshot = await chain.rpc('evm_snapshot');
    await lostBranch(async () => readInto('kept'));
    const lost = await readInto('kept');
    await replaceWith(snapshot, async () => undefined);
    await expectHealed(lost);
  });

  it('waits for a branch that is still shorter, and follows it once it is as long', async () => {
    await readInto('kept');
    const snapshot = await chain.rpc('evm_snapshot');
    await lostBranch(async () => undefined);
    const lost = await readInto('kept');
    const { block: old } = await readChainTime(view);
    expect(await chain.rpc('evm_revert', snapshot)).to.equal(true);
    await bid(2n);
    await readInto('kept');
    const { block } = await readChainTime(view);
    await chain.mine(Number(old - block));
    await expectHealed(lost);
  });

  it('reads everything again when more blocks were lost than it can take back', async () => {
    await readInto('kept');
    const snapshot = await chain.rpc('evm_snapshot');
    await lostBranch(async () => readInto('kept'));
    await chain.mine(Number(REORG_DEPTH) + 20);
    const lost = await readInto('kept');
    await chain.mine(Number(REORG_DEPTH) + 20);
    await readInto('kept');
    await replaceWith(snapshot, otherBranch);
    await expectHealed(lost);
  });
});

/** Everything that an index says. */
async function contentOf(index: SqlMarketIndex): Promise<unknown> {
  const providers = await index.providersPage(0, ALL);
  const ids = providers.map(({ id }) => id);
  const agreements = (await Promise.all(ids.map(async (id) => index.agreementsOfProvider(id)))).flat();
  const clients = [...new Set(agreements.map(({ client: owner }) => owner))];
  return {
    block: await index.block(),
    providers,
    count: await index.providerCount(),
    asks: await index.asksOf(ids),
    bids: await index.bidsPage(0n, ALL),
    agreements,
    active: await Promise.all(ids.map(async (id) => index.activeAgreementCount(id))),
    audits: await index.auditsOf(agreements.map(({ id }) => id)),
    open: [await index.openAudits(), await index.openDemands()],
    demands: await index.demandsOf(agreements.map(({ id }) => id)),
    objects: await Promise.all(clients.map(async (owner) => index.objectsOf(owner))),
  };
}
