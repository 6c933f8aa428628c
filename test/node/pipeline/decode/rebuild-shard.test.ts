import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { CELL_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { ObjectEncoder, requireWhole } from '../../../../node/pipeline/encode/object-encoder.ts';
import { newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { rebuildShard } from '../../../../node/pipeline/decode/rebuild-shard.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { decodeHeaderUnit } from '../../../../node/pipeline/header/header-unit.ts';
import {
  chunksOf,
  codeOf,
  collect,
  failingReader,
  gather,
  memoryReader,
  OWNER_PRIVATE_KEY,
  store,
  type Stored,
} from '../object-fixture.ts';
import { unhandledDuring } from '../../support/unhandled.ts';
import { expectPlain, initOf } from './expect-plain.ts';
import { WatchedReader } from './watched-reader.ts';

const { signal } = new AbortController();

/** A shard as it is uploaded: its header last. */
function uploadOrder(shard: Uint8Array): Uint8Array {
  return Buffer.concat([shard.subarray(UNIT_BYTES), shard.subarray(0, UNIT_BYTES)]);
}

async function expectRebuilt(
  { shards }: Stored,
  lost: number,
  present: readonly number[],
  skipUnits = 0,
): Promise<void> {
  const header = decodeHeaderUnit(shards[present[0]!]!.subarray(0, UNIT_BYTES));
  const readers = present.map((index) => memoryReader(shards, index));
  const got = await gather(rebuildShard({ header, index: lost, readers, skipUnits, signal }));
  const wanted = uploadOrder(shards[lost]!).subarray(skipUnits * UNIT_BYTES);
  expect(Buffer.compare(got, wanted), `shard ${lost} from ${present.join()}, without ${skipUnits}`).to.equal(0);
}

describe('rebuilding a shard without a key', () => {
  for (const [k, n] of [
    [2, 3],
    [2, 4],
    [4, 6],
    [7, 10],
  ] as const) {
    it(`gives every lost shard of ${k} of ${n} byte for byte, from any others`, async function () {
      this.timeout(60_000);
      const sizes = [0, 1, UNIT_BYTES, k * UNIT_BYTES - 15, k * CELL_BYTES, 5 * k * CELL_BYTES + 7 * UNIT_BYTES];
      for (const size of sizes) {
        const stored = await store(randomBytes(size), k, n);
        for (let lost = 0; lost < n; lost++) {
          const others = Array.from({ length: n }, (_, index) => index).filter((index) => index !== lost);
          await expectRebuilt(stored, lost, others.slice(0, k));
          await expectRebuilt(stored, lost, others.slice(-k).toReversed());
        }
      }
    });
  }

  it('goes on after any number of units that were passed on before', async () => {
    const stored = await store(randomBytes(2 * 6 * CELL_BYTES + 100_000), 2, 3);
    const units = stored.shards[1]!.byteLength / UNIT_BYTES;
    for (const skipped of [1, 3, 4, 15, 16, 17, units - 2, units - 1, units]) {
      await expectRebuilt(stored, 1, [0, 2], skipped);
    }
  });

  it('replaces a holder that fails midway, and says when too few are left', async () => {
    const stored = await store(randomBytes(2 * 9 * CELL_BYTES), 2, 4);
    const header = decodeHeaderUnit(stored.shards[0]!.subarray(0, UNIT_BYTES));
    const readers = [memoryReader(stored.shards, 0), failingReader(stored.shards, 1, 2)];
    const spare = memoryReader(stored.shards, 3);
    const got = await gather(
      rebuildShard({ header, index: 2, readers, source: { failed: () => undefined, next: async () => spare }, signal }),
    );
    expect(Buffer.compare(got, uploadOrder(stored.shards[2]!))).to.equal(0);
    const alone = rebuildShard({
      header,
      index: 2,
      readers: [readers[0]!, failingReader(stored.shards, 1, 2)],
      signal,
    });
    expect(await codeOf(gather(alone))).to.equal('too-few-shards');
  });

  it('reads one megabyte of each shard at a time, and a round ahead of what is passed on', async () => {
    // Nine stripes, and one whose cells are of one unit.
    const stored = await store(randomBytes(2 * 9 * CELL_BYTES), 2, 3);
    const header = decodeHeaderUnit(stored.shards[0]!.subarray(0, UNIT_BYTES));
    const rounds = [
      { from: 1, count: 16 },
      { from: 17, count: 16 },
      { from: 33, count: 5 },
    ];
    const readers = [0, 1].map((index) => new WatchedReader(stored.shards, index));
    const pieces = rebuildShard({ header, index: 2, readers, signal });
    const sizes: number[] = [];
    const asked: number[] = [];
    for await (const piece of pieces) {
      sizes.push(piece.byteLength / UNIT_BYTES);
      asked.push(readers[0]!.asked.length);
    }
    expect(readers.map((reader) => reader.asked)).to.deep.equal([rounds, rounds]);
    expect(sizes).to.deep.equal([4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 1]);
    expect(asked).to.deep.equal([2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3]);

    const later = [0, 1].map((index) => new WatchedReader(stored.shards, index));
    const rest: number[] = [];
    for await (const piece of rebuildShard({ header, index: 2, readers: later, skipUnits: 21, signal }))
      rest.push(piece.byteLength / UNIT_BYTES);
    // From the stripe on whose first unit was passed on: its other three, and those after it.
    expect(rest).to.deep.equal([3, 4, 4, 4, 1, 1]);
    expect(later[1]!.asked).to.deep.equal([
      { from: 21, count: 16 },
      { from: 37, count: 1 },
    ]);
  });

  it('reads and makes shards that began as spares, whose numbers are n and above', async () => {
    const content = { secret: newObjectSecret(), name: 'a', kind: 'file' as const };
    const owner = ownerPublicKey(OWNER_PRIVATE_KEY);
    const plain = randomBytes(2 * 5 * CELL_BYTES + 9);
    const init = { objectKey: randomBytes(32), k: 2, n: 3, shards: 7, owner, content };
    const encoder = new ObjectEncoder(chunksOf(plain, 400_000), init);
    const shards = (await Promise.all(encoder.shards.map(collect))).map(({ bytes }) => bytes);
    const stored: Stored = { object: requireWhole(await encoder.result), content, shards, order: [] };
    for (const [lost, present] of [
      [0, [6, 3]],
      [5, [0, 1]],
      [3, [4, 6]],
      [6, [5, 1]],
    ] as const)
      await expectRebuilt(stored, lost, present);
    await expectPlain(initOf(stored, [6, 4]), plain);
    // Each stripe is decoded in room for what is read of it, which grows when a later shard takes over.
    const failing = failingReader(shards, 3, 2);
    const source = { failed: () => undefined, next: async () => memoryReader(shards, 6) };
    await expectPlain({ ...initOf(stored, []), readers: [memoryReader(shards, 1), failing], source }, plain);
  });

  it('does not end the process when a round fails that nobody asks for any more', async () => {
    const stored = await store(randomBytes(2 * 9 * CELL_BYTES), 2, 3);
    const header = decodeHeaderUnit(stored.shards[0]!.subarray(0, UNIT_BYTES));
    const unhandled = await unhandledDuring(async () => {
      const readers = [memoryReader(stored.shards, 0), failingReader(stored.shards, 1, 2)];
      const pieces = rebuildShard({ header, index: 2, readers, signal });
      expect((await pieces.next()).done).to.equal(false);
      await pieces.return();
    });
    expect(unhandled).to.deep.equal([]);
  });

  it('refuses a header whose code does not exist', async () => {
    const header = { objectKey: randomBytes(32), k: 3, n: 2, index: 0, plainBytes: 1, envelope: new Uint8Array() };
    expect(await codeOf(gather(rebuildShard({ header, index: 1, readers: [], signal })))).to.equal('bad-code');
  });
});
