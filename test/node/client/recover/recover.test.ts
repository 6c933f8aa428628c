import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

import { itemsOf } from '../../../../node/client/recover/items.ts';
import type { NotRecovered, Recovered } from '../../../../node/client/recover/outcome.ts';
import { readObjects, type ReadObject } from '../../../../node/client/recover/read-objects.ts';
import { placesOf, type Placeable } from '../../../../node/client/recover/recovery-places.ts';
import { RecoveryFolder } from '../../../../node/client/recover/recovery-folder.ts';
import { verifyObjects } from '../../../../node/client/recover/verify-objects.ts';
import type { ProgressEvent } from '../../../../node/client/progress.ts';
import { shortKey, type StoredObject } from '../../../../node/client/stored-object.ts';
import { expectError } from '../support/expect-error.ts';
import { keyOf } from '../support/rows.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { StoredWallet } from './support/stored-wallet.ts';

const { signal } = new AbortController();

function succeeded(outcomes: readonly (Recovered | NotRecovered)[]): Recovered[] {
  return outcomes.map((outcome) => {
    if ('error' in outcome) throw outcome.error;
    return outcome;
  });
}

function failed(outcome: Recovered | NotRecovered | undefined): NotRecovered {
  if (outcome === undefined || !('error' in outcome)) throw new Error('it did not fail');
  return outcome;
}

