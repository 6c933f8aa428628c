import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

import { partialContentOf, partialFileOf, partialFolderOf } from '../../../../node/client/get/partial-download.ts';
import { collectFiles, contentOf, recordOf } from '../../../../node/client/pack/collect-files.ts';
import { learnSegment, openingSegment } from '../../../../node/client/pack/learn-segment.ts';
import { locateIn } from '../../../../node/client/pack/locate.ts';
import { outdatedBy, pendingToWrite, settledBy } from '../../../../node/client/pack/outdated.ts';
import { newSegment } from '../../../../node/client/pack/pack-source.ts';
import { stampOf, viewPack, type PackView } from '../../../../node/client/pack/pack-view.ts';
import { readFiles } from '../../../../node/client/pack/read-segment.ts';
import { itemsOf } from '../../../../node/client/recover/items.ts';
import type { Recovered } from '../../../../node/client/recover/outcome.ts';
import { readObjects } from '../../../../node/client/recover/read-objects.ts';
import { RecoveryFolder } from '../../../../node/client/recover/recovery-folder.ts';
import { verifyObjects } from '../../../../node/client/recover/verify-objects.ts';
import { shortKey, type StoredObject } from '../../../../node/client/stored-object.ts';
import { toHex } from '../../../../node/core/bytes.ts';
import type { PackRecord } from '../../../../node/pipeline/pack/segment-index.ts';
import { gather } from '../../pipeline/object-fixture.ts';
import { contentFor, fileRecord, write } from '../../pipeline/pack/samples.ts';
import { StoredWallet } from '../recover/support/stored-wallet.ts';
import { expectError } from '../support/expect-error.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const { signal } = new AbortController();

