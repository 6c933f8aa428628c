import { readFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { devnet } from '../../../deploy/parameters/devnet.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { formatAgreementId } from '../../../node/market/agreement-id.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { connect, TOKEN } from '../chain/market-fixture.ts';
import { ProviderProcess, type Ready } from '../provider/support/provider-process.ts';
import { TestClient, type Signed } from '../provider/support/test-client.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { type Client, clientOf } from './support/client.ts';
import { run } from './support/run.ts';

const [CLIENT, STRANGER] = [1, 3] as const;
/** More than a minute, for a provider on a busy machine. Where it is to pass, the test adds the blocks. */
const WINDOW_BLOCKS = 300;
const BLOCK_MS = 200;
const MAX_OPEN = 4;
const BOND = 4n * TOKEN;
const UNITS = 5;

describe('demanding units from the command line', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let folder: string;
  let chain: TestChain;
  let view: ChainView;
  let provider: ProviderProcess;
  let ready: Ready;
  let owner: TestClient;
  let client: Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-demand-'));
    const demands = { bond: BOND, windowBlocks: WINDOW_BLOCKS, maxOpen: MAX_OPEN };
    const audits = { ...devnet.audits, windowBlocks: WINDOW_BLOCKS };
    // Long periods: a provider that is gone must not fail for its proofs before its demands do.
    chain = await startChain({ blockMs: BLOCK_MS, periodBlocks: 5_000, parameters: { ...devnet, audits, demands } });
    view = await connect(chain);
    provider = await ProviderProcess.create(chain, chain.accounts[2]!);
    await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, '0x8ac7230489e80000');
    ready = await provider.start();
    owner = await TestClient.open(chain, chain.accounts[CLIENT]!);
    await owner.deposit(12n * TOKEN);
    client = clientOf(chain, folder, CLIENT);
  });
  after(async () => {
    await owner?.close();
    await provider?.dispose();
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function agree(): Promise<Signed & { name: string }> {
    const signed = await owner.sign(ready, await owner.place(ready, UNITS));
    return { ...signed, name: formatAgreementId(await owner.form(signed)) };
  }

  async function freeOf(account: number): Promise<bigint> {
    return (await readBalances(view, chain.accounts[account]!.address)).escrow;
  }

  it('refuses what cannot be demanded, and sends nothing', async () => {
    const { objectKey, name } = await agree();
    const key = objectKey.slice(2);
    const free = await freeOf(CLIENT);
    expect(await client.fails('demand', 'no-such-object', '--yes')).to.deep.equal([4, 'object-unknown']);
    expect(await client.fails('demand', key, '--shard', '5', '--yes')).to.deep.equal([4, 'shard-unknown']);
    expect(await client.fails('demand', key, '--units', '5', '--yes')).to.deep.equal([2, 'demand-too-many']);
    expect(await client.fails('demand', key, '--units', '4', '--yes')).to.deep.equal([6, 'escrow-short']);
    expect(await client.fails('demand', key)).to.deep.equal([2, 'confirmation-missing']);
    expect((await client.cli('demand', key, '--shard', 'x')).code).to.equal(2);
    expect((await client.cli('demand', key, '--units', '-1')).code).to.equal(2);
    const stranger = clientOf(chain, folder, STRANGER);
    expect(await stranger.fails('demand', name, '--yes')).to.deep.equal([2, 'agreement-foreign']);
    expect(await stranger.fails('demand', key, '--yes')).to.deep.equal([4, 'object-unknown']);
    expect(await freeOf(CLIENT)).to.equal(free);
  });

  it('brings the bytes out, each unit once, and the provider gets the bonds', async () => {
    await owner.deposit(100n * TOKEN);
    const { objectKey, name, shard } = await agree();
    const key = objectKey.slice(2);
    const free = await freeOf(CLIENT);
    const planned = await client.must('demand', key, '--units', '2', '--dry-run');
    expect(planned).to.deep.include({ command: 'demand', bond: String(BOND), failed: [], closed: [] });
    expect(planned['units']).to.deep.equal([{ agreement: name, count: 2 }]);
    expect(planned['transactions']).to.have.lengthOf(1);
    expect(await freeOf(CLIENT)).to.equal(free);

    const earned = await freeOf(2);
    const out = join(folder, 'units');
    const first = await client.must('demand', key, '--units', '2', '--shard', '0', '--yes', '-o', out);
    const shown = demandsIn(first);
    expect(shown.map(({ agreement, state }) => [agreement, state])).to.deep.equal([
      [name, 'shown'],
      [name, 'shown'],
    ]);
    expect(await freeOf(2)).to.equal(earned + 2n * BOND);
    const second = await client.must('demand', name, '--units', '4', '--yes', '-o', out);
    const units = demandsIn(second).map(({ unit }) => Number(unit));
    expect(units, 'the rest, and what was shown before').to.have.members([0, 1, 2, 3, 4]);
    expect(await readdir(out)).to.have.lengthOf(UNITS);
    for (const { unit, file } of demandsIn(second)) {
      const bytes = shard.subarray(Number(unit) * UNIT_BYTES, (Number(unit) + 1) * UNIT_BYTES);
      expect((await readFile(String(file))).equals(bytes), `unit ${String(unit)}`).to.equal(true);
    }
    const nothing = await client.must('demand', name, '--yes');
    expect(demandsIn(nothing), 'all was shown').to.deep.equal([]);
    expect(nothing['usedUp']).to.deep.equal([name]);
  });

  it('writes what was shown before, whether or not bonds for more are there', async () => {
    const { name } = await agree();
    const demanded = await client.must('demand', name, '--yes');
    expect(demanded['usedUp']).to.deep.equal([]);
    const [shown] = demandsIn(demanded);
    const [written, more] = [join(folder, 'written'), join(folder, 'more')];
    const none = await client.must('demand', name, '--units', '0', '-o', written);
    expect(demandsIn(none).map(({ demand, state }) => [demand, state])).to.deep.equal([[shown?.['demand'], 'shown']]);
    expect(await readdir(written)).to.deep.equal([`${name}-unit-${String(shown?.['unit'])}`]);

    await client.must('wallet', 'withdraw', 'all');
    const { code, records, stdout } = await client.cli('demand', name, '--units', '4', '--yes', '-o', more);
    expect(code, stdout).to.equal(3);
    expect(String(listIn(records.at(-1), 'failed')[0]?.['reason'])).to.contain('are missing');
    expect(await readdir(more)).to.have.lengthOf(1);
    await owner.deposit(100n * TOKEN);
  });

  it('says of an agreement with too many open audits and demands that it is left out', async () => {
    const { name } = await agree();
    await provider.kill();
    await client.must('challenge', name, '--yes');
    const { code, records } = await client.cli('demand', name, '--units', '4', '--yes');
    expect(code).to.equal(3);
    const [failed] = listIn(records.at(-1), 'failed');
    expect(failed).to.include({ agreement: name });
    expect(failed?.['reason']).to.match(/may be open at a time/);
    ready = await provider.start();
  });

  it('waits for a provider that is gone, closes the demand, and the client is compensated', async () => {
    const { name, agreement } = await agree();
    const [shown] = demandsIn(await client.must('demand', name, '--yes'));
    await provider.kill();
    const free = await freeOf(CLIENT);
    const running = client.cli('demand', name, '--units', '2', '--yes');
    const mining = setInterval(() => void chain.mine(40), 500);
    const { code, records, stdout } = await running.finally(() => clearInterval(mining));
    expect(code, stdout).to.equal(7);
    const states = demandsIn(records.at(-1) ?? {}).map(({ state }) => state);
    expect(states).to.deep.equal(['failed', 'voided']);
    const gain = (await freeOf(CLIENT)) - free;
    expect(gain > agreement.collateral / 2n, 'the bonds are back, and most of the collateral came').to.equal(true);
    expect(await client.fails('demand', name, '--yes')).to.deep.equal([4, 'nothing-to-demand']);
    const late = await client.must('demand', name, '-o', join(folder, 'late'));
    expect(demandsIn(late), 'what was shown while it ran').to.have.lengthOf(1);
    expect(demandsIn(late)[0]).to.include({ demand: shown?.['demand'], state: 'shown' });
    ready = await provider.start();
  });

  it('leaves demands open at ctrl-C, and follows them up when it is run again', async () => {
    const { name } = await agree();
    const late = await agree();
    await provider.kill();
    for (const wanted of [name, late.name]) await interrupted(wanted);
    const free = await freeOf(CLIENT);
    const again = client.cli('demand', name, '--units', '0');
    const mining = setInterval(() => void chain.mine(40), 500);
    const { code, records, stdout } = await again.finally(() => clearInterval(mining));
    expect(code, stdout).to.equal(7);
    expect(demandsIn(records.at(-1) ?? {}).map(({ state }) => state)).to.deep.equal(['failed']);
    expect((await freeOf(CLIENT)) > free + BOND).to.equal(true);
    // The window of the other one went by meanwhile.
    await chain.mine(WINDOW_BLOCKS);
    const overdue = await client.cli('demand', late.name, '--yes');
    expect(overdue.code, overdue.stdout).to.equal(7);
    const [closed] = listIn(overdue.records.at(-1), 'closed');
    expect(closed).to.include({ agreement: late.name, outcome: 'failed' });
    ready = await provider.start();
  });

  it('says after ctrl-C that a demand on its way may still be mined, and --units 0 finds it', async () => {
    const { name } = await agree();
    const stop = new AbortController();
    await chain.rpc('evm_setIntervalMining', 0);
    const running = run(['--json', 'demand', name, '--yes'], { env: client.env, signal: stop.signal });
    while ((await view.client.getBlock({ blockTag: 'pending' })).transactions.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort(new Error('stopped'));
    const { code, records } = await running;
    await chain.mine(1);
    await chain.rpc('evm_setIntervalMining', BLOCK_MS);
    expect(code).to.equal(130);
    expect(records.at(-1)?.['message']).to.equal(`stopped; the transaction for agreement ${name} may still be mined`);
    const found = await client.must('demand', name, '--units', '0', '-o', join(folder, 'found'));
    expect(demandsIn(found).map(({ state }) => state)).to.deep.equal(['shown']);
  });

  /** Demands a unit, and is stopped once its bond is locked. */
  async function interrupted(name: string): Promise<void> {
    const stop = new AbortController();
    const free = await freeOf(CLIENT);
    const running = run(['--json', 'demand', name, '--yes'], { env: client.env, signal: stop.signal });
    while ((await freeOf(CLIENT)) === free) await new Promise((resolve) => setTimeout(resolve, 50));
    // Until it is told of it: what is on its way when ctrl-C comes goes on all the same.
    await chain.mine(5);
    stop.abort(new Error('stopped'));
    const { code, records } = await running;
    expect([code, records.at(-1)?.['code']]).to.deep.equal([130, 'interrupted']);
    expect(records.at(-1)?.['hint']).to.contain('--units 0');
  }
});

function demandsIn(record: Record<string, unknown>): Record<string, unknown>[] {
  return listIn(record, 'demands');
}

function listIn(record: Record<string, unknown> | undefined, field: string): Record<string, unknown>[] {
  return record?.[field] as Record<string, unknown>[];
}
