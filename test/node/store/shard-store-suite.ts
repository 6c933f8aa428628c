import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { toHex } from '../../../node/core/bytes.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { rootOfUnitRoots } from '../../../node/pipeline/merkle/upper-tree.ts';
import { unitRoot } from '../../../node/pipeline/merkle/unit-tree.ts';
import { verifyLeaf, verifyUnitPath, verifyUnitRoots } from '../../../node/proofs/verify.ts';
import type { ShardInfo, ShardStore } from '../../../node/store/shard-store.ts';
import { UploadOrderWriter } from '../../../node/store/upload-order.ts';

/** Random bytes of a shard with its root. */
export function newShard(units: number): { bytes: Uint8Array; root: Uint8Array; units: number } {
  const bytes = randomBytes(units * UNIT_BYTES);
  const roots = Array.from({ length: units }, (_, i) => unitRoot(bytes.subarray(i * UNIT_BYTES, (i + 1) * UNIT_BYTES)));
  return { bytes, root: rootOfUnitRoots(Buffer.concat(roots)), units };
}

/** Stores a shard in upload order, in chunks that fit no boundary. */
export async function put(store: ShardStore, bytes: Uint8Array, expectedRoot?: Uint8Array): Promise<ShardInfo> {
  const writer = new UploadOrderWriter(await store.create(bytes.byteLength / UNIT_BYTES));
  const sent = Buffer.concat([bytes.subarray(UNIT_BYTES), bytes.subarray(0, UNIT_BYTES)]);
  try {
    for (let at = 0; at < sent.byteLength; at += 50_001) await writer.write(sent.subarray(at, at + 50_001));
    return await writer.commit(expectedRoot);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** A shard's bytes in upload order. */
export function inUploadOrder(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(UNIT_BYTES), bytes.subarray(0, UNIT_BYTES)]);
}

/** Sends the first bytes of an upload, from what is kept on, and breaks off. @returns units kept then */
export async function sendPart(store: ShardStore, name: string, bytes: Uint8Array, upTo: number): Promise<number> {
  const opened = await store.openUpload(name, bytes.byteLength / UNIT_BYTES);
  const writer = new UploadOrderWriter(opened);
  const sent = inUploadOrder(bytes).subarray(opened.keptUnits * UNIT_BYTES, upTo);
  for (let at = 0; at < sent.byteLength; at += 50_001) await writer.write(sent.subarray(at, at + 50_001));
  return writer.suspend();
}

/** Sends what is missing of an upload. */
export async function sendRest(store: ShardStore, name: string, bytes: Uint8Array): Promise<ShardInfo> {
  const opened = await store.openUpload(name, bytes.byteLength / UNIT_BYTES);
  const writer = new UploadOrderWriter(opened);
  await writer.write(inUploadOrder(bytes).subarray(opened.keptUnits * UNIT_BYTES));
  return writer.commit();
}

export async function rootsIn(store: ShardStore): Promise<string[]> {
  const roots: string[] = [];
  for await (const { root } of store.list()) roots.push(toHex(root));
  return roots.toSorted();
}

export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}

