import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

const PATIENCE_MS = 300_000;

describe('sharing, on a real chain with real providers', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let providers: RunningProvider[] = [];
  let owner: Client;
  let reader: Client;
  let stranger: Client;
  let [ownerAddress, readerAddress] = ['', ''];
  const bytes = randomBytes(1_500_001);
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-sharing-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 40 });
    providers = await startProviders(chain, folder, { count: 3, firstAccount: 2 });
    [owner, reader, stranger] = [clientOf(chain, folder, 1), clientOf(chain, folder, 8), clientOf(chain, folder, 9)];
    ownerAddress = chain.accounts[1]?.address ?? '';
    readerAddress = chain.accounts[8]?.address ?? '';
    await owner.must('wallet', 'deposit', '100');
    await writeFile(file('report'), bytes);
    await owner.must('put', file('report'), '--code', '2/3', '--periods', '80', '--force');
  });

  after(async () => {
    await stopProviders(providers);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function got(client: Client, ...more: string[]): Promise<Buffer> {
    const output = file(`got-${randomBytes(4).toString('hex')}`);
    await client.must('get', 'report', '--from', ownerAddress, '-o', output, ...more);
    return readFile(output);
  }

  it('needs the key that a reader publishes once', async () => {
    const sharing = ['share', 'report', '--with', readerAddress];
    expect(await owner.fails(...sharing)).to.deep.equal([4, 'reader-has-no-key']);
    expect(await owner.fails('share', 'report', '--with', ownerAddress)).to.deep.equal([2, 'share-with-oneself']);
    expect(await owner.fails('share', 'report', '--with', readerAddress, '--until', '2020-01-01')).to.deep.equal([
      2,
      'share-until-past',
    ]);
    expect(await owner.fails('share', 'nothing', '--with', readerAddress)).to.deep.equal([4, 'object-unknown']);
    expect(await owner.fails('share', 'report')).to.deep.equal([2, 'usage']);
    const plan = await reader.must('wallet', 'publish-key', '--dry-run');
    expect(plan['isPublished']).to.equal(false);
    const { key } = await reader.must('wallet', 'publish-key');
    expect(await reader.must('wallet', 'publish-key')).to.include({ key, type: 'key-published' });
    const dry = await owner.must(...sharing, '--until', '1h', '--dry-run');
    expect(dry['transactions']).to.have.length(1);
    expect((await reader.must('ls', '--shared'))['type']).to.equal('phase');
    expect(await reader.fails('get', 'report', '--from', ownerAddress)).to.deep.equal([4, 'share-unknown']);
  });

  it('lets a reader list and read what is shared with it, and nobody else', async () => {
    const shared = await owner.must('share', 'report', '--with', readerAddress, '--until', '1h');
    expect(shared).to.include({
      type: 'shared',
      name: 'report',
      owner: ownerAddress,
      reader: readerAddress,
      public: false,
    });
    const listed = await reader.must('ls', '--shared');
    expect(listed).to.include({
      name: 'report',
      owner: ownerAddress,
      plainBytes: bytes.byteLength,
      state: 'live',
      until: shared['until'],
    });
    expect((await owner.must('ls'))['sharedWith']).to.deep.equal([readerAddress]);
    expect((await got(reader)).equals(bytes)).to.equal(true);
    expect((await got(reader, '--range', '100-199')).equals(bytes.subarray(100, 200))).to.equal(true);
    expect(await stranger.fails('get', 'report', '--from', ownerAddress)).to.deep.equal([4, 'share-unknown']);
  });

  it('lets everybody read what is public, without a wallet', async () => {
    await writeFile(file('logo'), 'public');
    await owner.must('put', file('logo'), '--replicas', '2', '--periods', '20', '--force');
    await owner.must('share', 'logo', '--public');
    const { STOWMARKET_KEY: _, ...env } = stranger.env;
    const { code, stdout, stderr } = await run(['get', 'logo', '--from', ownerAddress, '-o', file('got-logo')], {
      env,
    });
    expect(code, stdout + stderr).to.equal(0);
    expect(await readFile(file('got-logo'), 'utf8')).to.equal('public');
  });

  it('comes back with the rest on a machine that has only the wallet', async () => {
    const recovered = async (client: Client) =>
      (await run(['--json', 'recover'], { env: { ...client.env, STOWMARKET_HOME: file('empty') } })).records;
    const own = await recovered(owner);
    const shares = own
      .filter(({ type }) => type === 'recovered')
      .map((one) => [one['name'], one['public'], one['sharedWith']]);
    expect(shares).to.have.deep.members([
      ['report', false, [readerAddress]],
      ['logo', true, []],
    ]);
    const others = await recovered(reader);
    expect(others.find(({ type }) => type === 'shared-object')).to.include({ name: 'report', owner: ownerAddress });
    expect(others.at(-1)).to.include({ type: 'recover', recovered: 0, shared: 1 });
  });
});
