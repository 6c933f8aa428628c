import { expect } from 'chai';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { toHex } from '../../../node/core/bytes.ts';
import { StowError } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { FsShardStore } from '../../../node/store/fs/fs-shard-store.ts';
import { faultyFiles, type Fault } from './faulty-files.ts';
import { newShard, put, rootsIn, sendPart, sendRest } from './shard-store-suite.ts';
import { memoryFolder, temporaryFolders } from './temporary-folder.ts';

const CAPACITY = 100;

function expectClear(error: unknown, { code }: Fault): void {
  if (error === undefined) return;
  expect(error).to.be.instanceOf(StowError);
  expect(error).to.include({ code: code === 'EIO' ? 'store-io' : 'store-full' });
  expect((error as StowError).hint).to.be.a('string');
}

// The loop of SQLite's fault simulation: repeat one operation with its 1st, 2nd, … nth system call failing, until it
// runs through unharmed.
describe('file store with failing system calls', function () {
  this.timeout(120_000);
  const newFolder = temporaryFolders(memoryFolder());
  const [kept, other] = [newShard(3), newShard(5)];

  interface Trial {
    store: FsShardStore;
    folder: string;
  }

  async function forEveryCall(
    operation: (store: FsShardStore) => Promise<unknown>,
    check: (trial: Trial, error: unknown, fault: Fault) => Promise<void>,
  ): Promise<number> {
    let failures = 0;
    const folder = await newFolder();
    for (const [code, persistent] of [
      ['EIO', false],
      ['ENOSPC', true],
    ] as const) {
      for (let at = 1; ; at++) {
        const files = faultyFiles();
        const store = await FsShardStore.open({ folder, capacityUnits: CAPACITY, files });
        await put(store, kept.bytes);
        await store.delete(other.root);
        const fault: Fault = { at, code, persistent };
        files.arm(fault);
        const error: unknown = await operation(store).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        const struck = files.struck();
        files.disarm();
        if (error !== undefined) failures++;
        await check({ store, folder }, error, fault);
        if (!struck) break;
      }
    }
    return failures;
  }

  async function expectWhole({ folder }: Trial): Promise<FsShardStore> {
    const reopened = await FsShardStore.open({ folder, capacityUnits: CAPACITY });
    expect(await readdir(join(folder, 'tmp'))).to.deep.equal([]);
    let used = 0;
    for await (const { root, units } of reopened.list()) {
      expect(await reopened.scrub(root)).to.deep.equal({ ok: true });
      used += units;
    }
    expect(reopened.usage()).to.deep.equal({
      capacityUnits: CAPACITY,
      usedUnits: used,
      reservedUnits: 0,
      keptUnits: 0,
    });
    return reopened;
  }

  it('puts a shard whole or not at all, and can put it again', async () => {
    const failures = await forEveryCall(
      async (store) => put(store, other.bytes),
      async (trial, error, fault) => {
        expectClear(error, fault);
        expect(trial.store.usage().reservedUnits).to.equal(0);
        if (error === undefined) {
          expect(await trial.store.stat(other.root)).to.deep.include({ units: 5 });
        } else if (!fault.persistent) {
          expect(await readdir(join(trial.folder, 'tmp'))).to.deep.equal([]);
          expect(await rootsIn(trial.store)).to.deep.equal([toHex(kept.root)]);
        }
        await put(trial.store, other.bytes, other.root);
        const reopened = await expectWhole(trial);
        expect(await rootsIn(reopened)).to.deep.equal([toHex(kept.root), toHex(other.root)].toSorted());
        expect(trial.store.usage()).to.deep.equal(reopened.usage());
      },
    );
    expect(failures).to.be.greaterThan(20);
  });

  it('keeps an upload right or drops it, and stores it whole in the end', async () => {
    const broken = newShard(20);
    const failures = await forEveryCall(
      async (store) => {
        await store.delete(broken.root);
        await sendPart(store, 'r', broken.bytes, 12 * UNIT_BYTES);
        await sendRest(store, 'r', broken.bytes);
      },
      async (trial, error, fault) => {
        expectClear(error, fault);
        const { reservedUnits, keptUnits } = trial.store.usage();
        expect(reservedUnits).to.equal(keptUnits);
        // As after kill -9: another process finds what is there.
        const reopened = await FsShardStore.open({ folder: trial.folder, capacityUnits: CAPACITY });
        expect(await reopened.keptUnits('r')).to.be.at.most(19);
        await sendRest(reopened, 'r', broken.bytes);
        expect(await reopened.scrub(broken.root)).to.deep.equal({ ok: true });
        expect(await readdir(join(trial.folder, 'uploads'))).to.deep.equal([]);
        await reopened.delete(broken.root);
        await expectWhole(trial);
      },
    );
    expect(failures).to.be.greaterThan(15);
  });

  it('never harms a stored shard by a failing second put of it', async () => {
    await forEveryCall(
      async (store) => put(store, kept.bytes),
      async (trial, error, fault) => {
        expectClear(error, fault);
        const reopened = await expectWhole(trial);
        expect(await rootsIn(reopened)).to.deep.equal([toHex(kept.root)]);
        expect(trial.store.usage()).to.deep.equal(reopened.usage());
      },
    );
  });

  it('deletes a shard so that deleting again finishes it', async () => {
    const failures = await forEveryCall(
      async (store) => store.delete(kept.root),
      async (trial, error, fault) => {
        expectClear(error, fault);
        await trial.store.delete(kept.root);
        const reopened = await expectWhole(trial);
        expect(await rootsIn(reopened)).to.deep.equal([]);
        expect(trial.store.usage().usedUnits).to.equal(0);
      },
    );
    expect(failures).to.be.greaterThan(4);
  });

  it('reads and proves right or not at all', async () => {
    await forEveryCall(
      async (store) => {
        const units = await store.readUnits(kept.root, 0, 3);
        expect(Buffer.compare(units, kept.bytes)).to.equal(0);
        await store.readLeafProof(kept.root, 2000);
      },
      async (trial, error, fault) => {
        expectClear(error, fault);
        await expectWhole(trial);
      },
    );
  });

  it('opens or says why not', async () => {
    const folder = await newFolder();
    for (let at = 1; ; at += 37) {
      const files = faultyFiles();
      files.arm({ at, code: 'EIO', persistent: false });
      const error: unknown = await FsShardStore.open({ folder, capacityUnits: CAPACITY, files }).catch(
        (e: unknown) => e,
      );
      if (!files.struck()) break;
      expect(error).to.include({ code: 'store-io' });
    }
  });
});
