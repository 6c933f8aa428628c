import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startCli } from '../client/support/run-cli.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';

const MIB = 1_048_576;
const PATIENCE_MS = 600_000;
/** Any 2 of 3 shards give the file back: one can be spared at a time. */
const CODE = '2/3';
const OLD = 3;
const NEW = 2;
/** Half of what the cheapest of the others asks. */
const NEW_PRICE = '0.0005';
/** What one of the others asks in the end. */
const LOWER_PRICE = '0.0003';

type Record_ = Record<string, unknown>;

interface ShardRecord {
  shardIndex: number;
  provider: number;
  action: string;
  comparison?: { periods: number; keep: { total: string }; move: { total: string; rent: string }; saving: string };
}

interface MovedRecord {
  shardIndex: number;
  from: number;
  to: number;
  periods: number;
  pricePerUnitPeriod: string;
  rebuilt?: string;
}

describe('a market that becomes cheaper, on a real chain with real providers', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let old: RunningProvider[] = [];
  let cheap: RunningProvider[] = [];
  let client: Client;
  const bytes = randomBytes(3 * MIB + 1);
  const file = (name: string): string => join(folder, name);
  const retender = ['renew', 'file', '--policy', 're-tender'];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-retender-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 20 });
    old = await startProviders(chain, folder, { count: OLD, firstAccount: 2 });
    client = clientOf(chain, folder);
    await client.must('wallet', 'deposit', '100');
    await writeFile(file('file'), bytes);
    await client.must('put', file('file'), '--code', CODE, '--periods', '80');
  });

  after(async () => {
    await stopProviders([...old, ...cheap]);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A pass; the object's record. */
  async function pass(...more: string[]): Promise<Record_ & { shards: ShardRecord[]; moved: MovedRecord[] }> {
    const { records, stdout, stderr } = await client.cli(...retender, ...more);
    const record = records.find(({ type }) => type === 're-tendered');
    if (record === undefined) expect.fail(`${stdout}${stderr}`);
    return record as Record_ & { shards: ShardRecord[]; moved: MovedRecord[] };
  }

  async function escrow(): Promise<bigint> {
    return BigInt(String((await client.must('wallet', 'balance'))['escrow']));
  }

  /** Passes until the object's plan or deeds are what is waited for. */
  async function passUntil(
    isThere: (record: Awaited<ReturnType<typeof pass>>) => boolean,
  ): Promise<Awaited<ReturnType<typeof pass>>> {
    for (;;) {
      const record = await pass();
      expect(record['failed']).to.deep.equal([]);
      if (isThere(record)) return record;
    }
  }

  const acting = (record: { shards: ShardRecord[] }, action: string): ShardRecord[] =>
    record.shards.filter((shard) => shard.action === action);

  it('leaves everything where it is as long as nobody asks less', async () => {
    const { records } = await client.cli(...retender);
    expect(records.at(-1)).to.include({ type: 'renew-pass', policy: 're-tender', objects: 1, left: 0 });
    expect((await pass()).shards.map(({ action }) => action)).to.deep.equal(['keep', 'keep', 'keep']);
  });

  it('refuses what makes no sense', async () => {
    expect(await client.fails('renew', 'nothing', '--policy', 're-tender')).to.deep.equal([4, 'object-unknown']);
    expect(await client.fails(...retender, '--margin', '0%')).to.deep.equal([2, 'margin-range']);
    expect(await client.fails(...retender, '--margin', '100%')).to.deep.equal([2, 'margin-range']);
    expect((await client.cli(...retender, '--margin', 'much')).code).to.equal(2);
    expect((await client.cli('renew', '--policy', 'haggle')).code).to.equal(2);
    await writeFile(file('gone'), 'gone');
    await client.must('put', file('gone'), '--code', CODE);
    await client.must('rm', 'gone');
    expect(await client.fails('renew', 'gone')).to.deep.equal([4, 'object-not-live']);
  });

  it('says with --dry-run what it would do and save, and sends nothing', async () => {
    await mkdir(file('new'));
    const settings = { 'ask.price-per-gib-period': NEW_PRICE };
    cheap = await startProviders(chain, file('new'), { count: NEW, firstAccount: 2 + OLD, settings });
    const before = await escrow();
    const planned = await pass('--dry-run');
    expect(planned).to.include({ sent: false });
    expect(acting(planned, 'notice')).to.have.lengthOf(1);
    expect(acting(planned, 'queue')).to.have.lengthOf(1);
    expect(BigInt(String(planned['saving'])) > 0n).to.equal(true);
    expect(await escrow()).to.equal(before);
    const strict = await pass('--dry-run', '--margin', '70%');
    expect(strict.shards.map(({ action }) => action)).to.deep.equal(['keep', 'keep', 'keep']);
  });

  it('gives notice of one shard, moves it when the notice is over, and saves what it said', async () => {
    const before = await escrow();
    const noticed = await pass();
    const [shard] = acting(noticed, 'notice');
    expect(noticed['noticed']).to.have.lengthOf(1);
    const { comparison } = shard!;
    const refund = (await escrow()) - before;
    const keep = BigInt(comparison!.keep.total);
    // The next period may have begun between plan and notice.
    const late = keep - refund;
    expect([0n, keep / BigInt(comparison!.periods)]).to.include(late);

    const moving = await passUntil(({ moved }) => moved.length > 0);
    const [moved] = moving.moved;
    expect(moved).to.include({ shardIndex: shard!.shardIndex, from: shard!.provider });
    expect(moved).not.to.have.property('rebuilt');
    expect(cheap.map(({ id }) => id)).to.include(moved!.to);
    // A pass that was late bought fewer periods; each at the price that was planned.
    expect(moved!.periods).to.be.within(comparison!.periods - 6, comparison!.periods);
    const perPeriod = BigInt(comparison!.move.rent) / BigInt(comparison!.periods);
    const rent = perPeriod * BigInt(moved!.periods);
    const paid = BigInt(String(moving['paid']));
    expect(paid).to.equal(rent + (rent * 200n + 9_999n) / 10_000n);
    expect(refund - paid >= BigInt(comparison!.saving) - late).to.equal(true);
    if (moved!.periods === comparison!.periods && late === 0n)
      expect(refund - paid).to.equal(BigInt(comparison!.saving));

    const agreements = (await client.cli('agreements', '--all')).records;
    expect(agreements.find(({ id }) => id === (noticed['noticed'] as string[])[0])).to.include({ status: 'kept' });
    await client.must('get', 'file', '-o', file('after-one'));
    expect((await readFile(file('after-one'))).equals(bytes)).to.equal(true);
  });

  it('moves the next one though its holder is dead and the client is killed on the way, and the file reads back', async () => {
    const noticed = await passUntil((record) => acting(record, 'wait').length + acting(record, 'notice').length > 0);
    const leaving = [...acting(noticed, 'wait'), ...acting(noticed, 'notice')][0]!;
    await stopProviders(old.filter(({ id }) => id === leaving.provider));

    await watch((record) => record['type'] === 'phase' && record['phase'] === 'sign', 'SIGKILL');
    const { code, records } = await watch(
      (record) => (record['moved'] as unknown[] | undefined)?.length === 1,
      'SIGINT',
    );
    expect(code).to.equal(130);
    const [moved] = records.flatMap((record) => (record['moved'] as MovedRecord[] | undefined) ?? []);
    expect(moved).to.include({ shardIndex: leaving.shardIndex, from: leaving.provider });
    // Its holder being dead, it was rebuilt: by the run that was killed, and what that one sent is not sent again.
    expect(moved).not.to.have.property('rebuilt');
    const log = await readFile(cheap.find(({ id }) => id === moved?.to)!.log, 'utf8');
    expect(log.match(/"shard stored"/g)).to.have.lengthOf(1);

    const done = await pass('--dry-run');
    expect(done.shards.map(({ action }) => action)).to.deep.equal(['keep', 'keep', 'keep']);
    const holders = done.shards.map(({ provider }) => provider);
    for (const { id } of cheap) expect(holders).to.include(id);
    await client.must('get', 'file', '-o', file('after-both'));
    expect((await readFile(file('after-both'))).equals(bytes)).to.equal(true);
  });

  it('gives a provider that lowers its own ask its shard again, for less, without sending it a byte', async () => {
    // The cheapest of them, so the last to be worth moving; ids are given in the order of registration.
    const stays = old.find(({ home }) => home === file('provider-0'));
    const gone = once(stays!.child, 'exit');
    stays!.child.kill('SIGTERM');
    await gone;
    const settings = { 'ask.price-per-gib-period': LOWER_PRICE };
    const again = await startProviders(chain, folder, { count: 1, firstAccount: 2, settings });
    cheap.push(...again);
    expect(again[0]!.id).to.equal(stays!.id);
    const moving = await passUntil(({ moved }) => moved.length > 0);
    expect(moving.moved[0]).to.include({ from: stays!.id, to: stays!.id });
    expect(await readFile(again[0]!.log, 'utf8'))
      .to.contain('shard is stored already')
      .and.not.to.contain('shard stored');
    await client.must('get', 'file', '-o', file('after-all'));
    expect((await readFile(file('after-all'))).equals(bytes)).to.equal(true);
  });

  /** `--watch` in a process of its own, which gets the signal once a line is what is waited for. */
  async function watch(
    isThere: (record: Record_) => boolean,
    signal: NodeJS.Signals,
  ): Promise<{ code: number | null; records: Record_[] }> {
    const { child, result } = startCli(['--json', ...retender, '--watch'], client.env);
    if (child.stdout === null) throw new Error('its output is piped');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{') && isThere(JSON.parse(line) as Record_)) child.kill(signal);
    });
    return result;
  }
});
