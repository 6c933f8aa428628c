import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { FRAME_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { decodeObject } from '../../../../node/pipeline/decode/decode-object.ts';
import type { ReaderSource, ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { layoutOf } from '../../../../node/pipeline/layout.ts';
import { codeOf, failingReader, gather, memoryReader, store } from '../object-fixture.ts';
import { expectPlain, initOf } from './expect-plain.ts';

describe('object decoder', () => {
  it('reads no parity and only whole data when all data shards are there', async () => {
    const stored = await store(randomBytes(9_000_000), 3, 5);
    const readers = [0, 1, 2].map((index) => memoryReader(stored.shards, index));
    await gather(decodeObject({ ...initOf(stored, []), readers }));
    const padding = layoutOf(9_000_000, 3);
    for (const reader of readers) expect(reader.unitsRead).to.be.at.most(padding.unitsPerShard - 1);
  });

  it('reads a range from the frames that it touches alone', async () => {
    const plain = randomBytes(3 * FRAME_BYTES + 77);
    const stored = await store(plain, 4, 6);
    const range = { from: 2 * FRAME_BYTES - 1, to: 2 * FRAME_BYTES };
    const readers = [0, 1, 2, 3].map((index) => memoryReader(stored.shards, index));
    await expectPlain({ ...initOf(stored, []), readers, range }, plain, range.from, range.to);
    const read = readers.reduce((sum, { unitsRead }) => sum + unitsRead, 0);
    expect(read * UNIT_BYTES).to.be.at.most(FRAME_BYTES + 16 + 4 * 2 * UNIT_BYTES);
    for (const [from, to] of [
      [0, 1],
      [FRAME_BYTES - 1, FRAME_BYTES + 1],
      [FRAME_BYTES, 2 * FRAME_BYTES],
      [3 * FRAME_BYTES, plain.byteLength],
      [plain.byteLength - 1, plain.byteLength],
      [5, 5],
      [plain.byteLength, plain.byteLength],
    ] as const) {
      await expectPlain({ ...initOf(stored, [5, 1, 4, 3]), range: { from, to } }, plain, from, to);
    }
  });

  it('rebuilds of lost cells what a range needs of each', async () => {
    // One stripe of cells of 192 KiB: its second frame begins 16 bytes into the second unit of cell 5.
    const plain = randomBytes(FRAME_BYTES + 300_000);
    const stored = await store(plain, 8, 11);
    const data = [0, 1, 2, 3, 4, 5, 6, 7];
    for (const lost of [[5], [5, 6], [4, 5], [3, 4, 5], [0, 7]]) {
      const present = [...data.filter((index) => !lost.includes(index)), 10, 9, 8].slice(0, 8);
      for (const [from, to] of [
        [0, FRAME_BYTES],
        [FRAME_BYTES, plain.byteLength],
        [0, plain.byteLength],
      ] as const) {
        await expectPlain({ ...initOf(stored, present), range: { from, to } }, plain, from, to);
      }
    }
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
    it(`goes on with other shards when readers fail midway (${k} of ${n})`, async () => {
      const plain = randomBytes(36_000_000);
      const stored = await store(plain, k, n);
      for (const failAt of [1, 2, 3, 5]) {
        const spares = Array.from({ length: n - k }, (_, index) => k + index);
        const replaced: number[] = [];
        const source: ReaderSource = {
          failed: ({ index }) => replaced.push(index),
          next: async () => {
            const index = spares.shift();
            if (index === undefined) return undefined;
            return spares.length === 0 ? memoryReader(stored.shards, index) : failingReader(stored.shards, index, 2);
          },
        };
        const readers = Array.from({ length: k }, (_, index) =>
          index === 0 ? failingReader(stored.shards, index, failAt) : memoryReader(stored.shards, index),
        );
        await expectPlain({ ...initOf(stored, []), readers, source }, plain);
        expect(replaced).to.include(0);
      }
    });
  }

  it('replaces a reader that gives fewer bytes than asked for', async () => {
    const plain = randomBytes(2_000_000);
    const stored = await store(plain, 2, 3);
    const short: ShardReader = { index: 0, readUnits: async () => new Uint8Array(UNIT_BYTES) };
    const reasons: unknown[] = [];
    const source: ReaderSource = {
      failed: (_failed, reason) => reasons.push(reason),
      next: async () => memoryReader(stored.shards, 2),
    };
    await expectPlain({ ...initOf(stored, []), readers: [short, memoryReader(stored.shards, 1)], source }, plain);
    expect(reasons[0]).to.include({ code: 'short-read', exitCode: 7 });
    expect(String(reasons[0])).to.contain('asked for units 1 to 16 of shard 0, got 65536 bytes');
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
