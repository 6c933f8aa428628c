import { expect } from 'chai';
import { randomBytes, randomInt } from 'node:crypto';

import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { decodeObject, type DecodeInit } from '../../../../node/pipeline/decode/decode-object.ts';
import type { ReplaceReader, ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { layoutOf } from '../../../../node/pipeline/layout.ts';
import { codeOf, failingReader, gather, memoryReader, store, type Stored } from '../object-fixture.ts';

function initOf(stored: Stored, indices: readonly number[]): DecodeInit & { readers: ShardReader[] } {
  const { object, content, shards } = stored;
  return {
    header: object,
    secret: content.secret,
    readers: indices.map((index) => memoryReader(shards, index)),
  };
}

async function expectPlain(init: DecodeInit, plain: Uint8Array, from = 0, to = plain.byteLength): Promise<void> {
  const got = await gather(decodeObject(init));
  expect(got.byteLength).to.equal(to - from);
  expect(Buffer.compare(got, plain.subarray(from, to))).to.equal(0);
}

/** Sizes at which a frame, a stripe or a unit fills up exactly, or is one byte off. */
function boundarySizes(k: number): number[] {
  const around = [
    FRAME_BYTES,
    2 * FRAME_BYTES,
    UNIT_BYTES - 16,
    k * UNIT_BYTES - 16,
    k * CELL_BYTES - 16,
    k * CELL_BYTES - 32,
  ];
  const sizes = around.flatMap((size) => [size - 1, size, size + 1]);
  return [...new Set([0, 1, 15, ...sizes])].filter((size) => size >= 0);
}

describe('object decoder', () => {
  for (const [k, n] of [
    [1, 1],
    [1, 3],
    [2, 3],
    [3, 7],
    [4, 6],
    [10, 14],
  ] as const) {
    it(`gives back every boundary size at ${k} of ${n}, from data shards and from the last k`, async function () {
      this.timeout(60_000);
      for (const size of boundarySizes(k)) {
        const plain = randomBytes(size);
        const stored = await store(plain, k, n);
        const first = Array.from({ length: k }, (_, index) => index);
        await expectPlain(initOf(stored, first), plain);
        await expectPlain(
          initOf(
            stored,
            first.map((index) => n - 1 - index),
          ),
          plain,
        );
      }
    });
  }

  it('gives back an object of many windows from any k', async () => {
    const plain = randomBytes(23_456_789);
    const stored = await store(plain, 4, 6);
    for (const indices of [
      [0, 1, 2, 3],
      [5, 0, 4, 2],
      [4, 5, 3, 1],
    ])
      await expectPlain(initOf(stored, indices), plain);
  });

  it('reads no parity and only whole data when all data shards are there', async () => {
    const stored = await store(randomBytes(9_000_000), 3, 5);
    const readers = [0, 1, 2].map((index) => memoryReader(stored.shards, index));
    await gather(decodeObject({ ...initOf(stored, []), readers }));
    const padding = layoutOf(9_000_000, 3);
    for (const reader of readers) expect(reader.unitsRead).to.be.at.most(padding.unitsPerShard - 1);
  });

  it('reads ranges byte-exactly, and only the frames that they touch', async function () {
    this.timeout(60_000);
    const size = 6_345_678;
    const plain = randomBytes(size);
    for (const [k, n, present] of [
      [4, 6, [0, 1, 2, 3]],
      [4, 6, [5, 1, 4, 3]],
      [1, 2, [1]],
      [9, 12, [0, 1, 2, 3, 4, 5, 6, 7, 11]],
    ] as const) {
      const stored = await store(plain, k, n);
      const edges = [0, 1, FRAME_BYTES - 1, FRAME_BYTES, 3 * FRAME_BYTES + 1, size - 1, size];
      const pairs = edges.flatMap((from) => edges.filter((to) => to >= from).map((to) => ({ from, to })));
      for (let i = 0; i < 5; i++) {
        const from = randomInt(size);
        pairs.push({ from, to: randomInt(from, size + 1) });
      }
      for (const range of pairs) await expectPlain({ ...initOf(stored, present), range }, plain, range.from, range.to);
    }
    const stored = await store(plain, 4, 6);
    const readers = [0, 1, 2, 3].map((index) => memoryReader(stored.shards, index));
    await gather(decodeObject({ ...initOf(stored, []), readers, range: { from: 4_000_000, to: 4_000_001 } }));
    const read = readers.reduce((sum, { unitsRead }) => sum + unitsRead, 0);
    expect(read * UNIT_BYTES).to.be.at.most(FRAME_BYTES + 16 + 4 * 2 * UNIT_BYTES);
  });

  it('refuses ranges outside the object', async () => {
    const stored = await store(randomBytes(100), 1, 1);
    for (const range of [
      { from: 0, to: 101 },
      { from: 5, to: 4 },
      { from: -1, to: 4 },
      { from: 0.5, to: 4 },
    ]) {
      expect(await codeOf(gather(decodeObject({ ...initOf(stored, [0]), range })))).to.equal('bad-range');
    }
  });

  for (const [k, n] of [
    [4, 7],
    [1, 4],
  ] as const) {
    it(`goes on with other shards when readers fail midway (${k} of ${n})`, async function () {
      this.timeout(60_000);
      const plain = randomBytes(21_000_000);
      const stored = await store(plain, k, n);
      for (const failAt of [1, 2, 3, 5]) {
        const spares = Array.from({ length: n - k }, (_, index) => k + index);
        const replaced: number[] = [];
        const replace: ReplaceReader = async (failed) => {
          replaced.push(failed.index);
          const index = spares.shift();
          if (index === undefined) return undefined;
          return spares.length === 0 ? memoryReader(stored.shards, index) : failingReader(stored.shards, index, 2);
        };
        const readers = Array.from({ length: k }, (_, index) =>
          index === 0 ? failingReader(stored.shards, index, failAt) : memoryReader(stored.shards, index),
        );
        await expectPlain({ ...initOf(stored, []), readers, replace }, plain);
        expect(replaced).to.include(0);
      }
    });
  }

  it('replaces a reader that gives fewer bytes than asked for', async () => {
    const plain = randomBytes(2_000_000);
    const stored = await store(plain, 2, 3);
    const short: ShardReader = { index: 0, readUnits: async () => new Uint8Array(UNIT_BYTES) };
    const replace: ReplaceReader = async () => memoryReader(stored.shards, 2);
    await expectPlain({ ...initOf(stored, []), readers: [short, memoryReader(stored.shards, 1)], replace }, plain);
  });

  it('says which shards failed when too few are left', async () => {
    const stored = await store(randomBytes(2_000_000), 2, 3);
    const readers = [failingReader(stored.shards, 0, 1), memoryReader(stored.shards, 1)];
    const error: unknown = await gather(decodeObject({ ...initOf(stored, []), readers })).catch((e: unknown) => e);
    expect(error).to.include({ code: 'too-few-shards', retryable: true });
    expect(String(error)).to.include('provider of shard 0 hung up');
    expect(await codeOf(gather(decodeObject(initOf(stored, [0]))))).to.equal('too-few-shards');
  });

  it('never gives back a byte of swapped, altered or foreign shards', async () => {
    const plain = randomBytes(600_000);
    const stored = await store(plain, 2, 3);
    const swapped = [
      { ...memoryReader(stored.shards, 1), index: 0 },
      { ...memoryReader(stored.shards, 0), index: 1 },
    ];
    expect(await codeOf(gather(decodeObject({ ...initOf(stored, []), readers: swapped })))).to.equal('frame-forged');

    const shards = stored.shards.map((shard) => Uint8Array.from(shard));
    const at = UNIT_BYTES + 12_345;
    if (shards[0]) shards[0][at] = (shards[0][at] ?? 0) ^ 1;
    const flipped = [0, 1].map((index) => memoryReader(shards, index));
    expect(await codeOf(gather(decodeObject({ ...initOf(stored, []), readers: flipped })))).to.equal('frame-forged');

    const other = { ...initOf(stored, [0, 1]), secret: randomBytes(32) };
    expect(await codeOf(gather(decodeObject(other)))).to.equal('frame-forged');
    const shorter = { ...initOf(stored, [0, 1]), header: { ...stored.object, plainBytes: 500_000 } };
    expect(await codeOf(gather(decodeObject(shorter)))).to.equal('frame-forged');
  });

  it('stops reading when its caller has enough', async () => {
    const stored = await store(randomBytes(20_000_000), 2, 3);
    const signals: AbortSignal[] = [];
    const readers = [0, 1].map((index) => {
      const inner = memoryReader(stored.shards, index);
      const reader: ShardReader = {
        index,
        async readUnits(from, count, options) {
          signals.push(options.signal);
          return inner.readUnits(from, count, options);
        },
      };
      return reader;
    });
    for await (const piece of decodeObject({ ...initOf(stored, []), readers })) {
      expect(piece.byteLength).to.be.greaterThan(0);
      break;
    }
    expect(signals.length).to.be.at.most(8);
    expect(signals.every((signal) => signal.aborted)).to.equal(true);
  });

  it('ends with the reason of an abort, even when a reader ignores it', async () => {
    const stored = await store(randomBytes(2_000_000), 2, 3);
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const deaf: ShardReader = { index: 0, readUnits: () => new Promise(() => undefined) };
    const readers = [deaf, memoryReader(stored.shards, 1)];
    const read = codeOf(gather(decodeObject({ ...initOf(stored, []), readers, signal: abort.signal })));
    setTimeout(() => abort.abort(reason), 10);
    expect(await read).to.equal(reason);
  });
});