/** What every ShardStore must do. `open` gives an empty store of `capacityUnits`. */
export function describeShardStore(name: string, open: (capacityUnits: number) => Promise<ShardStore>): void {
  describe(`${name}, as any shard store`, () => {
    it('gives back what was put, by unit', async () => {
      const store = await open(100);
      for (const units of [1, 2, 3, 9]) {
        const { bytes, root } = newShard(units);
        expect(await put(store, bytes, root)).to.deep.include({ units });
        expect(await store.stat(root)).to.deep.include({ units });
        expect(Buffer.compare(await store.readUnits(root, 0, units), bytes)).to.equal(0);
        const last = await store.readUnits(root, units - 1, 1);
        expect(Buffer.compare(last, bytes.subarray((units - 1) * UNIT_BYTES))).to.equal(0);
      }
      expect(await rootsIn(store)).to.have.length(4);
      expect(store.usage()).to.deep.equal({ capacityUnits: 100, usedUnits: 15, reservedUnits: 0, keptUnits: 0 });
    });

    it('takes units in any order', async () => {
      const store = await open(10);
      const { bytes, root } = newShard(4);
      const writer = await store.create(4);
      for (const unit of [2, 0, 3, 1]) {
        await writer.seek(unit);
        await writer.write(bytes.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES));
      }
      await writer.commit(root);
      expect(Buffer.compare(await store.readUnits(root, 0, 4), bytes)).to.equal(0);
    });

    it('gives unit roots, paths and proofs that verify', async () => {
      const store = await open(100);
      for (const units of [1, 2, 5, 16, 33]) {
        const { bytes, root } = newShard(units);
        await put(store, bytes);
        const unitRoots = await store.readUnitRoots(root, 0, units);
        expect(verifyUnitRoots({ root, units, unitRoots })).to.deep.equal({ ok: true });
        for (const unitIndex of [0, units >> 1, units - 1]) {
          const one = await store.readUnitRoots(root, unitIndex, 1);
          const path = await store.readPathAbove(root, unitIndex);
          expect(verifyUnitPath({ root, units, unitIndex, unitRoot: one, path })).to.deep.equal({ ok: true });
          const leafIndex = unitIndex * 1024 + 1000;
          const proof = await store.readLeafProof(root, leafIndex);
          expect(verifyLeaf({ root, units, leafIndex, proof })).to.deep.equal({ ok: true });
        }
        expect(await store.scrub(root)).to.deep.equal({ ok: true });
        await store.delete(root);
      }
    });

    it('names missing shards, ranges outside and senseless roots', async () => {
      const store = await open(10);
      const { bytes, root } = newShard(2);
      await put(store, bytes);
      const absent = randomBytes(32);
      expect(await store.stat(absent)).to.equal(undefined);
      expect(await store.delete(absent)).to.equal(false);
      const reads: readonly (() => Promise<unknown>)[] = [
        () => store.readUnits(absent, 0, 1),
        () => store.readUnitRoots(absent, 0, 1),
        () => store.readPathAbove(absent, 0),
        () => store.readLeafProof(absent, 0),
        () => store.scrub(absent),
      ];
      for (const read of reads) expect(await codeOf(read())).to.equal('shard-missing');
      for (const [from, count] of [
        [0, 3],
        [2, 1],
        [-1, 1],
        [0, 0],
        [0.5, 1],
        [Number.NaN, 1],
      ] as const) {
        expect(await codeOf(store.readUnits(root, from, count))).to.equal('bad-range');
        expect(await codeOf(store.readUnitRoots(root, from, count))).to.equal('bad-range');
      }
      for (const leaf of [2048, -1, 0.5]) expect(await codeOf(store.readLeafProof(root, leaf))).to.equal('bad-range');
      for (const bad of [new Uint8Array(), randomBytes(31), randomBytes(33), '../../etc/passwd' as never]) {
        expect(await codeOf(store.stat(bad))).to.equal('bad-root');
        expect(await codeOf(store.delete(bad))).to.equal('bad-root');
        expect(await codeOf(store.readUnits(bad, 0, 1))).to.equal('bad-root');
      }
    });

    it('reserves room before the first byte and settles it in the end', async () => {
      const store = await open(10);
      const writer = await store.create(6);
      expect(store.usage()).to.deep.equal({ capacityUnits: 10, usedUnits: 0, reservedUnits: 6, keptUnits: 0 });
      expect(await codeOf(store.create(5))).to.equal('store-full');
      const other = await store.create(4);
      await other.abort();
      await other.abort();
      const { bytes, root } = newShard(2);
      await writer.write(bytes);
      await writer.commit();
      expect(store.usage()).to.deep.equal({ capacityUnits: 10, usedUnits: 2, reservedUnits: 0, keptUnits: 0 });
      await put(store, bytes);
      expect(store.usage()).to.deep.equal({ capacityUnits: 10, usedUnits: 2, reservedUnits: 0, keptUnits: 0 });
      expect(await store.delete(root)).to.equal(true);
      expect(await store.delete(root)).to.equal(false);
      expect(store.usage()).to.deep.equal({ capacityUnits: 10, usedUnits: 0, reservedUnits: 0, keptUnits: 0 });
      expect(await store.stat(root)).to.equal(undefined);
    });

    it('keeps nothing of a shard that is too long, ragged, has a gap or another root', async () => {
      const store = await open(10);
      const { bytes } = newShard(3);
      const tooLong = await store.create(2);
      expect(await codeOf(tooLong.write(bytes))).to.equal('shard-too-long');
      expect(await codeOf(tooLong.write(bytes))).to.equal('writer-spent');
      const far = await store.create(2);
      await far.seek(2);
      expect(await codeOf(far.write(bytes.subarray(0, UNIT_BYTES)))).to.equal('shard-too-long');
      const ragged = await store.create(3);
      await ragged.write(bytes.subarray(0, 100_000));
      expect(await codeOf(ragged.commit())).to.equal('shard-misaligned');
      const gap = await store.create(3);
      await gap.seek(1);
      await gap.write(bytes.subarray(0, UNIT_BYTES));
      expect(await codeOf(gap.commit())).to.equal('shard-incomplete');
      expect(await codeOf((await store.create(3)).commit())).to.equal('shard-incomplete');
      expect(await codeOf(put(store, bytes, randomBytes(32)))).to.equal('root-mismatch');
      expect(await rootsIn(store)).to.deep.equal([]);
      expect(store.usage()).to.deep.equal({ capacityUnits: 10, usedUnits: 0, reservedUnits: 0, keptUnits: 0 });
    });

    it('keeps what came of an upload in whole units, and goes on from there', async () => {
      const store = await open(100);
      const { bytes, root, units } = newShard(40);
      expect(await store.keptUnits('r-1')).to.equal(0);
      // One unit is always held back, as it may be the header.
      expect(await sendPart(store, 'r-1', bytes, 5 * UNIT_BYTES + 7)).to.equal(4);
      expect(await store.keptUnits('r-1')).to.equal(4);
      expect(store.usage()).to.deep.equal({ capacityUnits: 100, usedUnits: 0, reservedUnits: 4, keptUnits: 4 });
      expect(await sendPart(store, 'r-1', bytes, 30 * UNIT_BYTES)).to.equal(29);
      expect(await sendPart(store, 'r-1', bytes, 30 * UNIT_BYTES)).to.equal(29);
      expect(await store.listUploads()).to.deep.equal(['r-1']);
      expect(await rootsIn(store)).to.deep.equal([]);
      expect(await sendRest(store, 'r-1', bytes)).to.deep.include({ units });
      expect(Buffer.compare(await store.readUnits(root, 0, units), bytes)).to.equal(0);
      expect(await store.scrub(root)).to.deep.equal({ ok: true });
      expect(await store.listUploads()).to.deep.equal([]);
      expect(store.usage()).to.deep.equal({ capacityUnits: 100, usedUnits: 40, reservedUnits: 0, keptUnits: 0 });
    });

    it('keeps all but the header of an upload that broke off at its very end', async () => {
      const store = await open(100);
      const { bytes, root } = newShard(3);
      expect(await sendPart(store, 'r', bytes, 3 * UNIT_BYTES)).to.equal(2);
      await sendRest(store, 'r', bytes);
      expect(await rootsIn(store)).to.deep.equal([toHex(root)]);
    });

    it('forgets an upload that is dropped, aborted, too long or of which nothing came', async () => {
      const store = await open(20);
      const { bytes } = newShard(6);
      await sendPart(store, 'dropped', bytes, 4 * UNIT_BYTES);
      await store.dropUpload('dropped');
      await store.dropUpload('dropped');
      await sendPart(store, 'aborted', bytes, 4 * UNIT_BYTES);
      const aborted = await store.openUpload('aborted', 6);
      expect(aborted.keptUnits).to.equal(3);
      await aborted.abort();
      await sendPart(store, 'long', bytes, 4 * UNIT_BYTES);
      const long = await store.openUpload('long', 5);
      expect(await codeOf(long.write(randomBytes(3 * UNIT_BYTES)))).to.equal('shard-too-long');
      expect(await long.suspend()).to.equal(0);
      expect(await sendPart(store, 'empty', bytes, UNIT_BYTES)).to.equal(0);
      for (const one of ['dropped', 'aborted', 'long', 'empty']) expect(await store.keptUnits(one)).to.equal(0);
      expect(await store.listUploads()).to.deep.equal([]);
      expect(store.usage()).to.deep.equal({ capacityUnits: 20, usedUnits: 0, reservedUnits: 0, keptUnits: 0 });
    });

    it('counts what is kept once, and keeps it when there is no room for the rest', async () => {
      const store = await open(20);
      const { bytes } = newShard(12);
      await sendPart(store, 'r', bytes, 8 * UNIT_BYTES);
      const other = await store.create(13);
      expect(await codeOf(store.create(1))).to.equal('store-full');
      expect(await codeOf(store.openUpload('r', 12))).to.equal('store-full');
      expect(await store.keptUnits('r')).to.equal(7);
      await other.abort();
      const writer = await store.openUpload('r', 12);
      expect(store.usage()).to.deep.equal({ capacityUnits: 20, usedUnits: 0, reservedUnits: 12, keptUnits: 7 });
      await writer.abort();
    });

    it('refuses the root of an upload whose parts were of two shards', async () => {
      const store = await open(100);
      const [one, other] = [newShard(9), newShard(9)];
      await sendPart(store, 'r', one.bytes, 5 * UNIT_BYTES);
      const { root } = await sendRest(store, 'r', other.bytes);
      const mixed = Buffer.from(other.bytes);
      Buffer.from(one.bytes).copy(mixed, UNIT_BYTES, UNIT_BYTES, 5 * UNIT_BYTES);
      expect(Buffer.compare(await store.readUnits(root, 0, 9), mixed), 'the root is that of what is there').to.equal(0);
      expect(await store.scrub(root)).to.deep.equal({ ok: true });
    });

    it('takes several shards at once, the same one twice among them', async () => {
      const store = await open(100);
      const shards = [newShard(3), newShard(5), newShard(1)];
      const again = shards[0] ?? newShard(1);
      await Promise.all([...shards, again].map(async ({ bytes, root }) => put(store, bytes, root)));
      expect(await rootsIn(store)).to.deep.equal(shards.map(({ root }) => toHex(root)).toSorted());
      expect(store.usage().usedUnits).to.equal(9);
    });
  });
}
