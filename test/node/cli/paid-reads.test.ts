import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import type { ProviderProcess } from '../provider/support/provider-process.ts';
import type { Client } from './support/client.ts';
import { costOfWhole, PaidMarket } from './support/paid-market.ts';
import { type CliRun, run } from './support/run.ts';

const PATIENCE_MS = 600_000;
const MEBIBYTE = 1_048_576;
const FILE_BYTES = 24 * MEBIBYTE;
const { least: LEAST, most: MOST } = costOfWhole(FILE_BYTES);
const CLI = fileURLToPath(new URL('../../../node/cli/main.ts', import.meta.url));

function isWithin(value: bigint, least: bigint, most: bigint): boolean {
  return value >= least && value <= most;
}

describe('paid reads from the command line, with a provider on a real chain', function () {
  this.timeout(PATIENCE_MS);
  let market: PaidMarket;
  let client: Client;
  let provider: ProviderProcess;
  let data: Buffer;

  before(async () => {
    market = await PaidMarket.open({ fileBytes: FILE_BYTES, periodBlocks: 5_000 });
    ({ client, provider, data } = market);
  });
  after(async () => market?.close());

  const getWith = async (env: Record<string, string>, target: string): Promise<CliRun> =>
    run(['--json', 'get', 'data', '-o', target], { env: { ...client.env, ...env } });
  const out = (): string => join(market.folder, `out-${randomBytes(4).toString('hex')}`);
  const earned = (): bigint => market.shown();
  const promised = (channel: bigint): bigint => market.promised(channel);
  /** The provider's ledger knows of the channel from the log, a block or two later. */
  async function untilMirrored(): Promise<void> {
    while (market.ledgerRow('SELECT COUNT(*) AS count FROM channels')?.['count'] === 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  it('are offered live: to anybody in the list of asks, and in a quote with what this wallet has', async () => {
    const live = {
      pricePerMiB: '100000000000000',
      freeBytes: '0',
      freeBytesPerDay: '0',
      creditBytes: String(MEBIBYTE),
      maxContractBytes: String(64 * 2 ** 30),
      maxReads: 32,
    };
    const { live: asked } = await client.must('market', 'asks', '--live');
    expect(asked).to.deep.equal([{ provider: market.providerId, offer: live }]);
    const { live: quoted } = await client.must('quote', '1MiB', '--code', '1/1', '--live');
    expect(quoted).to.deep.equal([{ provider: market.providerId, offer: live }]);
    const text = await run(['market', 'asks', '--live'], { env: client.env });
    expect(text.stdout).to.match(/0\.0001 tokens +0 B +0 B +1 MiB +64 GiB +32/);
  });

  it('are refused without a channel, with the command that opens one', async () => {
    const { code, stdout, stderr } = await client.cli('get', 'data', '-o', out());
    expect(code).to.not.equal(0);
    expect(stdout + stderr).to.include(`stowmarket channel open ${market.providerId}`);
    expect(earned()).to.equal(0n);
  });

  it('are refused above what the client pays', async () => {
    const { code, stdout, stderr } = await getWith({ STOWMARKET_RETRIEVAL_MAX_PRICE_PER_MIB: '0.00001' }, out());
    expect(code).to.not.equal(0);
    expect(stdout + stderr).to.include('0.0001');
  });

  it('are refused above what the command pays, whatever the configuration says', async () => {
    const rich = { ...client.env, STOWMARKET_RETRIEVAL_MAX_PRICE_PER_MIB: '1', STOWMARKET_RETRIEVAL_BUDGET: '1' };
    const get = async (...options: string[]): Promise<CliRun> =>
      run(['--json', 'get', 'data', '-o', out(), ...options], { env: rich });
    const { code, stdout, stderr } = await get('--max-price', '0.00001');
    expect(code).to.not.equal(0);
    expect(stdout + stderr).to.include('at most 0.00001');
    expect((await get('--max-price', 'cheap')).stderr).to.include('--max-price');
    expect(earned()).to.equal(0n);
  });

  it('open a channel within the budget, give every byte, and are paid for all of it', async () => {
    const target = out();
    expect((await getWith({ STOWMARKET_RETRIEVAL_BUDGET: '1' }, target)).code).to.equal(0);
    expect((await readFile(target)).equals(data)).to.equal(true);
    expect(isWithin(earned(), LEAST, MOST)).to.equal(true);
    expect(promised(1n)).to.equal(earned());
    await untilMirrored();
    const { live } = await client.must('quote', '1MiB', '--code', '1/1', '--live');
    const [{ offer }] = live as [{ offer: { creditBytes: string } }];
    expect(Number(offer.creditBytes)).to.be.within(FILE_BYTES, FILE_BYTES + 3 * MEBIBYTE);
  });

  it('go on over the channel that is there, also of two commands at once', async () => {
    const before = earned();
    const targets = [out(), out()];
    await Promise.all(targets.map(async (target) => client.must('get', 'data', '-o', target)));
    for (const target of targets) expect((await readFile(target)).equals(data)).to.equal(true);
    expect(isWithin(earned() - before, 2n * LEAST, 2n * MOST)).to.equal(true);
    expect(promised(1n)).to.equal(earned());
  });

  it('go on after kill -9 of the client midway, and lose the provider no more than a window', async () => {
    const before = earned();
    const child = spawn(process.execPath, [CLI, '--json', 'get', 'data', '-o', out()], {
      env: { ...process.env, ...client.env },
      stdio: 'ignore',
    });
    while (earned() === before && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const target = out();
    await client.must('get', 'data', '-o', target);
    expect((await readFile(target)).equals(data)).to.equal(true);
    expect(isWithin(earned() - before, LEAST, 3n * MOST)).to.equal(true);
    expect(promised(1n)).to.equal(earned());
  });

  it('go on after kill -9 of the provider, which forgets no voucher', async () => {
    const before = earned();
    await provider.kill();
    expect(earned()).to.equal(before);
    await provider.start();
    const target = out();
    await client.must('get', 'data', '-o', target);
    expect((await readFile(target)).equals(data)).to.equal(true);
    expect(isWithin(earned() - before, LEAST, MOST)).to.equal(true);
  });

  it('go on when the client lost its record: the provider shows the last voucher', async () => {
    const before = earned();
    for (const end of ['', '-wal', '-shm'])
      await rm(join(client.env['STOWMARKET_HOME']!, 'data', `payments.sqlite${end}`), { force: true });
    await client.must('get', 'data', '-o', out());
    expect(isWithin(earned() - before, LEAST, MOST)).to.equal(true);
    expect(promised(1n)).to.equal(earned());
  });

  it('are all that a damaged record stops: the error names the file, and other commands go on', async () => {
    const home = join(market.folder, 'damaged');
    const env = { ...client.env, STOWMARKET_HOME: home };
    await cp(client.env['STOWMARKET_HOME']!, home, { recursive: true });
    const record = join(home, 'data', 'payments.sqlite');
    for (const ending of ['-wal', '-shm']) await rm(record + ending, { force: true });
    await writeFile(record, 'no database, but as long as one '.repeat(1_000));
    const [list, balance, got, channels] = [
      await run(['ls'], { env }),
      await run(['wallet', 'balance'], { env }),
      await run(['--json', 'get', 'data', '-o', out()], { env }),
      await run(['channel', 'list'], { env }),
    ];
    expect([list.code, balance.code]).to.deep.equal([0, 0]);
    expect(got.code).to.not.equal(0);
    expect(got.stdout + got.stderr).to.include(record);
    expect(channels.code).to.not.equal(0);
    expect(channels.stdout + channels.stderr)
      .to.include(record)
      .and.include('move it away');
  });

  it('never show a voucher in a log', async () => {
    const kept = String(market.ledgerRow('SELECT signature FROM vouchers')?.['signature']);
    expect(kept).to.have.length(132);
    expect(provider.log.toLowerCase()).to.not.include(kept.slice(2));
  });
});
