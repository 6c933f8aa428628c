import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { ASKS_PROTOCOL, asksResponseSchema, MAX_ANSWER_BYTES } from '../../../node/agreements/signed-ask-messages.ts';
import { readAskCount } from '../../../node/chain/actions/read-asks.ts';
import { readAsk } from '../../../node/chain/actions/read-ask.ts';
import { readProviderAddresses } from '../../../node/chain/actions/read-provider.ts';
import { readSeries } from '../../../node/chain/actions/read-series.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { controlAddresses } from '../../../node/client/session/peer-book.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { createHost } from '../../../node/network/host.ts';
import { parsePeerId } from '../../../node/network/identity.ts';
import { Rpc } from '../../../node/network/rpc.ts';
import { connect } from '../chain/market-fixture.ts';
import { newNodeKey } from '../network/hosts.ts';
import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { privateKeyOf, startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

const SIZE = 3 * 1_048_576 + 17;
const SIGNED_ID = 2n ** 63n;
const PATIENCE_MS = 600_000;

interface PlannedShard {
  provider: number;
  askId: string;
  signed: boolean;
}

describe('signed asks, with providers on a real chain', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let view: ChainView;
  let signing: RunningProvider[] = [];
  let posting: RunningProvider[] = [];
  let client: Client;
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-signed-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 5_000 });
    view = await connect(chain);
    signing = await startProviders(chain, join(folder), {
      count: 2,
      firstAccount: 2,
      settings: { 'ask.publish': 'signed' },
    });
    // Dearer than the signed asks.
    posting = await startProviders(chain, await mkdtemp(join(folder, 'posting-')), {
      count: 1,
      firstAccount: 6,
      settings: { 'ask.price-per-gib-period': '0.005' },
    });
    client = clientOf(chain, folder);
    expect((await cli('wallet', 'deposit', '500')).code).to.equal(0);
  });

  after(async () => {
    await stopProviders([...signing, ...posting]);
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli: Client['cli'] = async (...args) => client.cli(...args);

  const must: Client['must'] = async (...args) => client.must(...args);

  it('cost their providers nothing: only the other ask was ever posted', async () => {
    expect(await readAskCount(view)).to.equal(1n);
  });

  it('reach a provider that signs none by gossip, which tells clients of them', async () => {
    const [other] = posting as [RunningProvider];
    const host = await createHost({
      nodeKey: newNodeKey(),
      listen: [],
      mode: 'client',
      devnet: true,
      logger: silentLogger,
    });
    try {
      const rpc = new Rpc({ host, logger: silentLogger });
      const addrs = controlAddresses(await readProviderAddresses(view, other.id));
      const target = { peerId: parsePeerId(other.peerId), addrs };
      const ask = async (): Promise<number[]> => {
        const options = { schema: asksResponseSchema, maxResponseBytes: MAX_ANSWER_BYTES };
        const { offers } = await rpc.call(target, ASKS_PROTOCOL, {}, options);
        return offers.map(({ signed }) => signed.ask.provider);
      };
      let known = await ask();
      while (known.length < 2) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        known = await ask();
      }
      expect(known).to.have.members(signing.map(({ id }) => id));
    } finally {
      await host.stop();
    }
  });

  it('are in quotes and explanations beside posted ones', async () => {
    const quoted = await must('quote', '3MiB', '--code', '2/3', '--periods', '50');
    const shards = quoted['shards'] as PlannedShard[];
    expect(shards.filter(({ signed }) => signed)).to.have.lengthOf(2);
    for (const { askId, signed } of shards) expect(BigInt(askId) >= SIGNED_ID).to.equal(signed);
    const explained = await must('market', 'explain', '--size', '3MiB', '--code', '1/2', '--periods', '50');
    const asks = explained['asks'] as { signed: boolean; decision: { verdict: string } }[];
    expect(asks.map(({ signed, decision }) => [signed, decision.verdict])).to.deep.equal([
      [true, 'chosen'],
      [true, 'chosen'],
      [false, 'outranked'],
    ]);
  });

  it('are brought to the book by whoever takes them, and filled there', async () => {
    const bytes = randomBytes(SIZE);
    await writeFile(file('first'), bytes);
    await must('put', file('first'), '--code', '2/3', '--periods', '50');
    await must('get', 'first', '-o', file('first-back'));
    expect((await readFile(file('first-back'))).equals(bytes)).to.equal(true);
    expect(await readAskCount(view), 'brought asks have ids of their own').to.equal(1n);
    const quoted = await must('quote', '3MiB', '--code', '2/3', '--periods', '50');
    const shards = quoted['shards'] as PlannedShard[];
    expect(
      shards.some(({ signed }) => signed),
      'none is brought twice',
    ).to.equal(false);
    const brought = shards.filter(({ askId }) => BigInt(askId) >= SIGNED_ID);
    expect(brought).to.have.lengthOf(2);
    for (const { askId, provider } of brought) {
      const ask = await readAsk(view, BigInt(askId));
      expect(ask.provider).to.equal(provider);
      expect(ask.unitsLeft, 'filled').to.be.lessThan(10 * 16_384);
    }
    await writeFile(file('second'), bytes);
    await must('put', file('second'), '--code', '2/3', '--periods', '50');
  });

  it('of a provider that voids them are no longer taken', async () => {
    const first = signing.find(({ home }) => home.endsWith('provider-0'))!;
    const settings = ['--rpc', chain.rpcUrl, '--deployment', chain.deploymentsDir];
    const keys = {
      STOWMARKET_HOME: first.home,
      STOWMARKET_KEY: privateKeyOf(chain.accounts[2]!),
      STOWMARKET_NODE_KEY: privateKeyOf(chain.accounts[2]!),
    };
    const voided = await run(['--json', 'provider', 'void-asks', ...settings], { env: keys });
    expect(voided.code, voided.stdout + voided.stderr).to.equal(0);
    expect(voided.records.at(-1)).to.deep.include({ type: 'asks-voided', provider: first.id, series: 1 });
    const quoted = await must('quote', '3MiB', '--code', '1/2', '--periods', '50');
    const shards = quoted['shards'] as PlannedShard[];
    expect(shards.some(({ provider, signed }) => provider === first.id && signed)).to.equal(false);
  });

  it('are voided by a provider that posts its ask from now on', async () => {
    const first = signing.find(({ home }) => home.endsWith('provider-0'))!;
    await stopProviders([first]);
    // The same home and key; the posted ask is the configuration's default.
    const [again] = await startProviders(chain, folder, { count: 1, firstAccount: 2 });
    posting.push(again!);
    expect(again?.id).to.equal(first.id);
    expect(await readSeries(view, first.id)).to.equal(2);
    expect(await readAskCount(view)).to.equal(2n);
    expect((await readAsk(view, 2n)).provider).to.equal(first.id);
  });
});