describe('the pack of a wallet', () => {
  const temp = useTempFolder();
  let wallet: StoredWallet;
  beforeEach(() => (wallet = new StoredWallet()));
  afterEach(() => wallet.catalogue.close());

  async function segment(records: PackRecord[], replaces: Uint8Array[] = []): Promise<StoredObject> {
    const { bytes } = write({ replaces, records });
    return wallet.store(bytes, { name: `pack/${wallet.asked}`, kind: 'pack' });
  }

  /** Objects as a machine knows them that has verified all that can be. */
  async function known(objects: readonly StoredObject[]): Promise<{ objects: StoredObject[]; recovered: Recovered[] }> {
    const outcomes = await verifyObjects(wallet.components, objects, { again: false, signal });
    const recovered = outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome]));
    return {
      objects: objects.map((object) => ({ ...object, entry: wallet.catalogue.get(object.objectKey) })),
      recovered,
    };
  }

  const names = ({ files }: PackView): string[] => [...files.keys()].toSorted();

  it('is read from the indexes of its segments, which the catalogue keeps', async () => {
    const first = await segment([fileRecord('a', 1), fileRecord('b', 1)]);
    const second = await segment([fileRecord('a', 2), { kind: 'deletion', name: 'b', at: 2 }]);
    const plain = await wallet.store(randomBytes(5), { name: 'plain' });
    const unknown = viewPack([first, second, plain], wallet.catalogue);
    expect([names(unknown), unknown.unread.length]).to.deep.equal([[], 3]);
    const { objects } = await known([first, second, plain]);
    const pack = viewPack(objects, wallet.catalogue);
    expect([names(pack), pack.unread]).to.deep.equal([['a'], []]);
    expect([stampOf(pack, 1.5), stampOf(pack, 99.5)]).to.deep.equal([3, 99]);
    // Of ended segments nothing counts.
    const ended = objects.map((object) =>
      object.objectKey === second.objectKey ? { ...object, state: 'over' as const } : object,
    );
    expect(names(viewPack(ended, wallet.catalogue))).to.deep.equal(['a', 'b']);
    // What the catalogue has of one is damaged: it is read again.
    wallet.catalogue.putSegmentHead(first.objectKey, randomBytes(100));
    expect(viewPack(objects, wallet.catalogue).unread).to.have.lengthOf(1);
    await learnSegment(wallet.components, first, { signal });
    expect(viewPack(objects, wallet.catalogue).unread).to.deep.equal([]);
  });

  it('reads an index of several frames, and files far apart, by their ranges', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({
      ...fileRecord(`file-${'x'.repeat(40)}-${at}`, 5),
      sizeBytes: at % 3,
    }));
    const large = [1, 2].map((at) => ({ ...fileRecord(`large-${at}`, 5), sizeBytes: 3_000_000 }));
    const stored = await segment([...many, ...large, fileRecord('last', 5)]);
    const { objects } = await known([stored]);
    const { files } = viewPack(objects, wallet.catalogue);
    expect(files.size).to.equal(20_003);
    const wanted = ['last', 'large-2', many[17]?.name ?? '', many[18]?.name ?? ''].map((name) => files.get(name)!);
    wallet.asked = 0;
    const read: string[] = [];
    for await (const { live, bytes } of readFiles(openingSegment(wallet.components, stored, { signal }), wanted)) {
      expect(Buffer.compare(bytes, contentFor(live.file)), live.file.name).to.equal(0);
      read.push(live.file.name);
    }
    expect(read).to.deep.equal([many[17]?.name, many[18]?.name, 'large-2', 'last']);
  });

  it('gives a name to whichever was put last, and says so of a packed one where agreements are meant', async () => {
    const packed = await segment([fileRecord('both', 1_600_000_005_500), fileRecord('only', 1)]);
    const older = await wallet.store(randomBytes(5), { name: 'both', block: 5 });
    const newer = await wallet.store(randomBytes(5), { name: 'both', block: 6 });
    const find = async (of: StoredObject[], name: string) => {
      const { objects } = await known(of);
      return locateIn(objects, viewPack(objects, wallet.catalogue), name);
    };
    expect(await find([packed, older], 'both')).to.deep.include({ olderNamesakes: 1 });
    expect((await find([packed, older], 'both'))?.packed?.file.name).to.equal('both');
    const plain = await find([packed, older, newer], '/both/');
    expect([plain?.packed, plain?.object.objectKey, plain?.olderNamesakes]).to.deep.equal([
      undefined,
      newer.objectKey,
      2,
    ]);
    expect((await find([packed], 'only'))?.object.objectKey).to.deep.equal(packed.objectKey);
    const byKey = await find([packed], toHex(packed.objectKey).slice(0, 12));
    expect([byKey?.packed, byKey?.object.objectKey]).to.deep.equal([undefined, packed.objectKey]);
    expect(await find([packed], 'none')).to.equal(undefined);
  });

  it('takes along the deletions that are of use', async () => {
    const { objects } = await known([
      await segment([fileRecord('a', 1), fileRecord('b', 1), fileRecord('c', 9)]),
      await segment([{ kind: 'deletion', name: 'b', at: 2 }]),
    ]);
    for (const name of ['a', 'b', 'c', 'd']) wallet.catalogue.putPackDeletion({ kind: 'deletion', name, at: 5 });
    const pack = viewPack(objects, wallet.catalogue);
    expect(names(pack)).to.deep.equal(['c']);
    // b is deleted already, c was put again since, d was never there.
    expect(pendingToWrite(pack).map(({ name }) => name)).to.deep.equal(['a']);
    expect(pendingToWrite(pack, [fileRecord('a', 6)])).to.deep.equal([]);
    const settled = (view: PackView): string[] => settledBy(view, pendingToWrite(pack)).map(({ name }) => name);
    expect(settled(pack)).to.deep.equal(['a', 'b', 'c', 'd']);
    // One that cannot be read now may have the others.
    expect(settled({ ...pack, unread: objects })).to.deep.equal(['a']);
    expect(outdatedBy(pack, pendingToWrite(pack)).map(({ key }) => key)).to.deep.equal([objects[0]?.objectKey]);
  });

  describe('filled from a disk', () => {
    const inFolder = (name: string): string => join(temp.path, name);

    async function plant(name: string, bytes = randomBytes(10)): Promise<void> {
      await mkdir(join(inFolder(name), '..'), { recursive: true });
      await writeFile(inFolder(name), bytes, { mode: 0o640 });
      await utimes(inFolder(name), new Date(), new Date(1_500_000_000_500));
    }

    it('takes files under their names, and those of folders under theirs', async () => {
      for (const name of ['one', 'sub/two', 'sub/deep/three']) await plant(name);
      await symlink('two', inFolder('sub/link'));
      const { files, leftOut } = await collectFiles([inFolder('one'), `${inFolder('sub')}/`], { signal });
      expect(files.map(({ name }) => name).toSorted()).to.deep.equal(['one', 'sub/deep/three', 'sub/two']);
      expect(leftOut).to.deep.equal([inFolder('sub/link')]);
      const records = files.map((file) => recordOf(file, 7));
      expect(records[0]).to.deep.equal({
        kind: 'file',
        name: 'one',
        at: 7,
        sizeBytes: 10,
        mode: 0o640 & ~process.umask(),
        mtimeMs: 1_500_000_000_500,
      });
      const { source, head } = newSegment({
        label: 'x',
        replaces: [],
        records,
        content: (options) => contentOf(files, options),
      });
      const bytes = await gather(source.open({}));
      expect([bytes.byteLength, source.maxBytes]).to.deep.equal([head.byteLength + 30, head.byteLength + 30]);
      expect(
        Buffer.compare(bytes.subarray(head.byteLength, head.byteLength + 10), await readFile(inFolder('one'))),
      ).to.equal(0);
      const given = await collectFiles([inFolder('sub')], { given: 'other/name', signal });
      expect(given.files.map(({ name }) => name).toSorted()).to.deep.equal(['other/name/deep/three', 'other/name/two']);
    });

    it('refuses what is no file, what is missing, what is there twice, and what changes while it is read', async () => {
      await plant('a/x');
      await plant('b/x');
      await mkdir(inFolder('empty'));
      await expectError(collectFiles([inFolder('none')], { signal }), 'source-missing');
      await expectError(collectFiles(['/dev/null'], { signal }), 'source-unsupported');
      await expectError(collectFiles([inFolder('empty')], { signal }), 'pack-empty');
      await expectError(collectFiles([inFolder('a/x'), inFolder('b/x')], { signal }), 'pack-name-twice');
      await expectError(collectFiles([inFolder('a')], { given: '../x', signal }), 'object-name-invalid');
      const { files } = await collectFiles([inFolder('a')], { signal });
      await plant('a/x', randomBytes(11));
      await expectError(gather(contentOf(files, {})), 'source-changed');
    });
  });

  describe('recovered into a folder', () => {
    async function unpack(objects: readonly StoredObject[], recovered: readonly Recovered[]) {
      const { catalogue } = wallet;
      const { files } = viewPack(objects, catalogue);
      const items = itemsOf(recovered, files.values());
      const path = join(temp.path, 'all');
      const folder = await RecoveryFolder.open({ path, items, catalogue, onNote: () => undefined });
      await folder.requireSpace();
      return readObjects(wallet.components, recovered, { folder, files, again: false, signal });
    }

    it('gives each file that counts its bytes, mode and time, once', async () => {
      const { objects, recovered } = await known([
        await segment([fileRecord('deep/a', 1_000), fileRecord('gone', 1_000), fileRecord('e', 1_000, 0)]),
        await segment([
          fileRecord('deep/a', 1_500_000_000_123, 77),
          { kind: 'deletion', name: 'gone', at: 1_500_000_000_123 },
        ]),
        await wallet.store(randomBytes(5), { name: 'e', block: 7 }),
      ]);
      const results = await unpack(objects, recovered);
      expect(results.map((one) => ('error' in one ? one.error.message : one.how))).to.deep.equal([
        'full',
        'full',
        'full',
      ]);
      const all = join(temp.path, 'all');
      const packedE = `e~pack-${shortKey(objects[0]?.objectKey ?? new Uint8Array())}`;
      expect((await readdir(all, { recursive: true })).toSorted()).to.deep.equal(
        ['deep', 'deep/a', 'e', packedE].toSorted(),
      );
      expect(
        Buffer.compare(await readFile(join(all, 'deep/a')), contentFor(fileRecord('deep/a', 1_500_000_000_123, 77))),
      ).to.equal(0);
      const { mode, mtimeMs } = await stat(join(all, 'deep/a'));
      expect(mode & 0o777).to.equal(0o640 & ~process.umask());
      expect(mtimeMs).to.be.closeTo(1_500_000_000_123, 1);
      wallet.asked = 0;
      await unpack(objects, recovered);
      expect(wallet.asked).to.equal(0);
    });

    it('takes the place of what a killed run left, and leaves the partial download of a `get` alone', async () => {
      const { objects, recovered } = await known([await segment([fileRecord('a', 1_000)])]);
      const path = join(temp.path, 'all', 'a');
      await mkdir(partialFolderOf(path), { recursive: true });
      await writeFile(partialContentOf(path), 'half of it');
      await writeFile(partialFileOf(path), 'of a killed run');
      const [result] = await unpack(objects, recovered);
      expect(result !== undefined && 'error' in result ? result.error.message : 'fine').to.equal('fine');
      expect(Buffer.compare(await readFile(path), contentFor(fileRecord('a', 1_000)))).to.equal(0);
      expect(await readFile(partialContentOf(path), 'utf8')).to.equal('half of it');
      expect((await readdir(join(temp.path, 'all'))).toSorted()).to.deep.equal(['.a.stowmarket-part', 'a']);
    });

    it('replaces nothing, and brings the others', async () => {
      const { objects, recovered } = await known([await segment([fileRecord('a', 1_000), fileRecord('b', 1_000)])]);
      await mkdir(join(temp.path, 'all'));
      await writeFile(join(temp.path, 'all', 'a'), 'mine');
      const [result] = await unpack(objects, recovered);
      expect(result !== undefined && 'error' in result && result.error.code).to.equal('recover-files-left');
      expect(await readFile(join(temp.path, 'all', 'a'), 'utf8')).to.equal('mine');
      expect((await readdir(join(temp.path, 'all'))).toSorted()).to.deep.equal(['a', 'b']);
    });
  });
});
