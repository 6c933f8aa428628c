import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { toHex } from '../../../node/core/bytes.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { verifyLeaf } from '../../../node/proofs/verify.ts';
import { FsShardStore } from '../../../node/store/fs/fs-shard-store.ts';
import { systemFiles, type FileLayer, type OpenFile } from '../../../node/store/fs/file-layer.ts';
import { treeFileBytes } from '../../../node/store/fs/tree-file.ts';
import { codeOf, newShard, put, rootsIn, sendPart, sendRest } from './shard-store-suite.ts';
import { temporaryFolders } from './temporary-folder.ts';

const CAPACITY = 200;

async function openStore(folder: string, files?: FileLayer): Promise<FsShardStore> {
  return FsShardStore.open({ folder, capacityUnits: CAPACITY, files });
}

function pathOf(folder: string, root: Uint8Array, suffix: 'shard' | 'tree'): string {
  return join(folder, 'shards', toHex(root).slice(0, 2), `${toHex(root)}.${suffix}`);
}

async function flipByte(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  await file.write(Buffer.of((byte[0] ?? 0) ^ 0x10), 0, 1, position);
  await file.close();
}

describe('file store', () => {
  const newFolder = temporaryFolders();

  it('lays a shard down as its bytes in order, readable by its owner only', async () => {
    const folder = await newFolder();
    const store = await openStore(folder);
    const { bytes, root } = newShard(5);
    await put(store, bytes);
    expect(Buffer.compare(await readFile(pathOf(folder, root, 'shard')), bytes)).to.equal(0);
    expect((await stat(pathOf(folder, root, 'tree'))).size).to.equal(treeFileBytes(5));
    expect((await stat(pathOf(folder, root, 'shard'))).mode & 0o777).to.equal(0o600);
    expect(await readdir(join(folder, 'tmp'))).to.deep.equal([]);
  });

  it('finds everything again after a restart, and clears what was half-written', async () => {
    const folder = await newFolder();
    const store = await openStore(folder);
    const shards = [newShard(1), newShard(4), newShard(7)];
    for (const { bytes } of shards) await put(store, bytes);
    const interrupted = await store.create(20);
    await interrupted.write(randomBytes(10 * UNIT_BYTES));
    const orphan = randomBytes(32);
    await writeFile(pathOf(folder, orphan, 'tree'), 'tree without a shard');
    await writeFile(join(folder, 'shards', 'ab', 'notes.txt'), 'somebody else put this here');

    const again = await openStore(folder);
    expect(again.usage()).to.deep.equal({ capacityUnits: CAPACITY, usedUnits: 12, reservedUnits: 0, keptUnits: 0 });
    expect(await rootsIn(again)).to.deep.equal(shards.map(({ root }) => toHex(root)).toSorted());
    expect(await readdir(join(folder, 'tmp'))).to.deep.equal([]);
    expect(await codeOf(stat(pathOf(folder, orphan, 'tree')))).to.equal('ENOENT');
    expect(await readFile(join(folder, 'shards', 'ab', 'notes.txt'), 'utf8')).to.include('somebody');
    for (const { bytes, root, units } of shards) {
      expect(Buffer.compare(await again.readUnits(root, 0, units), bytes)).to.equal(0);
      const proof = await again.readLeafProof(root, 77);
      expect(verifyLeaf({ root, units, leafIndex: 77, proof }).ok).to.equal(true);
    }
    await interrupted.abort();
  });

  describe('an upload that a crash cut off', () => {
    const { bytes, root, units } = newShard(40);
    const partOf = (folder: string): string => join(folder, 'uploads', 'r.part');
    const rootsOf = (folder: string): string => join(folder, 'uploads', 'r.roots');

    /** 32 units are on disk, of a writer that nobody closed. */
    async function crashed(folder: string): Promise<void> {
      const handles: OpenFile[] = [];
      const files: FileLayer = {
        ...systemFiles,
        async open(path, mode) {
          const file = await systemFiles.open(path, mode);
          handles.push(file);
          return file;
        },
      };
      const store = await openStore(folder, files);
      const writer = await store.openUpload('r', units);
      await writer.write(bytes.subarray(UNIT_BYTES, 34 * UNIT_BYTES));
      // The end of the process closes its files, and nothing else happens to them.
      for (const file of handles) await file.close();
    }

    async function goesOn(folder: string, from: number): Promise<void> {
      const store = await openStore(folder);
      expect(await store.keptUnits('r')).to.equal(from);
      expect(store.usage()).to.include({ reservedUnits: from, keptUnits: from });
      await sendRest(store, 'r', bytes);
      expect(await store.scrub(root)).to.deep.equal({ ok: true });
      expect(Buffer.compare(await store.readUnits(root, 0, units), bytes)).to.equal(0);
      expect(await readdir(join(folder, 'uploads'))).to.deep.equal([]);
      expect(store.usage()).to.include({ usedUnits: units, reservedUnits: 0, keptUnits: 0 });
    }

    it('is found again with what was written', async () => {
      const folder = await newFolder();
      await crashed(folder);
      expect((await openStore(folder)).usage()).to.include({ reservedUnits: 32, keptUnits: 32 });
      await goesOn(folder, 32);
    });

    for (const [what, damage, from] of [
      ['a torn tail', async (folder: string) => truncate(partOf(folder), 20 * UNIT_BYTES + 99), 19],
      ['a torn journal', async (folder: string) => truncate(rootsOf(folder), 10 * 32 + 5), 10],
      ['a unit that never reached the disk', async (folder: string) => flipByte(partOf(folder), 7 * UNIT_BYTES), 6],
      ['a damaged journal', async (folder: string) => flipByte(rootsOf(folder), 3 * 32), 3],
      ['no unit that is right', async (folder: string) => flipByte(rootsOf(folder), 0), 0],
    ] as const) {
      it(`goes on before ${what}`, async () => {
        const folder = await newFolder();
        await crashed(folder);
        await damage(folder);
        await goesOn(folder, from);
      });
    }

    it('is removed where one of its files is missing', async () => {
      for (const gone of [partOf, rootsOf]) {
        const folder = await newFolder();
        await crashed(folder);
        await rm(gone(folder));
        const store = await openStore(folder);
        expect(await store.listUploads()).to.deep.equal([]);
        expect(await readdir(join(folder, 'uploads'))).to.deep.equal([]);
        expect(store.usage()).to.include({ reservedUnits: 0, keptUnits: 0 });
      }
    });

    it('leaves no longer shard behind when less is sent the second time', async () => {
      const folder = await newFolder();
      await crashed(folder);
      const store = await openStore(folder);
      await sendPart(store, 'r', bytes, 39 * UNIT_BYTES);
      await truncate(rootsOf(folder), 20 * 32);
      const writer = await (await openStore(folder)).openUpload('r', units);
      await writer.seek(0);
      await writer.write(bytes.subarray(0, UNIT_BYTES));
      expect(await writer.commit()).to.include({ units: 21 });
    });
  });

  it('syncs data, tree and folder before it says that a shard is stored', async () => {
    const events: string[] = [];
    const watched: FileLayer = {
      ...systemFiles,
      async open(path, mode) {
        const file = await systemFiles.open(path, mode);
        return {
          ...file,
          async sync() {
            events.push('sync');
            await file.sync();
          },
        };
      },
      async rename(from, to) {
        events.push(`rename ${to.slice(to.lastIndexOf('.'))}`);
        await systemFiles.rename(from, to);
      },
      async syncFolder(path) {
        events.push('folder');
        await systemFiles.syncFolder(path);
      },
    };
    const store = await openStore(await newFolder(), watched);
    events.length = 0;
    const { bytes, root } = newShard(3);
    await put(store, bytes);
    expect(events).to.deep.equal(['sync', 'sync', 'rename .tree', 'rename .shard', 'folder']);
    events.length = 0;
    await store.delete(root);
    expect(events).to.deep.equal(['folder']);
  });

  it('asks for room on the disk, not only in the quota', async () => {
    const almostFull: FileLayer = { ...systemFiles, freeBytes: async () => 64 * 1_048_576 + 10 * UNIT_BYTES + 4096 };
    const store = await openStore(await newFolder(), almostFull);
    expect(await codeOf(store.create(11))).to.equal('store-full');
    const writer = await store.create(6);
    expect(await codeOf(store.create(6))).to.equal('store-full');
    expect(store.usage().reservedUnits).to.equal(6);
    await writer.abort();
    await (await store.create(6)).abort();
  });

  it('makes a lost, cut or damaged tree again', async () => {
    const folder = await newFolder();
    const store = await openStore(folder);
    const { bytes, root, units } = newShard(9);
    await put(store, bytes);
    const tree = pathOf(folder, root, 'tree');
    const good = await readFile(tree);
    const damages = [async () => rm(tree), async () => truncate(tree, 100), async () => flipByte(tree, 0)];
    for (const damage of damages) {
      await damage();
      const proof = await store.readLeafProof(root, 5000);
      expect(verifyLeaf({ root, units, leafIndex: 5000, proof }).ok).to.equal(true);
      expect(Buffer.compare(await readFile(tree), good)).to.equal(0);
    }
    // A flipped node is noticed by the proof that needs it: leaf 5000 lies in unit 4, whose sibling is unit 5.
    await flipByte(tree, 16 + 5 * 32);
    expect(verifyLeaf({ root, units, leafIndex: 5000, proof: await store.readLeafProof(root, 5000) }).ok).to.equal(
      true,
    );
    expect(Buffer.compare(await readFile(tree), good)).to.equal(0);
  });

  it('finds bit rot, says where, and gives no proof of it', async () => {
    const folder = await newFolder();
    const store = await openStore(folder);
    const { bytes, root } = newShard(6);
    await put(store, bytes);
    await flipByte(pathOf(folder, root, 'shard'), 4 * UNIT_BYTES + 999);
    expect(await store.scrub(root)).to.deep.equal({ ok: false, badUnits: [4] });
    expect(await codeOf(store.readLeafProof(root, 4 * 1024 + 3))).to.equal('shard-corrupt');
    expect((await store.readLeafProof(root, 1024)).byteLength).to.equal(64 + 13 * 32);
    await rm(pathOf(folder, root, 'tree'));
    expect(await store.scrub(root)).to.deep.equal({ ok: false, badUnits: [0, 1, 2, 3, 4, 5] });
    await put(store, bytes);
    expect(await store.scrub(root)).to.deep.equal({ ok: true });
    expect(store.usage().usedUnits).to.equal(6);
  });

  it('says that a shard is cut, and takes it anew', async () => {
    const folder = await newFolder();
    const store = await openStore(folder);
    const { bytes, root } = newShard(6);
    await put(store, bytes);
    await truncate(pathOf(folder, root, 'shard'), 4 * UNIT_BYTES + 5);
    expect(await codeOf(store.readUnits(root, 5, 1))).to.equal('bad-range');
    expect(await codeOf(store.readLeafProof(root, 0))).to.equal('shard-corrupt');
    await rm(pathOf(folder, root, 'shard'));
    expect(await codeOf(store.readUnits(root, 0, 1))).to.equal('shard-missing');
    await put(store, bytes);
    expect(await store.scrub(root)).to.deep.equal({ ok: true });
  });

  it('names a folder that it may not use', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'shards'), 'a file where a folder has to be');
    expect(await codeOf(openStore(folder))).to.equal('store-io');
    await rm(join(folder, 'shards'));
    await mkdir(join(folder, 'shards'));
    await openStore(folder);
  });
});
