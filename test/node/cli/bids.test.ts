import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { readMarketParameters } from '../../../node/chain/actions/read-market-parameters.ts';
import { parseTokens, unitPriceOfGibPrice } from '../../../node/market/money.ts';
import { quote } from '../../../node/market/quote.ts';
import { layoutOf } from '../../../node/pipeline/layout.ts';
import { connect } from '../chain/market-fixture.ts';
import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startCli } from '../client/support/run-cli.ts';
import { privateKeyOf, startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

/** They want 0.0010, 0.0011 and 0.0012 for a GiB and period, of asks and of bids. */
const PROVIDERS = 3;
const SIZE = 3 * 1_048_576 + 17;
const PERIODS = 50;
const UNITS = layoutOf(SIZE, 2).unitsPerShard;
/** The chain's clock goes twice as fast as ours: it makes two blocks a second. */
const CLIMB = ['--start-price', '0.0005', '--climb', '40s', '--deadline', '300s'];
const PATIENCE_MS = 600_000;

describe('bids, with providers on a real chain', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let providers: RunningProvider[] = [];
  let client: Client;
  let burnBps: bigint;
  let bytes: Buffer;
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-bids-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 5_000 });
    providers = await startProviders(chain, folder, { count: PROVIDERS, firstAccount: 2 });
    client = clientOf(chain, folder);
    const { code } = await cli('wallet', 'deposit', '500');
    expect(code).to.equal(0);
    ({ burnBps } = await readMarketParameters(await connect(chain)));
  });

  after(async () => {
    await stopProviders(providers);
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli: Client['cli'] = async (...args) => client.cli(...args);

  async function escrow(): Promise<bigint> {
    const { records } = await cli('wallet', 'balance');
    return BigInt(String(records.at(-1)?.['escrow']));
  }

  /** Bids for a file of so many random bytes. */
  async function bid(name: string, ...args: string[]): Promise<{ code: number; record: Record<string, unknown> }> {
    bytes = randomBytes(SIZE);
    await writeFile(file(name), bytes);
    const terms = ['--bid', '--code', '2/3', '--periods', String(PERIODS), ...args];
    const { code, records } = await cli('put', file(name), ...terms);
    return { code, record: records.at(-1) ?? {} };
  }

  async function expectReadable(name: string): Promise<void> {
    const got = await cli('get', name, '-o', file(`${name}-back`));
    expect(got.code, got.stdout).to.equal(0);
    expect((await readFile(file(`${name}-back`))).equals(bytes)).to.equal(true);
  }

  /** Shards of a result, in the order of their prices. */
  function takenOf(record: Record<string, unknown>): { provider: number; price: bigint }[] {
    const shards = record['shards'] as { provider: number; pricePerUnitPeriod: string }[];
    return shards
      .map(({ provider, pricePerUnitPeriod }) => ({ provider, price: BigInt(pricePerUnitPeriod) }))
      .toSorted((a, b) => (a.price < b.price ? -1 : 1));
  }

  /** What agreements at these prices lock and burn, when they are formed in one transaction. */
  function costOf(...prices: bigint[]): bigint {
    const shards = prices.map((pricePerUnitPeriod) => ({ pricePerUnitPeriod, units: UNITS, periods: PERIODS }));
    return quote({ shards, burnBps, holdbackBps: 0n }).total;
  }

  /** What a provider wants of bids: by default what its ask does. */
  function wantedBy(provider: number): bigint {
    const number = providers.find(({ id }) => id === provider)!.home.at(-1);
    return ceilingOf(`0.001${number}`);
  }

  /** Nothing of a bid is left in the book. */
  async function expectNoBids(): Promise<void> {
    const { records } = await cli('market', 'bids', '--mine');
    expect(records).to.deep.equal([{ type: 'bids-page', bids: 0 }]);
  }

  it('climbs until all providers accept, at prices that each of them wants, and the object comes back', async () => {
    const before = await escrow();
    const { code, record } = await bid('climbing', ...CLIMB, '--ceiling', '0.002');
    expect([code, record['type'], record['outcome']], JSON.stringify(record)).to.deep.equal([0, 'stored', 'filled']);
    const taken = takenOf(record);
    for (const { provider, price } of taken) {
      expect(price >= wantedBy(provider), `provider ${provider} was paid ${price}`).to.equal(true);
      expect(price < ceilingOf('0.002'), `provider ${provider} was paid ${price}`).to.equal(true);
    }
    expect(before - (await escrow()), 'the whole price, and nothing else').to.equal(
      costOf(...taken.map(({ price }) => price)),
    );
    await expectNoBids();
    await expectReadable('climbing');
  });

  it('stands: each provider takes its shard by itself, once the price is right for it', async () => {
    const before = await escrow();
    const { code, record } = await bid('standing', '--rest', 'stand', ...CLIMB, '--ceiling', '0.002');
    expect([code, record['outcome']], JSON.stringify(record)).to.deep.equal([0, 'filled']);
    const taken = takenOf(record);
    for (const { provider, price } of taken) expect(price >= wantedBy(provider)).to.equal(true);
    const cost = taken.reduce((sum, { price }) => sum + costOf(price), 0n);
    expect(before - (await escrow())).to.equal(cost);
    await expectNoBids();
    await expectReadable('standing');
  });

  it('stands until its end with a part taken, and gives back what is behind the rest', async () => {
    const before = await escrow();
    const { code, record } = await bid('part', '--rest', 'stand', '--ceiling', '0.00115', '--deadline', '40s');
    expect([code, record['outcome']], JSON.stringify(record)).to.deep.equal([3, 'partly']);
    const taken = takenOf(record);
    expect(taken).to.have.lengthOf(2);
    expect(before - (await escrow())).to.equal(taken.reduce((sum, { price }) => sum + costOf(price), 0n));
    expect(record['refunded']).to.equal(String(costOf(ceilingOf('0.00115'))));
    await expectNoBids();
    await expectReadable('part');
  });

  it('refunds what the one answer leaves over', async () => {
    const before = await escrow();
    const { code, record } = await bid('refunded', '--rest', 'refund', '--ceiling', '0.00115', '--deadline', '60s');
    expect([code, record['outcome']], JSON.stringify(record)).to.deep.equal([3, 'partly']);
    const taken = takenOf(record);
    expect(taken).to.have.lengthOf(2);
    expect(before - (await escrow())).to.equal(costOf(...taken.map(({ price }) => price)));
    await expectNoBids();
    await expectReadable('refunded');
  });

  it('takes all or none: with one provider short, every token comes back', async () => {
    const before = await escrow();
    const { code, record } = await bid('none', '--ceiling', '0.00115', '--deadline', '20s');
    expect([code, record['type'], record['outcome']], JSON.stringify(record)).to.deep.equal([
      5,
      'bid-untaken',
      'untaken',
    ]);
    expect(JSON.stringify(record['failures'])).to.match(/PriceTooLow/);
    expect(await escrow()).to.equal(before);
    await expectNoBids();
    expect((await cli('ls')).records.some(({ name }) => name === 'none')).to.equal(false);
  });

  it('gives every token back when nobody answers, whatever becomes of the rest', async () => {
    const before = await escrow();
    for (const rest of ['all-or-none', 'stand', 'refund']) {
      const { code, record } = await bid('alone', '--rest', rest, '--ceiling', '0.0009', '--deadline', '10s');
      expect([code, record['outcome'], record['shards']], rest).to.deep.equal([5, 'untaken', []]);
      expect(await escrow(), rest).to.equal(before);
    }
  });

  it('asks for region and score, which nobody here has', async () => {
    const region = await bid('region', '--region', '276', '--ceiling', '0.002', '--deadline', '8s');
    expect([region.code, region.record['outcome']]).to.deep.equal([5, 'untaken']);
    const score = await bid('score', '--min-score', '0.99', '--ceiling', '0.002', '--deadline', '8s');
    expect([score.code, score.record['outcome']]).to.deep.equal([5, 'untaken']);
    expect(JSON.stringify(score.record['failures'])).to.match(/BidScore/);
  });

  it('is left standing by ctrl-C, is listed a page at a time, and cancelled by its client only', async () => {
    const before = await escrow();
    const bids = [];
    for (const name of ['one', 'two']) {
      await writeFile(file(name), randomBytes(1_000));
      const args = ['put', file(name), '--bid', '--rest', 'stand', '--code', '1/2', '--ceiling', '0.0009'];
      const { child, result } = startCli(['--json', ...args], client.env);
      child.stdout!.on('data', (chunk: Buffer) => {
        if (/0 of 2 shards taken/.test(chunk.toString())) child.kill('SIGINT');
      });
      const { code, records } = await result;
      expect(code).to.equal(130);
      const said = records.at(-1) ?? {};
      expect(said['message']).to.match(/stopped by SIGINT: bid \d+ stands until .*may still take them/);
      bids.push(/bid cancel (\d+)/.exec(String(said['hint']))?.[1]);
    }
    const [first, second] = bids as [string, string];
    const page = (await cli('market', 'bids', '--limit', '1')).records;
    expect(page).to.have.lengthOf(2);
    expect(page[0]).to.include({ type: 'bid', bid: first, shardsLeft: 2, rest: 'stand', expired: false });
    expect(page[1]).to.deep.equal({ type: 'bids-page', bids: 1, next: second });
    const rest = (await cli('market', 'bids', '--from', second)).records;
    expect(rest.map(({ bid: id }) => id)).to.deep.equal([second, undefined]);
    const locked = BigInt(String(page[0]?.['locked'])) + BigInt(String(rest[0]?.['locked']));
    expect(await escrow()).to.equal(before - locked);

    const stranger = { ...client.env, STOWMARKET_KEY: privateKeyOf(chain.accounts[9]!) };
    const refused = await run(['--json', 'bid', 'cancel', first], { env: stranger });
    expect([refused.code, refused.records.at(-1)?.['code']]).to.deep.equal([2, 'bid-not-yours']);
    for (const id of bids) expect((await cli('bid', 'cancel', String(id))).code).to.equal(0);
    expect(await escrow()).to.equal(before);
    const again = await cli('bid', 'cancel', first);
    expect([again.code, again.records.at(-1)?.['code']]).to.deep.equal([4, 'bid-unknown']);
  });

  it('is gone on with after kill -9, by --resume: the same bid is filled', async () => {
    const before = await escrow();
    bytes = randomBytes(SIZE);
    await writeFile(file('killed'), bytes);
    const args = ['--bid', '--code', '2/3', '--periods', String(PERIODS), ...CLIMB, '--ceiling', '0.002'];
    const { child, result } = startCli(['--json', 'put', file('killed'), ...args], client.env);
    child.stdout!.on('data', (chunk: Buffer) => {
      if (/shards taken/.test(chunk.toString())) child.kill('SIGKILL');
    });
    await result;
    const standing = (await cli('market', 'bids', '--mine')).records.filter(({ type }) => type === 'bid');
    expect(standing).to.have.lengthOf(1);
    const { code, records, stdout } = await cli('put', file('killed'), '--resume');
    expect(code, stdout).to.equal(0);
    const record = records.at(-1) ?? {};
    expect([record['bid'], record['outcome']]).to.deep.equal([standing[0]?.['bid'], 'filled']);
    expect(before - (await escrow())).to.equal(costOf(...takenOf(record).map(({ price }) => price)));
    await expectNoBids();
    await expectReadable('killed');
    const over = await cli('put', file('killed'), '--resume');
    expect([over.code, over.records.at(-1)?.['code']]).to.deep.equal([4, 'put-nothing-to-resume']);
  });

  it('is taken back when ctrl-C comes while only its client can have it answered', async () => {
    const before = await escrow();
    await writeFile(file('stopped'), randomBytes(1_000));
    const { child, result } = startCli(['--json', 'put', file('stopped'), '--bid', '--ceiling', '0.0009'], client.env);
    child.stdout!.on('data', (chunk: Buffer) => {
      if (/shards taken/.test(chunk.toString())) child.kill('SIGINT');
    });
    const { code, records } = await result;
    expect(code).to.equal(130);
    expect(records.at(-1)?.['message']).to.match(/bid \d+ was cancelled, and every token behind it came back/);
    expect((await cli('ls')).records.some(({ name }) => name === 'stopped')).to.equal(false);
    expect(await escrow()).to.equal(before);
  });

  it("plans without sending, within the client's limits", async () => {
    const before = await escrow();
    await writeFile(file('plan'), randomBytes(SIZE));
    const args = ['put', file('plan'), '--bid', '--code', '2/3', '--periods', String(PERIODS), '--ceiling', '0.002'];
    const planned = await cli(...args, '--dry-run');
    const locked = 3n * costOf(ceilingOf('0.002'));
    expect(planned.records.at(-1)).to.include({ type: 'bid-plan', locked: String(locked), rest: 'all-or-none' });
    const limited = await cli(...args, '--max-price', '0.000001');
    expect([limited.code, limited.records.at(-1)?.['code']]).to.deep.equal([6, 'quote-above-limit']);
    const poor = await cli(...args.slice(0, -1), '1000000');
    expect([poor.code, poor.records.at(-1)?.['code']]).to.deep.equal([6, 'escrow-short']);
    const { result } = startCli(
      ['--json', 'put', '-', '--name', 'x', '--bid', '--ceiling', '0.002'],
      client.env,
      (async function* () {
        yield randomBytes(10);
      })(),
    );
    const piped = await result;
    expect([piped.code, piped.records.at(-1)?.['code']]).to.deep.equal([2, 'source-not-rereadable']);
    expect(await escrow()).to.equal(before);
  });
});

/** Token wei for one unit and period. */
function ceilingOf(gibPrice: string): bigint {
  return unitPriceOfGibPrice(parseTokens(gibPrice));
}
