import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { zeroAddress } from 'viem';

import { equal } from '../../../node/core/bytes.ts';
import { UNSHARED_FOR_MS } from '../../../node/agreements/limits.ts';
import { isStowError } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { ProviderProcess, type Ready } from './support/provider-process.ts';
import { newShard, TestClient, type Placed } from './support/test-client.ts';

const TOKEN = 10n ** 18n;

describe('A provider process on a real chain', function () {
  this.timeout(300_000);
  let chain: TestChain;
  let provider: ProviderProcess;
  let client: TestClient;
  let account: TestChain['accounts'][number];
  let ready: Ready;
  let first: Placed;

  before(async () => {
    chain = await startChain({ blockMs: 250, periodBlocks: 16 });
    const [, operator, customer] = chain.accounts;
    if (operator === undefined || customer === undefined) throw new Error('the chain has accounts');
    account = customer;
    provider = await ProviderProcess.create(chain, operator);
    const { address } = await nodeAccountOf(provider);
    await chain.rpc('hardhat_setBalance', address, '0x8ac7230489e80000');
    client = await TestClient.open(chain, customer);
    await client.deposit(1_000n * TOKEN);
  });
  after(async () => {
    await client?.close();
    await provider?.dispose();
    await chain?.stop();
  });

  it('registers, stakes, posts its ask and is ready', async () => {
    ready = await provider.start();
    expect(ready.provider).to.equal(1);
    const status = await provider.status();
    expect(status.asks).to.deep.equal(['1']);
    expect(BigInt(status.stake.lockable)).to.equal(1_000n * TOKEN);
  });

  it('takes a shard, signs, and after forming proves and is paid', async () => {
    first = await client.place(ready, 40);
    const signed = await client.sign(ready, first);
    await client.form(signed);
    const status = await provider.until('it was paid', ({ earnings }) => BigInt(earnings.paid) > 0n);
    expect(status.agreements).to.deep.equal({ active: 1, kept: 0, failed: 0, handedOver: 0 });
    expect(status.reservations).to.equal(0);
    expect(status.periodsProven).to.be.at.least(1);
    expect(status.periodsMissed).to.equal(0);
    expect(status.bytes).to.equal(40 * 65_536);
  });

  it('serves the shard to its owner, and to whom the owner shares it with, as long as it does', async () => {
    expect(differingUnits(await client.read(ready, first), first.shard)).to.deep.equal([]);
    const reader = chain.accounts[3];
    if (reader === undefined) throw new Error('the chain has accounts');
    const { address } = reader;
    const refused = async (as: typeof reader | 'nobody'): Promise<boolean> =>
      client.read(ready, first, as).then(
        () => false,
        (error: unknown) => isStowError(error, 'read-refused'),
      );
    /** A provider notices what is taken back with the next block that it sees. */
    const refusedSoon = async (as: typeof reader | 'nobody'): Promise<boolean> => {
      for (let tries = 0; tries < 40; tries += 1) {
        if (await refused(as)) return true;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return false;
    };
    expect([await refused(reader), await refused('nobody')]).to.deep.equal([true, true]);
    await client.share(first, address);
    await new Promise((resolve) => setTimeout(resolve, UNSHARED_FOR_MS));
    expect(differingUnits(await client.read(ready, first, reader), first.shard)).to.deep.equal([]);
    expect(await refused('nobody')).to.equal(true);
    await client.unshare(first, address);
    expect(await refusedSoon(reader)).to.equal(true);
    await client.share(first, zeroAddress);
    await new Promise((resolve) => setTimeout(resolve, UNSHARED_FOR_MS));
    expect(differingUnits(await client.read(ready, first, 'nobody'), first.shard)).to.deep.equal([]);
    expect(differingUnits(await client.read(ready, first, reader), first.shard)).to.deep.equal([]);
    await client.unshare(first, zeroAddress);
    expect([await refusedSoon('nobody'), await refusedSoon(reader)]).to.deep.equal([true, true]);
  });

  it('keeps what it signed for over kill -9, and finds the agreement that was formed meanwhile', async () => {
    const placed = await client.place(ready, 3);
    const signed = await client.sign(ready, placed);
    await provider.kill();
    await client.form(signed);
    ready = await provider.start();
    const before = await provider.until('both agreements were known', ({ agreements }) => agreements.active === 2);
    expect(differingUnits(await client.read(ready, placed), placed.shard)).to.deep.equal([]);
    expect(differingUnits(await client.read(ready, first), first.shard)).to.deep.equal([]);
    await provider.until('it proved again', ({ periodsProven }) => periodsProven > before.periodsProven);
  });

  it('goes on with an upload that kill -9 cut off, for another run of the same wallet', async () => {
    const shard = newShard(600);
    const { lost } = await client.begin(ready, shard, 500);
    // Some of it is on disk once the journal says so; the rest is somewhere on the way.
    const uploads = join(provider.dataDir, 'uploads');
    while ((await sizesIn(uploads)) < 100 * 32) await new Promise((resolve) => setTimeout(resolve, 20));
    await provider.kill();
    await lost.catch(() => undefined);
    ready = await provider.start();
    const later = await TestClient.open(chain, account);
    try {
      const { placed, from } = await later.goOn(ready, shard);
      expect(from).to.be.within(100, 500);
      await client.form(await later.sign(ready, placed));
      await provider.until('it holds three', ({ agreements }) => agreements.active === 3);
      expect(differingUnits(await later.read(ready, placed), shard.shard)).to.deep.equal([]);
      expect(await readdir(uploads)).to.deep.equal([]);
    } finally {
      await later.close();
    }
  });

  it('is not started twice on one folder', async () => {
    const second = await provider.run('start');
    expect(second.code).to.equal(5);
    expect(second.stderr).to.match(/in use by another process \(pid \d+\)/);
  });

  it('concedes a shard whose file is gone, and goes on proving the rest', async () => {
    const root = first.root.slice(2);
    await rm(join(provider.dataDir, 'shards', root.slice(0, 2), `${root}.shard`));
    const conceded = await provider.until('it conceded', ({ agreements }) => agreements.failed === 1);
    expect(conceded.agreements).to.deep.equal({ active: 2, kept: 0, failed: 1, handedOver: 0 });
    const missed = conceded.periodsMissed;
    const later = await provider.until(
      'it proved the rest',
      ({ periodsProven }) => periodsProven > conceded.periodsProven,
    );
    expect(later.periodsMissed).to.equal(missed);
  });

  it('stops when told to, with its folder free for the next', async () => {
    const stopped = await provider.run('stop');
    expect(stopped).to.deep.include({ code: 0, stdout: 'stopped\n' });
    const status = await provider.run('status');
    expect(status.code).to.equal(4);
    expect(status.stderr).to.include('no provider runs on the data folder');
    ready = await provider.start();
    expect(await provider.terminate()).to.equal(0);
  });
});

/** Bytes of the journals in a folder of uploads. */
async function sizesIn(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.roots'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function nodeAccountOf(provider: ProviderProcess): Promise<{ address: string }> {
  const { nodeIdentity } = await import('../../../node/network/identity.ts');
  return nodeIdentity(provider.nodeKey);
}

/** Numbers of the units in which two shards differ, one of them longer than the other included. */
function differingUnits(got: Uint8Array, expected: Uint8Array): number[] {
  const units = Math.max(got.byteLength, expected.byteLength) / UNIT_BYTES;
  const numbers = Array.from({ length: units }, (_, unit) => unit);
  return numbers.filter((unit) => !equal(unitAt(got, unit), unitAt(expected, unit)));
}

function unitAt(shard: Uint8Array, unit: number): Uint8Array {
  return shard.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES);
}
