import { randomBytes } from 'node:crypto';
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';

const MIB = 1_048_576;
const PATIENCE_MS = 600_000;
/** Any 2 of 3 shards give the file back. */
const CODE = '2/3';
const HOLDERS = 3;
const OTHERS = 2;
const POLL_MS = 500;

interface Repaired extends Record<string, unknown> {
  lost: { shardIndex: number; provider: number; compensation: string; rent: string; place?: { provider: number } }[];
  rebuilt: { shardIndex: number; from: number; to: number; periods: number }[];
}

describe('providers that vanish one after the other, on a real chain with real providers', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let holders: RunningProvider[] = [];
  let others: RunningProvider[] = [];
  let client: Client;
  const bytes = randomBytes(2 * MIB + 1);
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-repair-'));
    chain = await startChain({ blockMs: 250, periodBlocks: 16 });
    holders = await startProviders(chain, folder, { count: HOLDERS, firstAccount: 2 });
    client = clientOf(chain, folder);
    await client.must('wallet', 'deposit', '100');
    await writeFile(file('file'), bytes);
    await client.must('put', file('file'), '--code', CODE, '--periods', '150');
    await mkdir(file('others'));
    others = await startProviders(chain, file('others'), {
      count: OTHERS,
      firstAccount: 2 + HOLDERS,
      settings: { 'bids.repair': 'true' },
    });
  });

  after(async () => {
    await stopProviders([...holders, ...others]);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A pass; what it says of the file. */
  async function repair(...more: string[]): Promise<Repaired> {
    const { records, stdout, stderr } = await client.cli('repair', 'file', ...more);
    const record = records.find(({ type }) => type === 'repaired');
    if (record === undefined) expect.fail(`${stdout}${stderr}`);
    return record as Repaired;
  }

  async function until(isThere: () => Promise<boolean>): Promise<void> {
    while (!(await isThere())) await sleep(POLL_MS);
  }

  async function readBack(): Promise<boolean> {
    await client.must('get', 'file', '-o', file('back'), '--force');
    return (await readFile(file('back'))).equals(bytes);
  }

  /** Its disk loses every shard, and not more. */
  async function loseShards({ home }: RunningProvider): Promise<void> {
    for await (const path of glob('**/*.shard', { cwd: home })) await rm(join(home, path));
  }

  /** Gone with its disk. */
  async function vanish(provider: RunningProvider): Promise<void> {
    await stopProviders([provider]);
    await rm(provider.home, { recursive: true, force: true });
  }

  it('leaves everything where it is as long as nobody failed', async () => {
    const { records } = await client.cli('repair');
    expect(records.at(-1)).to.include({ type: 'repair-pass', objects: 1, left: 0 });
    expect(records.find(({ type }) => type === 'repaired')).to.include({ healthy: 3, threshold: 2, due: false });
    expect(await client.fails('repair', 'nothing')).to.deep.equal([4, 'object-unknown']);
    expect((await client.cli('repair', '--threshold', '0')).code).to.equal(2);
  });

  it('rebuilds a shard whose provider admitted its loss, and shows what its collateral gave back', async () => {
    const [loser] = holders;
    await loseShards(loser!);
    await until(async () => (await repair('--dry-run')).lost.length > 0);
    const planned = await repair('--dry-run');
    expect(planned).to.include({ due: true, sent: false, healthy: 2 });
    expect(others.map(({ id }) => id)).to.include(planned.lost[0]?.place?.provider);

    const done = await repair();
    const [rebuilt] = done.rebuilt;
    expect(done['failed']).to.deep.equal([]);
    expect(rebuilt).to.include({ from: loser!.id });
    expect(others.map(({ id }) => id)).to.include(rebuilt?.to);
    expect(BigInt(done.lost[0]!.compensation) > 0n).to.equal(true);
    const status = await client.must('status', 'file');
    expect(status).to.deep.include({ live: 3, repair: { healthy: 3, threshold: 2, due: false, lost: [] } });
    expect(await readBack()).to.equal(true);
    await vanish(loser!);
  });

  it('lets a provider rebuild a shard for the bounty while its owner is away, and the file comes out of what was rebuilt', async () => {
    const [, gone, last] = holders;
    await vanish(gone!);
    // By now the chain would let anybody close the agreement: nobody is paid to do so.
    await until(async () => (await repair('--dry-run')).lost.length > 0);
    expect(await client.fails('repair', 'file', '--authorize', '1', '--until', '1h')).to.deep.equal([
      2,
      'repair-authority',
    ]);
    await client.must('repair', '--authorize', '1', '--until', '1h');
    await until(async () => {
      const status = await client.must('status', 'file');
      return status['live'] === 3 && (status['shards'] as { state: string }[]).every(({ state }) => state === 'proven');
    });
    const shards = (await client.must('status', 'file'))['shards'] as { provider: number; agreement: string }[];
    const holding = shards.map(({ provider }) => provider);
    expect(holding).to.have.members([last!.id, ...others.map(({ id }) => id)]);
    expect(await client.must('repair', '--revoke')).to.include({ type: 'session-revoked' });

    await stopProviders([last!]);
    expect(await readBack()).to.equal(true);
  });
});
