import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import { devnet } from '../../../deploy/parameters/devnet.ts';
import { fromHex } from '../../../node/core/bytes.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { StorePaths } from '../../../node/store/fs/paths.ts';
import { ProviderProcess } from '../provider/support/provider-process.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { type Client, clientOf } from './support/client.ts';
import { type CliRun, run } from './support/run.ts';

const PATIENCE_MS = 600_000;
const MEBIBYTE = 1_048_576;
const FILE_BYTES = 6 * MEBIBYTE;
const [OWNER, READER, HOLDER, KEEPER, BYSTANDER] = [1, 5, 2, 3, 4];
/** Token wei for a MiB: what the holder asks, and what the cache does. */
const PRICE = 10n ** 14n;
const CACHE_PRICE = 2n * 10n ** 13n;
const costAt = (price: bigint): bigint => (price * BigInt(FILE_BYTES)) / BigInt(MEBIBYTE);

describe('caching nodes, with a holder and a cache on a real chain', function () {
  this.timeout(PATIENCE_MS);
  let folder: string;
  let chain: TestChain;
  let holder: ProviderProcess;
  let cache: ProviderProcess;
  /** Keeps records of the DHT while others are down. */
  let bystander: ProviderProcess;
  let cacheId: number;
  let owner: Client;
  let reader: Client;
  let data: Buffer;
  let ownerAddress: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-caches-'));
    chain = await startChain({ blockMs: 200, periodBlocks: 5_000, parameters: devnet });
    const create = async (account: number, settings: Record<string, string>): Promise<ProviderProcess> => {
      const made = await ProviderProcess.create(chain, chain.accounts[account]!, settings);
      await chain.rpc('hardhat_setBalance', nodeIdentity(made.nodeKey).address, '0x8ac7230489e80000');
      return made;
    };
    holder = await create(HOLDER, { 'ask.retrieval-price-per-mib': '0.0001' });
    cache = await create(KEEPER, {
      stake: '0',
      'ask.publish': 'none',
      'cache.size': '20 MiB',
      'cache.price-per-mib': '0.00002',
    });
    bystander = await create(BYSTANDER, { stake: '0', 'ask.publish': 'none' });
    await holder.start();
    await bystander.start();
    cacheId = (await cache.start()).provider;
    owner = clientOf(chain, folder, OWNER);
    reader = clientOf(chain, folder, READER);
    owner.env['STOWMARKET_RETRIEVAL_BUDGET'] = '1';
    ownerAddress = chain.accounts[OWNER]!.address;
    data = randomBytes(FILE_BYTES);
    await writeFile(join(folder, 'data'), data);
    await owner.must('wallet', 'deposit', '100');
    await reader.must('wallet', 'deposit', '100');
    await owner.must('put', join(folder, 'data'), '--name', 'data', '--code', '1/1', '--public', '--force');
  });
  after(async () => {
    await holder?.dispose();
    await cache?.dispose();
    await bystander?.dispose();
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const out = (): string => join(folder, `out-${randomBytes(4).toString('hex')}`);
  /** On the cache's own machine, with its operator's wallet. */
  const keeper = async (...args: string[]): Promise<CliRun> =>
    run(['--json', ...args], {
      env: {
        ...clientOf(chain, folder, KEEPER).env,
        STOWMARKET_HOME: cache.folder,
        STOWMARKET_RETRIEVAL_BUDGET: '1',
      },
    });
  const must = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr, records } = await keeper(...args);
    expect(code, `${args.join(' ')}: ${stdout}${stderr}`).to.equal(0);
    return records.at(-1) ?? {};
  };
  const get = async (env: Record<string, string> = {}): Promise<{ result: CliRun; isWhole: boolean }> => {
    const target = out();
    const result = await run(['--json', 'get', 'data', '--from', ownerAddress, '-o', target], {
      env: { ...reader.env, STOWMARKET_RETRIEVAL_BUDGET: '1', ...env },
    });
    return { result, isWhole: result.code === 0 && (await readFile(target)).equals(data) };
  };
  /** Token wei that a provider can redeem. */
  function earned({ dataDir }: ProviderProcess): bigint {
    const db = new DatabaseSync(join(dataDir, 'ledger.sqlite'), { readOnly: true, timeout: 5_000 });
    const rows = db.prepare('SELECT amount FROM vouchers').all();
    db.close();
    return rows.reduce((sum, { amount }) => sum + BigInt(String(amount)), 0n);
  }

  it('post no ask, and cache nothing at first', async () => {
    const { asks } = await reader.must('market', 'asks');
    expect((asks as { provider: number }[]).map(({ provider }) => provider)).to.not.include(cacheId);
    expect((await must('provider', 'cache', 'ls'))['shards']).to.deep.equal([]);
    expect((await keeper('provider', 'cache', 'rm', 'abcdef')).records.at(-1)?.['code']).to.equal('cache-unknown');
  });

  it('fetch what is public, and pay its holder for it', async () => {
    await must('wallet', 'deposit', '10');
    const added = await must('provider', 'cache', 'add', 'data', '--from', ownerAddress);
    expect(added).to.include({ type: 'cached', read: 1, provider: cacheId, pricePerMiB: String(CACHE_PRICE) });
    expect(earned(holder) >= costAt(PRICE)).to.equal(true);
    expect(await must('provider', 'cache', 'add', 'data', '--from', ownerAddress)).to.include({ read: 0 });
    const { shards } = await must('provider', 'cache', 'ls');
    expect(shards).to.have.length(1);
  });

  it('are read in place of the holder where they are cheaper, and paid their own price', async () => {
    const before = earned(holder);
    const { result, isWhole } = await get();
    expect(isWhole, result.stdout + result.stderr).to.equal(true);
    expect(earned(holder)).to.equal(before);
    expect(earned(cache) >= costAt(CACHE_PRICE)).to.equal(true);
    expect(earned(cache) <= costAt(CACHE_PRICE) + CACHE_PRICE).to.equal(true);
  });

  it('are not read by who wants none, nor above what it pays', async () => {
    const before = earned(cache);
    const { isWhole } = await get({ STOWMARKET_RETRIEVAL_CACHES: 'false' });
    expect(isWhole).to.equal(true);
    const { result } = await get({ STOWMARKET_RETRIEVAL_MAX_PRICE_PER_MIB: '0.00001' });
    expect(result.code).to.not.equal(0);
    expect(earned(cache)).to.equal(before);
  });

  it('serve after kill -9 and a restart what they had, also when its holder is gone', async () => {
    await cache.kill();
    await cache.start();
    await holder.kill();
    const before = earned(cache);
    // It announces what it has once it knows peers again.
    while (!(await get()).isWhole) expect(earned(cache)).to.equal(before);
    expect(earned(cache) > before).to.equal(true);
    await holder.start();
  });

  it('that serve wrong bytes are dropped, unpaid for them, and the read goes on at the holder', async () => {
    const { shards } = (await must('provider', 'cache', 'ls')) as { shards: { root: string }[] };
    const paths = new StorePaths(join(cache.dataDir, 'cache'));
    const file = await open(paths.shardOf(fromHex(shards[0]!.root)), 'r+');
    for (let unit = 8; unit < 90; unit++) await file.write(Buffer.from('rot'), 0, 3, unit * 65_536 + 100);
    await file.close();
    const before = { holder: earned(holder), cache: earned(cache) };
    const { result, isWhole } = await get();
    expect(isWhole, result.stdout + result.stderr).to.equal(true);
    const { failures } = result.records.at(-1) as { failures: Record<string, unknown>[] };
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ provider: cacheId, integrity: false });
    expect(failures[0]!['reason']).to.include('corrupt');
    expect(earned(holder) > before.holder).to.equal(true);
    // The header before the first wrong unit, at the most.
    expect(earned(cache) - before.cache <= CACHE_PRICE).to.equal(true);
  });

  it('refuse what is no longer public, from the next block on', async () => {
    await owner.must('unshare', 'data', '--public', '--no-rekey');
    await holder.kill();
    const { result } = await get();
    expect(result.code).to.not.equal(0);
    await holder.start();
  });

  it('give out what is private, to whom its holder does', async () => {
    await writeFile(join(folder, 'own'), data);
    await must('put', join(folder, 'own'), '--name', 'own', '--code', '1/1', '--force');
    expect(await must('provider', 'cache', 'add', 'own')).to.include({ read: 1 });
    await holder.kill();
    const target = out();
    await must('get', 'own', '-o', target);
    expect((await readFile(target)).equals(data)).to.equal(true);
    const { shards } = (await must('provider', 'cache', 'ls')) as { shards: { root: string }[] };
    expect(shards).to.have.length(2);
    await must('provider', 'cache', 'rm', shards[0]!.root);
    expect((await must('provider', 'cache', 'ls'))['shards']).to.have.length(1);
  });
});
