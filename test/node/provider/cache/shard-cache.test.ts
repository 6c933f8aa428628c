import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { fromHex, to0x } from '../../../../node/core/bytes.ts';
import { messageOf } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import type { Hex } from '../../../../node/market/messages.ts';
import { hashUnits } from '../../../../node/pipeline/merkle/hash-thread.ts';
import { rootOfUnitRoots } from '../../../../node/pipeline/merkle/upper-tree.ts';
import type { CachedShard } from '../../../../node/provider/cache/cache-index.ts';
import { ShardCache } from '../../../../node/provider/cache/shard-cache.ts';
import { rejection } from '../../support/rejection.ts';
import { drain } from '../../transfer/fixtures.ts';

const CLIENT = '0x8ba1f109551bD432803012645Ac136ddd64DBA72';
const OBJECT: Hex = `0x${'ab'.repeat(32)}`;

interface Sample {
  shard: CachedShard;
  bytes: Uint8Array;
}

async function sample(units: number, shardIndex = 0): Promise<Sample> {
  const bytes = Uint8Array.from(randomBytes(units * UNIT_BYTES));
  const root = to0x(rootOfUnitRoots(await hashUnits(bytes)));
  return { shard: { root, client: CLIENT, objectKey: OBJECT, shardIndex, units }, bytes };
}

async function* inPieces(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

describe('a cache of shards', () => {
  let folder: string;
  let cache: ShardCache;
  let changes: string[];
  const open = async (capacityUnits = 10): Promise<ShardCache> => {
    cache = await ShardCache.open({ folder, capacityUnits, logger: silentLogger });
    changes = [];
    cache.watch({
      added: (root) => changes.push(`+${to0x(root)}`),
      evicted: (root) => changes.push(`-${to0x(root)}`),
    });
    return cache;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-cache-'));
    await open();
  });
  afterEach(async () => {
    cache.close();
    await rm(folder, { recursive: true, force: true });
  });
  const add = async ({ shard, bytes }: Sample): Promise<void> => cache.add(shard, inPieces(bytes));
  const read = async ({ shard }: Sample): Promise<Buffer> => {
    const parts: Buffer[] = [];
    for await (const part of cache.readUnits(fromHex(shard.root), 0, shard.units)) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  };
  const roots = (): Hex[] => cache.list().map(({ root }) => root);

  it('gives back what it was given, and says whose it is', async () => {
    const one = await sample(3);
    await add(one);
    expect((await read(one)).equals(one.bytes)).to.equal(true);
    expect(await cache.units(fromHex(one.shard.root))).to.equal(3);
    expect((await cache.unitRoots(fromHex(one.shard.root))).byteLength).to.equal(3 * 32);
    expect(cache.objectsOf(one.shard.root)).to.deep.equal([one.shard]);
    expect(cache.objectsOf(OBJECT)).to.deep.equal([]);
    expect(changes).to.deep.equal([`+${one.shard.root}`]);
  });

  it('gives up what was read least recently, as much as has to be', async () => {
    const [first, second, third, fourth] = [await sample(3), await sample(3), await sample(3), await sample(6)];
    for (const each of [first, second, third]) await add(each);
    await read(first);
    expect(roots()).to.deep.equal([first, third, second].map(({ shard }) => shard.root));
    changes = [];
    await add(fourth);
    expect(changes).to.deep.equal([`-${second.shard.root}`, `-${third.shard.root}`, `+${fourth.shard.root}`]);
    expect(roots()).to.deep.equal([fourth.shard.root, first.shard.root]);
    expect(await cache.units(fromHex(second.shard.root))).to.equal(undefined);
  });

  it('lets a reader finish what is given up meanwhile', async () => {
    const [first, second] = [await sample(10), await sample(10)];
    await add(first);
    const reading = cache.readUnits(fromHex(first.shard.root), 0, 10)[Symbol.asyncIterator]();
    let bytes = (await reading.next()).value?.byteLength ?? 0;
    await add(second);
    for (let next = await reading.next(); next.done !== true; next = await reading.next())
      bytes += next.value.byteLength;
    expect(bytes).to.equal(10 * UNIT_BYTES);
    expect(roots()).to.deep.equal([second.shard.root]);
  });

  it('takes no other bytes than those of the root, not too few, and none that do not fit', async () => {
    const one = await sample(3);
    const other = await sample(3);
    expect((await rejection(cache.add(one.shard, inPieces(other.bytes)))).code).to.equal('root-mismatch');
    expect((await rejection(cache.add(one.shard, inPieces(one.bytes.subarray(UNIT_BYTES))))).code).to.equal(
      'root-mismatch',
    );
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield one.bytes.subarray(0, UNIT_BYTES);
      throw new Error('the source broke');
    };
    expect(await cache.add(one.shard, broken()).catch(messageOf)).to.equal('the source broke');
    expect((await rejection(add(await sample(11)))).code).to.equal('cache-too-small');
    expect(roots()).to.deep.equal([]);
    await add(one);
    expect(roots()).to.deep.equal([one.shard.root]);
  });

  it('knows after a restart what it has, and what was read last', async () => {
    const [first, second, third] = [await sample(4), await sample(4), await sample(4)];
    await add(first);
    await add(second);
    await read(first);
    cache.close();
    await open();
    expect(roots()).to.deep.equal([first.shard.root, second.shard.root]);
    expect((await read(first)).equals(first.bytes)).to.equal(true);
    await add(third);
    expect(roots()).to.deep.equal([third.shard.root, first.shard.root]);
  });

  it('gives up what a smaller size has no room for, and what nobody knows the owner of', async () => {
    const [first, second] = [await sample(4), await sample(4)];
    await add(first);
    await add(second);
    cache.close();
    await open(5);
    expect(roots()).to.deep.equal([second.shard.root]);
    cache.close();
    for (const name of await readdir(folder))
      if (name.startsWith('cache.sqlite')) await rm(join(folder, name), { force: true });
    await open(5);
    expect(roots()).to.deep.equal([]);
    await add(await sample(5));
  });

  it('forgets what it is told to', async () => {
    const one = await sample(2);
    await add(one);
    expect(await cache.remove(one.shard.root)).to.equal(true);
    expect(await cache.remove(one.shard.root)).to.equal(false);
    expect(roots()).to.deep.equal([]);
    expect(await drain(cache.readUnits(fromHex(one.shard.root), 0, 1)).catch(() => 'gone')).to.equal('gone');
  });
});
