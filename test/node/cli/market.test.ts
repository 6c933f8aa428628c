import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';

import { fromHex } from '../../../node/core/bytes.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { startCli } from '../client/support/run-cli.ts';
import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { privateKeyOf, startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

const MIB = 1_048_576;
/** Seven providers, so that the default six leave one spare. */
const PROVIDERS = 7;
const PATIENCE_MS = 600_000;

interface StoredShard {
  shardIndex: number;
  provider: number;
  shardRoot: string;
}

describe('client and providers on a real chain', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let providers: RunningProvider[] = [];
  let client: Client;
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-market-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 20 });
    providers = await startProviders(chain, folder, { count: PROVIDERS, firstAccount: 2 });
    client = clientOf(chain, folder);
  });

  after(async () => {
    await stopProviders(providers);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli: Client['cli'] = async (...args) => client.cli(...args);

  const must: Client['must'] = async (...args) => client.must(...args);

  async function storeFile(
    name: string,
    size: number,
    ...args: string[]
  ): Promise<{ bytes: Buffer; shards: StoredShard[]; objectKey: string }> {
    const bytes = randomBytes(size);
    await writeFile(file(name), bytes);
    // Which six of seven are the fastest is nothing to rely on.
    const record = await must('put', file(name), '--spares', '0', ...args);
    return { bytes, shards: record['shards'] as StoredShard[], objectKey: String(record['objectKey']) };
  }

  function shardFile({ provider, shardRoot }: StoredShard): Promise<string> {
    const { home } = providers.find(({ id }) => id === provider)!;
    return findFile(join(home, 'data'), shardRoot.slice(2));
  }

  it('refuses to store without funds, and says how much is missing', async () => {
    await writeFile(file('early'), randomBytes(100));
    const { code, records } = await cli('put', file('early'));
    expect(code).to.equal(6);
    expect(records.at(-1)?.['message']).to.match(
      /the escrow account holds 0 tokens: 0\.\d+ tokens are missing; nothing was sent/,
    );
    expect(records.at(-1)?.['hint']).to.match(/stowmarket wallet deposit 0\.\d+/);
  });

  it('deposits and shows the balance', async () => {
    await must('wallet', 'deposit', '500');
    expect(await must('wallet', 'balance')).to.include({ escrow: String(500n * 10n ** 18n), locked: '0' });
    const { code, records } = await cli('wallet', 'withdraw', '501');
    expect([code, records.at(-1)?.['code']]).to.deep.equal([6, 'escrow-short']);
  });

  it('quotes for anybody, and plans without sending', async () => {
    const quoted = await run(['--json', 'quote', '64MiB'], {
      env: { ...client.env, STOWMARKET_KEY: '', STOWMARKET_HOME: file('nobody') },
    });
    expect(quoted.code).to.equal(0);
    expect(quoted.records[0]).to.include({ type: 'quote', n: 6, k: 4, periods: 90, units: 258 });
    const everything = quoted.records[0]?.['allIn'] as Record<string, string>;
    expect(BigInt(everything['total']!)).to.equal(
      BigInt(String(quoted.records[0]?.['total'])) + BigInt(everything['retrieval']!),
    );
    expect(quoted.records[0]?.['validSeconds']).to.be.greaterThan(0);
    const priced = await run(['--json', 'quote', '64MiB', '--reads', '0'], {
      env: { ...client.env, STOWMARKET_QUOTE_TOKENS_PER_COIN: '2500' },
    });
    const withGas = priced.records[0]?.['allIn'] as Record<string, string>;
    expect(withGas['retrieval']).to.equal('0');
    expect(BigInt(withGas['gas']!)).to.equal(BigInt(String(priced.records[0]?.['gasWei'])) * 2_500n);
    expect(quoted.records[0]?.['durability']).to.include.keys('independent', 'thirdGone');
    expect(await must('put', file('early'), '--dry-run')).to.include({ type: 'put-plan' });
    const weak = await cli('put', file('early'), '--code', '6/6');
    expect([weak.code, weak.records.at(-1)?.['code']]).to.deep.equal([2, 'not-durable']);
    const forced = await must('put', file('early'), '--code', '6/6', '--force', '--dry-run');
    expect((forced['durability'] as Record<string, number>)['independent']).to.be.below(0.999);
    const { code, records } = await cli('put', file('early'), '--max-price', '0.0000000001');
    expect([code, records.at(-1)?.['code']]).to.deep.equal([6, 'quote-above-limit']);
  });

  it('names the rules that too few providers fail', async () => {
    const { code, records } = await cli('put', file('early'), '--periods', '5000');
    expect(code).to.equal(5);
    expect(records.at(-1)?.['message'])
      .to.match(/only 0 fit, of 7 registered/)
      .and.to.match(/provider 3, ask \d+: it takes terms of 1 to 180 periods, not of 5000 \[PeriodsOutOfRange\]/);
    const wide = await cli('put', file('early'), '--code', '4/8');
    expect(wide.records.at(-1)?.['message']).to.contain('8 providers of distinct operators, and only 7 fit');
  });

  it('stores a file and brings it back', async () => {
    const { bytes, shards } = await storeFile('file', 9 * MIB + 1, '--name', 'deep/file');
    expect(shards.map(({ provider }) => provider).toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    await must('get', 'deep/file', '-o', file('back'));
    expect((await readFile(file('back'))).equals(bytes)).to.equal(true);
    // Over the edge of a frame and of a stripe's cells.
    const part = await must('get', 'deep/file', '--range', '1048000-1312000', '-o', file('part'));
    expect(part).to.deep.include({ range: { from: 1_048_000, to: 1_312_001 }, plainBytes: 264_001 });
    expect((await readFile(file('part'))).equals(bytes.subarray(1_048_000, 1_312_001))).to.equal(true);
    const beyond = await cli('get', 'deep/file', '--range', '99999999-', '-o', file('none'));
    expect([beyond.code, beyond.records.at(-1)?.['code']]).to.deep.equal([2, 'bad-range']);
    const { records } = await cli('ls');
    expect(records.find(({ name }) => name === 'deep/file')).to.include({
      type: 'object',
      state: 'live',
      plainBytes: bytes.byteLength,
      k: 4,
      n: 6,
      liveShards: 6,
    });
    const status = await must('status', 'deep/file');
    expect(status).to.include({ type: 'object-status', live: 6 });
    expect((await cli('agreements')).records.filter(({ type }) => type === 'agreement')).to.have.lengthOf(6);
  });

  it('stores a folder and brings it back', async () => {
    const root = file('folder');
    await mkdir(join(root, 'sub'), { recursive: true });
    const data = randomBytes(MIB);
    await writeFile(join(root, 'sub', 'data'), data, { mode: 0o750 });
    await symlink('sub/data', join(root, 'link'));
    await must('put', root);
    await must('get', 'folder', '-o', file('folder-back'));
    expect((await readFile(join(file('folder-back'), 'link'))).equals(data)).to.equal(true);
    expect((await stat(join(file('folder-back'), 'sub', 'data'))).mode & 0o777).to.equal(0o750);
  });

  it('stores a pipe as copies and gives it to a pipe', async () => {
    const bytes = randomBytes(3 * MIB + 7);
    const stored = await run(['--json', 'put', '-', '--name', 'piped', '--replicas', '3', '--max-size', '10MiB'], {
      env: client.env,
      stdin: Readable.from([bytes]),
    });
    expect(stored.code, stored.stdout).to.equal(0);
    expect(
      new Set(((stored.records.at(-1) ?? {})['shards'] as StoredShard[]).map(({ shardRoot }) => shardRoot)).size,
    ).to.equal(3);
    const stdout = new PassThrough();
    const got: Buffer[] = [];
    stdout.on('data', (chunk: Buffer) => got.push(chunk));
    const { runProgram } = await import('../../../node/cli/main.ts');
    const io = { stdin: Readable.from([]), stdout, stderr: new PassThrough(), env: client.env };
    expect(await runProgram(['get', 'piped', '-o', '-'], io, new AbortController().signal)).to.equal(0);
    expect(Buffer.concat(got).equals(bytes)).to.equal(true);
  });

  it('learns names again on a machine that knows only the wallet', async () => {
    const elsewhere = { ...client.env, STOWMARKET_HOME: file('other-machine') };
    const listed = await run(['--json', 'ls'], { env: elsewhere });
    expect(
      listed.records
        .filter(({ type }) => type === 'object')
        .map(({ name }) => name)
        .toSorted((a, b) => String(a).localeCompare(String(b))),
    ).to.deep.equal(['deep/file', 'folder', 'piped']);
    await rm(file('other-machine'), { recursive: true });
    const got = await run(['get', 'deep/file', '-o', file('recovered')], { env: elsewhere });
    expect(got.code, got.stderr).to.equal(0);
    expect((await readFile(file('recovered'))).equals(await readFile(file('file')))).to.equal(true);
  });

  it('recovers everything into a folder on a machine that knows only the wallet, once', async () => {
    const env = { ...client.env, STOWMARKET_HOME: file('new-machine') };
    const recover = async () => run(['--json', 'recover', '-o', file('everything')], { env });
    const { code, records, stderr } = await recover();
    expect(code, stderr).to.equal(0);
    expect(records.at(-1)).to.include({ type: 'recover', recovered: 3, failed: 0, agreements: 15, ended: 0 });
    const back = await readFile(join(file('everything'), 'deep', 'file'));
    expect(back.equals(await readFile(file('file')))).to.equal(true);
    expect(await readdir(join(file('everything'), 'folder'))).to.have.members(['sub', 'link']);
    const again = await recover();
    const outcomes = again.records.filter(({ type }) => type === 'recovered');
    expect(outcomes.every(({ verifiedEarlier }) => typeof verifiedEarlier === 'number')).to.equal(true);
    const all = await run(['--json', 'recover', '--verify', 'full'], { env });
    expect(all.records.filter(({ verified }) => verified === 'full')).to.have.lengthOf(3);
  });

  it('shows a foreign wallet nothing', async () => {
    const foreign = { ...client.env, STOWMARKET_KEY: privateKeyOf(chain.accounts[9]!) };
    expect((await run(['--json', 'ls'], { env: foreign })).records).to.deep.equal([
      { type: 'phase', phase: 'connect' },
    ]);
    const { code, stderr } = await run(['get', 'deep/file'], { env: foreign });
    expect(code).to.equal(4);
    expect(stderr).to.contain('no object "deep/file"');
    const recovered = await run(['--json', 'recover'], { env: foreign });
    expect([recovered.code, recovered.records.at(-1)?.['code']]).to.deep.equal([4, 'recover-nothing']);
  });

  it('leaves an existing file alone, and names a full disk', async () => {
    await writeFile(file('precious'), 'precious');
    const refused = await cli('get', 'deep/file', '-o', file('precious'));
    expect([refused.code, refused.records.at(-1)?.['code']]).to.deep.equal([2, 'output-exists']);
    expect(await readFile(file('precious'), 'utf8')).to.equal('precious');
    await must('get', 'deep/file', '-o', file('precious'), '--force');
    const full = await cli('get', 'deep/file', '-o', '/dev/full');
    expect([full.code, full.records.at(-1)?.['code']]).to.deep.equal([1, 'output-disk-full']);
  });

  // Before shards are damaged: their providers fail for good in time.
  it('pays nothing when ctrl-C comes midway, and goes on with --resume', async () => {
    await writeFile(file('big'), randomBytes(64 * MIB));
    const { child, result } = startCli(['--json', 'put', file('big')], client.env);
    child.stdout!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"doneBytes"')) child.kill('SIGINT');
    });
    const { code, records } = await result;
    expect(code).to.equal(130);
    expect(records.at(-1)?.['message']).to.match(
      /stopped by SIGINT.*nothing was paid.*7 providers keep what they have/,
    );
    expect(records.at(-1)?.['hint']).to.contain('--resume');
    expect((await cli('ls')).records.some(({ name }) => name === 'big')).to.equal(false);
    expect(await must('put', file('big'), '--resume')).to.include({
      type: 'stored',
      name: 'big',
      plainBytes: 64 * MIB,
    });
    await must('get', 'big', '-o', file('resumed'));
    expect((await readFile(file('resumed'))).equals(await readFile(file('big')))).to.equal(true);
  });

  it('goes on after kill -9 of the client, by name, and pays once', async () => {
    const bytes = randomBytes(48 * MIB);
    await writeFile(file('killed'), bytes);
    const { child, result } = startCli(['--json', 'put', file('killed'), '--code', '2/3', '--spares', '0'], client.env);
    child.stdout!.on('data', (chunk: Buffer) => {
      if (/"doneBytes":[1-9]/.test(chunk.toString())) child.kill('SIGKILL');
    });
    await result;
    const refused = await cli('put', file('killed'), '--resume', '--code', '4/6');
    expect([refused.code, refused.records.at(-1)?.['code']]).to.deep.equal([2, 'put-resume-differs']);
    const { code, records } = await cli('put', 'killed', '--resume');
    expect(code, JSON.stringify(records.at(-1))).to.equal(0);
    expect(records.some(({ type, message }) => type === 'note' && String(message).startsWith('goes on: '))).to.equal(
      true,
    );
    const paid = (await cli('agreements')).records.filter(
      ({ type, name }) => type === 'agreement' && name === 'killed',
    );
    expect(paid).to.have.lengthOf(3);
    await must('get', 'killed', '-o', file('killed-back'));
    expect((await readFile(file('killed-back'))).equals(bytes)).to.equal(true);
    const over = await cli('put', file('killed'), '--resume');
    expect([over.code, over.records.at(-1)?.['code']]).to.deep.equal([4, 'put-nothing-to-resume']);
  });

  it('reads on elsewhere when shards are corrupt or truncated, and names them when too many are', async () => {
    const { bytes, shards } = await storeFile('bruised', 9 * MIB);
    const [first, second, third] = await Promise.all(shards.slice(0, 3).map(shardFile));
    await flipByte(first!, 3 * UNIT_BYTES);
    await truncate(second!, 5 * UNIT_BYTES);
    const got = await must('get', 'bruised', '-o', file('bruised-back'));
    expect((await readFile(file('bruised-back'))).equals(bytes)).to.equal(true);
    expect(
      (got['failures'] as { shardIndex: number }[]).map(({ shardIndex }) => shardIndex).toSorted((a, b) => a - b),
    ).to.deep.equal([0, 1]);

    await flipByte(third!, 2 * UNIT_BYTES);
    const lost = await cli('get', 'bruised', '-o', file('bruised-lost'));
    expect(lost.code).to.equal(7);
    const message = String(lost.records.at(-1)?.['message']);
    for (const { shardIndex, provider } of shards.slice(0, 3))
      expect(message).to.contain(`shard ${shardIndex}, provider ${provider}`);
    expect(await readdir(folder)).not.to.include('bruised-lost');
  });

  it('reads on elsewhere while a provider hangs midway, without giving it up', async () => {
    const { bytes, shards } = await storeFile('hung', 40 * MIB);
    const { child } = providers.find(({ id }) => id === shards[0]?.provider)!;
    const [stdout, stderr] = [new PassThrough({ highWaterMark: MIB }), new PassThrough()];
    const { runProgram } = await import('../../../node/cli/main.ts');
    const io = { stdin: Readable.from([]), stdout, stderr, env: client.env };
    const running = runProgram(['--json', 'get', 'hung', '-o', '-'], io, new AbortController().signal);
    void running.finally(() => stdout.end());
    const got: Buffer[] = [];
    try {
      for await (const chunk of stdout as AsyncIterable<Buffer>) {
        got.push(chunk);
        child.kill('SIGSTOP');
      }
    } finally {
      child.kill('SIGCONT');
    }
    expect(await running).to.equal(0);
    expect(Buffer.concat(got).equals(bytes)).to.equal(true);
    stderr.end();
    const said = Buffer.concat(await stderr.toArray()).toString();
    expect(said).to.contain('"failures":[]');
  });

  it('shows the price index, what moves it, and how it moved', async () => {
    const state = await must('market', 'index');
    expect(state).to.include({ type: 'market-index' });
    expect(Number(state['committed'])).to.be.greaterThan(0);
    expect(Number(state['bonded'])).to.be.greaterThan(Number(state['committed']));
    expect(Number(state['utilisation'])).to.be.within(0, 1);
    expect(BigInt(String(state['quote'])) > 0n).to.equal(true);
    expect(state['history']).to.be.an('array').that.is.not.empty;
    const chart = await run(['market', 'index', '--chart'], { env: client.env });
    expect(chart.code, chart.stderr).to.equal(0);
    expect(chart.stdout).to.match(/a pegged ask wants/);
    expect(chart.stdout).to.match(/by period/);
  });

  it('explains every ask for an object that is stored and for one that is not', async () => {
    const stored = await must('market', 'explain', 'deep/file');
    expect(stored).to.include({ type: 'explained', k: 4, n: 6 });
    const asks = stored['asks'] as { provider: number; decision: { verdict: string }; sentence: string }[];
    expect(asks).to.have.lengthOf(PROVIDERS);
    expect(asks.filter(({ decision }) => decision.verdict === 'chosen')).to.have.lengthOf(6);
    expect(asks.at(-1)?.sentence).to.match(/place 2 for shard \d, behind ask \d+ of provider \d/);
    const fresh = await must('market', 'explain', '--size', '1MiB', '--replicas', '2', '--periods', '1000');
    expect(fresh['unplaced']).to.deep.equal([0, 1]);
    const words = await run(['market', 'explain', '--size', '1MiB', '--periods', '1000'], { env: client.env });
    expect(words.stdout).to.match(/it takes terms of 1 to \d+ periods, not of 1000 \[PeriodsOutOfRange\]/);
    const both = await cli('market', 'explain', 'deep/file', '--size', '1MiB');
    expect([both.code, both.records.at(-1)?.['code']]).to.deep.equal([2, 'explain-what']);
  });

  it('stores for longer with the same providers, and says who would not', async () => {
    const before = await must('wallet', 'balance');
    const planned = await must('extend', 'deep/file', '--periods', '10', '--dry-run');
    expect(planned).to.include({ type: 'dry-run', command: 'extend' });
    expect(planned['extended']).to.have.lengthOf(6);
    expect(planned['transactions']).to.have.lengthOf(6);
    expect((await must('wallet', 'balance'))['escrow']).to.equal(before['escrow']);
    const terms = async (): Promise<Map<unknown, number>> =>
      new Map((await cli('agreements')).records.map((row) => [row['id'], Number(row['periods'])]));
    const old = await terms();
    const extended = await must('extend', 'deep/file', '--periods', '10');
    expect(extended['extended']).to.have.lengthOf(6);
    const longer = await terms();
    for (const id of extended['extended'] as string[]) expect(longer.get(id)).to.equal(old.get(id)! + 10);
    expect(await must('renew', '--within', '1'), 'nothing ends soon').to.include({
      type: 'renew-pass',
      objects: 0,
      left: 0,
    });
    const dry = await cli('renew', '--within', '120', '--periods', '3', '--dry-run');
    const due = dry.records.find(({ type, name }) => type === 'renewed' && name === 'deep/file');
    expect(due).to.deep.include({ extended: [], notRenewed: [], periods: 3 });
    expect(due?.['wouldExtend']).to.have.lengthOf(6);
    expect(dry.records.at(-1)).to.include({ type: 'dry-run', command: 'renew' });
    const renewal = await cli('renew', '--within', '120', '--periods', '3');
    const renewed = renewal.records.find(({ type, name }) => type === 'renewed' && name === 'deep/file');
    expect(renewed?.['extended']).to.have.lengthOf(6);
    expect(renewed?.['total']).to.equal(due?.['total']);
    const dear = await cli('renew', '--within', '200', '--periods', '3', '--max-price', '0.0000001');
    expect(dear.code).to.equal(3);
    expect(JSON.stringify(dear.records)).to.contain('it costs more than --max-price');
    const tooLong = await cli('extend', 'deep/file', '--periods', '181');
    expect([tooLong.code, tooLong.records.at(-1)?.['code']]).to.deep.equal([5, 'nothing-to-extend']);
    expect(tooLong.records.at(-1)?.['message']).to.match(/it takes terms of 1 to 180 periods, not of 181/);
  });

  it('covers a provider that is killed midway by the spare, and reads without it', async () => {
    const victim = providers[0]!;
    const size = 64 * MIB;
    const { child, result } = startCli(['--json', 'put', file('big')], client.env);
    child.stdout!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"doneBytes"')) victim.child.kill('SIGKILL');
    });
    const { code, records, stderr } = await result;
    const stored = records.at(-1) ?? {};
    expect(code, JSON.stringify(stored) + stderr).to.equal(0);
    expect(stored['shards']).to.have.lengthOf(6);
    expect((stored['shards'] as StoredShard[]).some(({ provider }) => provider === victim.id)).to.equal(false);
    await must('get', 'big', '-o', file('big-back'));
    const [sent, back] = await Promise.all([readFile(file('big')), readFile(file('big-back'))]);
    expect(back.byteLength).to.equal(size);
    expect(back.equals(sent)).to.equal(true);
    await must('get', 'deep/file', '-o', file('without-victim'));
  });

  it('gives notice, and what was locked comes back', async () => {
    const before = await must('wallet', 'balance');
    const removed = await must('rm', 'deep/file');
    expect(removed).to.include({ type: 'removed', name: 'deep/file' });
    // The provider that was killed may have failed its own by then.
    expect((removed['given'] as unknown[]).length).to.be.within(5, 6);
    const after = await must('wallet', 'balance');
    expect(BigInt(String(after['escrow'])) > BigInt(String(before['escrow']))).to.equal(true);
    expect((await cli('ls')).records.some(({ name }) => name === 'deep/file')).to.equal(false);
    expect((await cli('rm', 'no-such-thing')).code).to.equal(4);
  });

  it('shows what the chain saw of a provider', async () => {
    const { id: provider } = providers.find(({ child }) => child.exitCode === null && child.signalCode === null)!;
    let seen: Record<string, unknown>;
    do {
      seen = await must('reputation', String(provider));
      expect(seen).to.include({ type: 'reputation', provider, failed: false });
    } while (Number(seen['provenPeriods']) === 0);
    const unknown = await cli('reputation', '99');
    expect([unknown.code, unknown.records.at(-1)?.['code']]).to.deep.equal([4, 'provider-unknown']);
  });
});

async function flipByte(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** The file below `root` whose name holds `text`. */
async function findFile(root: string, text: string): Promise<string> {
  fromHex(text, 32);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && entry.name.startsWith(text));
  const largest = await Promise.all(
    found.map(async ({ parentPath, name }) => ({
      path: join(parentPath, name),
      size: (await stat(join(parentPath, name))).size,
    })),
  );
  const best = largest.toSorted((a, b) => b.size - a.size)[0];
  if (best === undefined) throw new Error(`no file ${text} below ${root}`);
  return best.path;
}