describe('recovery', () => {
  let wallet: StoredWallet;
  let events: ProgressEvent[];
  beforeEach(() => {
    wallet = new StoredWallet();
    events = [];
  });
  afterEach(() => wallet.catalogue.close());

  const onProgress = (event: ProgressEvent): void => void events.push(event);
  const notes = (): string => events.flatMap(({ note }) => note ?? []).join('\n');
  const verify = async (objects: readonly StoredObject[], again = false): Promise<(Recovered | NotRecovered)[]> =>
    verifyObjects(wallet.components, objects, { again, signal, onProgress });

  describe('by headers', () => {
    it('fills the catalogue with n - k providers down, and names what is missing', async () => {
      const objects = [
        await wallet.store(randomBytes(70_000), { name: 'a', block: 5 }),
        await wallet.store(randomBytes(10), { name: 'deep/b', kind: 'tar', code: [1, 3] }),
      ];
      wallet.down.add(1);
      wallet.lying.add(3);
      const [a, b] = succeeded(await verify(objects));
      expect(a?.entry).to.deep.include({ name: 'a', kind: 'file', plainBytes: 70_000, k: 2, n: 4, state: 'stored' });
      expect(a?.entry.storedAt).to.equal(1_600_000_005);
      expect(a?.missing.map(({ shardIndex, provider }) => [shardIndex, provider])).to.have.deep.members([
        [0, 1],
        [2, 3],
      ]);
      expect(a?.missing.map(({ reason }) => reason).join())
        .to.match(/connection refused/)
        .and.to.match(/corrupt/);
      expect(b?.entry.kind).to.equal('tar');
      expect(wallet.catalogue.list().map(({ name }) => name)).to.deep.equal(['a', 'deep/b']);
      expect(events.at(-1)).to.include({ doneBytes: 2, totalBytes: 2, unit: 'objects' });
    });

    it('does not read again what an earlier run verified within a day, unless told to', async () => {
      const objects = [await wallet.store(randomBytes(10), { name: 'a' })];
      await verify(objects);
      wallet.asked = 0;
      const [known] = succeeded(await verify(objects));
      expect(known?.verifiedEarlier).to.equal(1_700_000_000);
      expect(wallet.asked).to.equal(0);
      expect(succeeded(await verify(objects, true))[0]?.verifiedEarlier).to.equal(undefined);
      expect(wallet.asked).to.be.greaterThan(0);
      wallet.nowMs += 25 * 3_600_000;
      expect(succeeded(await verify(objects))[0]?.verifiedEarlier).to.equal(undefined);
    });

    it('says of fewer than k shards which are missing, and what is tried, and brings the others back', async () => {
      const lost = await wallet.store(randomBytes(10), { name: 'lost', code: [3, 4] });
      const kept = await wallet.store(randomBytes(10), { name: 'kept', code: [1, 3] });
      wallet.down.add(2).add(3);
      const [first, second] = await verify([lost, kept]);
      const { error } = failed(first);
      expect(error).to.include({ code: 'too-few-shards', exitCode: 5 });
      expect(error.message).to.contain('2 of 4 shards answered, 3 are needed');
      expect(error.message).to.contain('asked 3 times').and.to.contain('shard 1, provider 2: connection refused');
      expect(wallet.pauses).to.equal(2);
      expect(notes()).to.contain('asking again for shard 1 (provider 2), shard 2 (provider 3)');
      expect(second === undefined || 'error' in second).to.equal(false);
      expect(wallet.catalogue.list().map(({ name }) => name)).to.deep.equal(['kept']);
    });

    it('takes a provider that comes back meanwhile', async () => {
      const object = await wallet.store(randomBytes(10), { name: 'a', code: [3, 3] });
      wallet.down.add(1).add(2).add(3);
      const { clock } = wallet.components;
      clock.sleep = async () => wallet.down.clear();
      expect(succeeded(await verify([object]))[0]?.missing).to.deep.equal([]);
    });

    it('does not ask again for wrong bytes, and calls them so', async () => {
      const object = await wallet.store(randomBytes(10), { name: 'a', code: [2, 2] });
      wallet.lying.add(1);
      expect(failed((await verify([object]))[0]).error).to.include({ code: 'too-few-good-shards', exitCode: 7 });
      expect(wallet.pauses).to.equal(0);
    });

    it('counts shards without an agreement as missing', async () => {
      const stored = await wallet.store(randomBytes(10), { name: 'a' });
      const agreements = stored.agreements.map((row, at) => (at === 3 ? { ...row, status: 'failed' as const } : row));
      const [one] = succeeded(await verify([{ ...stored, agreements }]));
      expect(one?.missing).to.deep.equal([
        { shardIndex: 3, provider: 4, reason: 'its provider lost it: the agreement failed' },
      ]);
    });

    it("names a header of a later version, and another wallet's envelope", async () => {
      const later = await wallet.store(randomBytes(10), { name: 'a', header: (unit) => (unit[4] = 2) });
      const foreign = await wallet.store(randomBytes(10), { name: 'b' });
      expect(failed((await verify([later]))[0]).error.code).to.equal('header-version');
      wallet.components.privateKey = randomBytes(32);
      expect(failed((await verify([foreign]))[0]).error.code).to.equal('envelope-closed');
      expect(wallet.catalogue.list()).to.deep.equal([]);
    });

    it('gives an object whose name climbs another one, and says why', async () => {
      const object = await wallet.store(randomBytes(10), { name: '../../etc/passwd' });
      const [one] = succeeded(await verify([object]));
      expect(one?.entry.name).to.equal(`unnamed-${shortKey(object.objectKey)}`);
      expect(one?.renamed).to.contain('../../etc/passwd');
    });
  });

  describe('of bytes', () => {
    const temp = useTempFolder();

    async function into(
      recovered: readonly Recovered[],
      freeBytes = 1e12,
    ): Promise<{ folder: RecoveryFolder; path: string }> {
      const path = join(temp.path, 'all');
      const { catalogue } = wallet;
      const folder = await RecoveryFolder.open({
        path,
        items: itemsOf(recovered, []),
        catalogue,
        onNote: () => undefined,
        freeBytes: async () => freeBytes,
      });
      return { folder, path };
    }

    async function read(
      recovered: readonly Recovered[],
      folder?: RecoveryFolder,
    ): Promise<(ReadObject | NotRecovered)[]> {
      return readObjects(wallet.components, recovered, { folder, files: new Map(), again: false, signal, onProgress });
    }

    it('writes each object under its name, once, and goes on after a kill', async () => {
      const plain = [randomBytes(70_000), randomBytes(5), randomBytes(6), randomBytes(0)];
      const names = ['a', 'deep/b', 'a', 'deep'];
      const objects = await Promise.all(
        plain.map(async (bytes, at) => wallet.store(bytes, { name: names[at] ?? '', block: at })),
      );
      const recovered = succeeded(await verify(objects));
      const { folder, path } = await into(recovered);
      await folder.requireSpace();
      wallet.down.add(1);
      const results = await read(recovered, folder);
      const files = ['deep/b', 'a', `a~${shortKey(objects[0]?.objectKey ?? keyOf(0))}`];
      const [b, newer, older] = await Promise.all(files.map(async (name) => readFile(join(path, name))));
      expect([older, b, newer].map((bytes, at) => bytes?.equals(plain[at] ?? keyOf(0)))).to.deep.equal([
        true,
        true,
        true,
      ]);
      expect((await readdir(path)).filter((name) => name.startsWith('deep~'))).to.have.lengthOf(1);
      expect(succeeded(results).every(({ how }) => how === 'full')).to.equal(true);
      expect(events.at(-1)).to.include({ doneBytes: 70_011, totalBytes: 70_011 });
      wallet.asked = 0;
      // Killed between the file's move to its place and the note of it.
      wallet.catalogue.setWritten(join(path, 'a'), objects[2]?.objectKey ?? keyOf(0), 'begun');
      expect(succeeded(await read(recovered, folder))).to.have.lengthOf(4);
      expect(wallet.asked).to.equal(0);
    });

    it('reads all without a folder, and not twice in a day', async () => {
      const recovered = succeeded(await verify([await wallet.store(randomBytes(70_000), { name: 'a' })]));
      await read(recovered);
      wallet.asked = 0;
      expect((await read(recovered))[0]).to.deep.include({ how: 'full', verifiedEarlier: 1_700_000_000 });
      expect(wallet.asked).to.equal(0);
    });

    it('replaces nothing that it did not write, and follows no link out of the folder', async () => {
      const names = ['mine', 'link/x', 'fine'];
      const objects = await Promise.all(names.map(async (name) => wallet.store(randomBytes(9), { name })));
      const recovered = succeeded(await verify(objects));
      const { folder, path } = await into(recovered);
      await writeFile(join(path, 'mine'), 'mine');
      await mkdir(join(temp.path, 'outside'));
      await symlink(join(temp.path, 'outside'), join(path, 'link'));
      const results = await read(recovered, folder);
      expect(results.map((result) => ('error' in result ? result.error.code : 'fine'))).to.deep.equal([
        'output-exists',
        'output-outside',
        'fine',
      ]);
      expect(await readFile(join(path, 'mine'), 'utf8')).to.equal('mine');
      expect(await readdir(join(temp.path, 'outside'))).to.deep.equal([]);
    });

    it('asks for the space of all before the first byte', async () => {
      const recovered = succeeded(await verify([await wallet.store(randomBytes(70_000), { name: 'a' })]));
      const { folder } = await into(recovered, 69_999);
      await expectError(folder.requireSpace(), 'output-disk-full');
    });
  });

  it('puts no two objects in one place, and none below another', () => {
    const object = (fill: number, name: string): Placeable => ({
      shortKey: shortKey(keyOf(fill)),
      name,
      storedAtMs: fill,
    });
    const objects = [object(1, 'x'), object(2, 'x'), object(3, 'x/y/z'), object(4, 'x/y'), object(5, 'w')];
    const places = placesOf(objects);
    expect(objects.map((one) => places.get(one))).to.deep.equal([
      `x~${'01'.repeat(6)}`,
      `x~${'02'.repeat(6)}`,
      'x/y/z',
      `x/y~${'04'.repeat(6)}`,
      'w',
    ]);
  });
});
