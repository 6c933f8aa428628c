import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { ceilDiv } from '../../../node/market/money.ts';
import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { privateKeyOf, startChain, type TestChain } from '../support/chain.ts';
import { run, type CliRun } from './support/run.ts';

const MIB = 1_048_576;
/** They want 0.0010, 0.0011 and 0.0012 for a GiB and period, of asks and of bids. */
const PROVIDERS = 3;
const UNITS_PER_GIB = 16_384n;
const WANTED = [10n, 11n, 12n].map((price) => ceilDiv(price * 10n ** 14n, UNITS_PER_GIB));
const PATIENCE_MS = 600_000;

interface TakenShard {
  shardIndex: number;
  provider: number;
  pricePerUnitPeriod: string;
}

describe('bids, with providers on a real chain', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let providers: RunningProvider[] = [];
  let env: Record<string, string>;
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-bids-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 60 });
    providers = await startProviders(chain, folder, { count: PROVIDERS, firstAccount: 2 });
    env = {
      STOWMARKET_HOME: file('client'),
      STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
      STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
      STOWMARKET_NETWORK_ALLOW_PRIVATE: 'true',
      STOWMARKET_KEY: privateKeyOf(chain.accounts[1]!),
    };
    const { code } = await cli('wallet', 'deposit', '500');
    expect(code).to.equal(0);
  });

  after(async () => {
    await stopProviders(providers);
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function cli(...args: string[]): Promise<CliRun> {
    return run(['--json', ...args], { env });
  }

  async function escrow(): Promise<bigint> {
    const { records } = await cli('wallet', 'balance');
    return BigInt(String(records.at(-1)?.['escrow']));
  }

  /** Bids for a file of so many bytes; the last object that the command prints. */
  async function bid(name: string, size: number, ...args: string[]): Promise<{ code: number; record: Record<string, unknown>; bytes: Buffer }> {
    const bytes = randomBytes(size);
    await writeFile(file(name), bytes);
    const { code, records, stderr } = await cli('put', file(name), '--bid', '--code', '2/3', '--periods', '50', ...args);
    const record = records.at(-1) ?? {};
    if (process.env['DEBUG_BIDS']) console.error(JSON.stringify(records, null, 1), stderr);
    return { code: Number(code), record, bytes };
  }

  it('climbs until all providers accept, pays each what it wanted, and the object comes back', async () => {
    const before = await escrow();
    const { code, record, bytes } = await bid(
      'climbing', 3 * MIB, '--start-price', '0.0005', '--ceiling', '0.002', '--climb', '40s', '--deadline', '300s',
    );
    expect([code, record['type'], record['outcome']], JSON.stringify(record)).to.deep.equal([0, 'stored', 'filled']);
    expect(record['shards']).to.have.lengthOf(3);
    const got = await cli('get', 'climbing', '-o', file('climbing-back'));
    expect(got.code).to.equal(0);
    expect((await readFile(file('climbing-back'))).equals(bytes)).to.equal(true);
    expect((await escrow()) < before).to.equal(true);
  });
});
