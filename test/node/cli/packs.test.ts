import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

const PATIENCE_MS = 600_000;
const PROVIDERS = 4;
/** Two of four may be down. */
const CODE = ['--code', '2/4', '--spares', '0'];
const FILES = 200;

type JsonRecord = Record<string, unknown>;

describe('a pack, on a real chain with real providers', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let providers: RunningProvider[] = [];
  let client: Client;
  /** What the pack should give, by name. */
  const expected = new Map<string, Buffer>();
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-packs-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 20 });
    providers = await startProviders(chain, folder, { count: PROVIDERS, firstAccount: 2 });
    client = clientOf(chain, folder);
    await client.must('wallet', 'deposit', '100');
    await mkdir(file('mail/2026'), { recursive: true });
  });

  after(async () => {
    await stopProviders(providers);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function plant(name: string, size: number): Promise<void> {
    const bytes = randomBytes(size);
    await writeFile(file(name), bytes, { mode: 0o640 });
    await utimes(file(name), new Date(), new Date(1_500_000_000_000));
    expected.set(name, bytes);
  }

  async function names(env = client.env): Promise<string[]> {
    const { records } = await run(['--json', 'ls'], { env });
    return records.flatMap(({ type, name }) => (type === 'packed-file' ? [String(name)] : [])).toSorted();
  }

  async function segments(): Promise<JsonRecord[]> {
    return (await client.cli('pack', 'ls')).records.filter(({ type }) => type === 'pack-segment');
  }

  it('takes a folder of small files under one set of agreements, once', async () => {
    for (let at = 0; at < FILES; at++) await plant(`mail/2026/${at}.txt`, at === 7 ? 0 : 100 + 17 * at);
    await symlink('0.txt', file('mail/link'));
    const planned = await client.must('put', '--pack', file('mail'), ...CODE, '--dry-run');
    expect(planned).to.include({ type: 'put-plan', units: 4 });
    const { records, code, stdout } = await client.cli('put', '--pack', file('mail'), ...CODE);
    expect(code, stdout).to.equal(0);
    expect(records.find(({ type }) => type === 'warning')?.['message']).to.contain('mail/link is no file');
    expect(records.at(-1)).to.include({ type: 'packed', files: FILES, total: planned['total'] });
    expect(records.at(-1)?.['shards']).to.have.lengthOf(4);
    expect(await names()).to.deep.equal([...expected.keys()].toSorted());
  });

  it('gives one back by its name, a part of it, and an empty one', async () => {
    for (const name of ['mail/2026/99.txt', 'mail/2026/7.txt']) {
      await client.must('get', name, '-o', file('one'), '--force');
      expect((await readFile(file('one'))).equals(expected.get(name)!), name).to.equal(true);
      const { mode, mtimeMs } = await stat(file('one'));
      expect([mode & 0o777 & ~process.umask(), mtimeMs]).to.deep.equal([0o640 & ~process.umask(), 1_500_000_000_000]);
    }
    const part = await client.must('get', 'mail/2026/99.txt', '--range', '10-19', '-o', file('part'));
    expect(part).to.deep.include({ range: { from: 10, to: 20 }, plainBytes: 10 });
    expect((await readFile(file('part'))).equals(expected.get('mail/2026/99.txt')!.subarray(10, 20))).to.equal(true);
  });

  it('says where a packed file is to commands that need agreements', async () => {
    expect(await client.fails('status', 'mail/2026/1.txt')).to.deep.equal([2, 'object-in-pack']);
    expect(await client.fails('extend', 'mail/2026/1.txt', '--periods', '3')).to.deep.equal([2, 'object-in-pack']);
    const [segment] = await segments();
    expect(await client.must('status', String(segment?.['objectKey']))).to.include({ live: 4 });
    expect(await client.fails('rm', String(segment?.['objectKey']))).to.deep.equal([2, 'object-is-pack-segment']);
    expect(await client.fails('put', file('mail'), file('one'))).to.deep.equal([2, 'usage']);
    await writeFile(file('large'), randomBytes(17 * 1_048_576));
    expect(await client.fails('put', '--pack', file('large'))).to.deep.equal([2, 'pack-file-too-large']);
    expect(await client.fails('put', '--pack', file('one'), file('mail/../one'))).to.deep.equal([2, 'pack-name-twice']);
  });

  it('forgets what is removed, here at once and elsewhere with the next segment', async () => {
    const gone = 'mail/2026/3.txt';
    expect(await client.must('rm', gone)).to.include({ type: 'removed-from-pack', pending: 1 });
    expected.delete(gone);
    expect(await client.fails('get', gone, '-o', file('gone'))).to.deep.equal([4, 'object-unknown']);
    expect(await client.must('pack', 'flush', ...CODE, '--dry-run')).to.include({ type: 'put-plan' });
    const elsewhere = { ...client.env, STOWMARKET_HOME: file('second-machine') };
    expect(await names(elsewhere)).to.include(gone);
    await plant('mail/2026/5.txt', 3_000);
    expected.set('mail/5.txt', expected.get('mail/2026/5.txt')!);
    expected.delete('mail/2026/5.txt');
    const renamed = await client.must('put', '--pack', file('mail/2026/5.txt'), '--name', 'mail/5.txt', ...CODE);
    expect(renamed).to.include({ files: 1, deletions: 1 });
    await client.must('rm', 'mail/2026/5.txt');
    expect(await client.must('pack', 'flush', ...CODE)).to.include({ type: 'flushed', deletions: 1 });
    expect(await client.must('pack', 'flush')).to.include({ type: 'flushed', deletions: 0 });
    expect(await names(elsewhere)).to.deep.equal([...expected.keys()].toSorted());
    expect(await segments()).to.have.lengthOf(3);
  });

  it('is compacted into one segment, and the old ones are ended', async () => {
    const planned = await client.cli('pack', 'compact', ...CODE, '--dry-run');
    expect(planned.records.find(({ type }) => type === 'dry-run')).to.include({ command: 'pack compact', segments: 3 });
    const before = BigInt(String((await client.must('wallet', 'balance'))['escrow']));
    const { records, code, stdout } = await client.cli('pack', 'compact', ...CODE);
    expect(code, stdout).to.equal(0);
    const compacted = records.at(-1)!;
    expect(compacted).to.include({ type: 'compacted', files: expected.size });
    const after = BigInt(String((await client.must('wallet', 'balance'))['escrow']));
    expect(after > before - BigInt(String(compacted['total']))).to.equal(true);
    expect(await segments()).to.have.lengthOf(1);
    expect(await client.must('pack', 'compact', ...CODE)).to.include({ type: 'compacted', deadBytes: 0 });
    await client.must('get', 'mail/5.txt', '-o', file('five'));
    expect((await readFile(file('five'))).equals(expected.get('mail/5.txt')!)).to.equal(true);
  });

  it('comes back whole on an empty machine with n - k providers down', async () => {
    await stopProviders(providers.slice(0, 2));
    const env = { ...client.env, STOWMARKET_HOME: file('third-machine') };
    const recover = async () => run(['--json', 'recover', '-o', file('all')], { env });
    const { code, records, stderr } = await recover();
    expect(code, JSON.stringify(records) + stderr).to.equal(0);
    expect(records.at(-1)).to.include({ type: 'recover', recovered: 1, failed: 0, ended: 3 });
    const segment = records.find(({ type }) => type === 'recovered')!;
    expect(segment).to.include({ kind: 'pack', files: expected.size });
    expect((segment['missing'] as unknown[]).length).to.equal(2);
    const back = (await readdir(file('all'), { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    expect(back).to.have.lengthOf(expected.size);
    for (const [name, bytes] of expected)
      expect((await readFile(join(file('all'), name))).equals(bytes), name).to.equal(true);
    expect((await recover()).code).to.equal(0);
    // One more, and too few are left: it says which are missing.
    await stopProviders(providers.slice(2, 3));
    const bare = { ...client.env, STOWMARKET_HOME: file('fourth-machine') };
    const lost = await run(['--json', 'recover'], { env: bare });
    expect(lost.code).to.equal(5);
    expect(lost.records.at(-1)).to.include({ type: 'recover', recovered: 0, failed: 1 });
    const failure = lost.records.find(({ type }) => type === 'not-recovered');
    expect(failure?.['code']).to.equal('too-few-shards');
    expect(failure?.['message']).to.match(
      /1 of 4 shards answered, 2 are needed, though .* asked 3 times:(\n {2}- shard \d, provider \d: .+){3}/,
    );
  });
});
