import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startCli } from '../client/support/run-cli.ts';
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
  let [ownerAddress, readerAddress, strangerAddress] = ['', '', ''];
  const bytes = randomBytes(1_500_001);
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-sharing-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 40 });
    providers = await startProviders(chain, folder, { count: 3, firstAccount: 2 });
    [owner, reader, stranger] = [clientOf(chain, folder, 1), clientOf(chain, folder, 8), clientOf(chain, folder, 9)];
    ownerAddress = chain.accounts[1]?.address ?? '';
    readerAddress = chain.accounts[8]?.address ?? '';
    strangerAddress = chain.accounts[9]?.address ?? '';
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
    const putting = ['put', file('logo'), '--replicas', '2', '--periods', '20', '--force', '--public'];
    expect(await owner.must(...putting, '--dry-run')).to.include({ transactionCount: 2, public: true });
    expect(await owner.must(...putting)).to.include({ type: 'shared', name: 'logo', public: true });
    const { STOWMARKET_KEY: _, ...env } = stranger.env;
    const getting = ['get', 'logo', '--from', ownerAddress, '-o'];
    const { code, stdout, stderr } = await run([...getting, file('got-logo')], { env });
    expect(code, stdout + stderr).to.equal(0);
    expect(await readFile(file('got-logo'), 'utf8')).to.equal('public');
    const taken = await owner.must('unshare', 'logo', '--public', '--no-rekey');
    expect(taken).to.include({ type: 'unshared', public: true });
    expect(taken).not.to.have.property('rekeyed');
    const refused = await run(['--json', ...getting, file('got-logo-2')], { env });
    expect([refused.code, refused.records.at(-1)?.['code']]).to.deep.equal([4, 'share-taken-back']);
  });

  it('ends a share at its time', async () => {
    await owner.must('share', 'logo', '--with', readerAddress, '--until', '4s');
    const codes: unknown[] = [];
    while (codes.at(-1) !== 'share-expired') {
      expect(codes.length).to.be.lessThan(200);
      await sleep(250);
      codes.push((await reader.fails('get', 'logo', '--from', ownerAddress, '-o', file(`late-${codes.length}`)))[1]);
    }
  });

  it('re-keys an object for those that remain, and goes on where kill -9 cut it off', async () => {
    await stranger.must('wallet', 'publish-key');
    await owner.must('share', 'report', '--with', strangerAddress);
    const unsharing = ['unshare', 'report', '--with', readerAddress];
    const dry = await owner.must(...unsharing, '--dry-run');
    expect(dry).to.include({ sharesToMove: 1, name: 'report' });
    expect(dry['transactions']).to.have.length(4);
    const [{ objectKey: oldKey }] = (await owner.cli('ls')).records.filter(({ name }) => name === 'report') as [
      { objectKey: string },
    ];

    const cut = startCli(['--json', ...unsharing], owner.env);
    cut.child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"phase":"upload"')) cut.child.kill('SIGKILL');
    });
    expect((await cut.result).code).to.equal(null);
    expect(await reader.fails('get', 'report', '--from', ownerAddress)).to.deep.equal([4, 'share-taken-back']);
    expect((await got(stranger)).equals(bytes)).to.equal(true);

    const done = await owner.must(...unsharing);
    expect(done).to.include({ type: 'unshared', objectKey: oldKey, name: 'report' });
    expect(done['moved']).to.deep.equal([strangerAddress]);
    expect(done['given']).to.have.length(3);
    const again = await owner.must(...unsharing);
    expect(again).to.include({ rekeyed: done['rekeyed'] });
    expect([again['given'], again['moved'], again['transactions']]).to.deep.equal([[], [], []]);

    const listed = (await owner.cli('ls')).records.filter(({ name }) => name === 'report');
    expect(listed.map(({ objectKey, sharedWith }) => [objectKey, sharedWith])).to.deep.equal([
      [done['rekeyed'], [strangerAddress]],
    ]);
    expect((await got(stranger)).equals(bytes)).to.equal(true);
    await owner.must('get', 'report', '-o', file('own'));
    expect((await readFile(file('own'))).equals(bytes)).to.equal(true);
    expect(await reader.fails('get', 'report', '--from', ownerAddress)).to.deep.equal([4, 'share-taken-back']);
    expect(await owner.fails('unshare', 'logo', '--with', strangerAddress)).to.deep.equal([4, 'not-shared']);
  });

  it('comes back with the rest on a machine that has only the wallet', async () => {
    const recovered = async (client: Client) =>
      (await run(['--json', 'recover'], { env: { ...client.env, STOWMARKET_HOME: file('empty') } })).records;
    const own = await recovered(owner);
    const shares = own
      .filter(({ type }) => type === 'recovered')
      .map((one) => [one['name'], one['public'], one['sharedWith']]);
    expect(shares).to.have.deep.members([
      ['report', false, [strangerAddress]],
      ['logo', false, []],
    ]);
    // Under its new key, and no more with whom it was taken back from.
    expect((await recovered(reader)).at(-1)).to.include({ type: 'error', code: 'recover-nothing' });
    const others = await recovered(stranger);
    expect(others.find(({ type }) => type === 'shared-object')).to.include({ name: 'report', owner: ownerAddress });
    expect(others.at(-1)).to.include({ type: 'recover', recovered: 0, shared: 1 });
  });
});
