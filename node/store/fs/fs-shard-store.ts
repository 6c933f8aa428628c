import { toHex } from '../../core/bytes.ts';
import { isStowError } from '../../core/errors.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import { DIGEST_BYTES, LEAVES_PER_UNIT, UNIT_BYTES } from '../../core/units.ts';
import { proveWithPath, unitOfLeaf } from '../../proofs/prove.ts';
import { verifyLeaf } from '../../proofs/verify.ts';
import { Quota, type Reservation } from '../quota.ts';
import type {
  OpenShard,
  OpenShardOptions,
  ScrubVerdict,
  ShardInfo,
  ShardStore,
  ShardWriter,
  StoreUsage,
  UploadWriter,
} from '../shard-store.ts';
import { badUnits } from '../scrub.ts';
import { checkRoot, checkUnitRange, diskError, shardCorrupt, shardMissing, storeFull } from '../store-errors.ts';
import { readFully, systemFiles, type FileLayer } from './file-layer.ts';
import { FsShardWriter, type FinishedShard, type FsShardWriterInit } from './fs-shard-writer.ts';
import { KeptUploads } from './kept-uploads.ts';
import { OpenShards } from './open-shards.ts';
import { StorePaths } from './paths.ts';
import { listFanout, recoverFolder } from './recover.ts';
import { ShardFiles } from './shard-files.ts';
import { treeFileBytes } from './tree-file.ts';

/** Kept free on the disk for the database, the log and the system: a full disk stops proofs, and those cost money. */
const DISK_RESERVE_BYTES = 64 * 1_048_576;

export interface FsShardStoreInit {
  /** Folder of the store. One process at a time: take its lock first. */
  folder: string;
  capacityUnits: number;
  logger?: Logger | undefined;
  /** For tests that make system calls fail. */
  files?: FileLayer | undefined;
}

/** Shards as flat files in 256 folders, with the tree above their units beside them. */
export class FsShardStore implements ShardStore {
  readonly #files: FileLayer;
  readonly #paths: StorePaths;
  readonly #shards: ShardFiles;
  readonly #open: OpenShards;
  readonly #quota: Quota;
  readonly #kept: KeptUploads;
  /** Units counted for shards whose last change failed midway. */
  readonly #miscounted = new Map<string, number>();
  /** Names change one at a time per root. */
  readonly #changes = new Map<string, Promise<unknown>>();

  private constructor(files: FileLayer, paths: StorePaths, quota: Quota, kept: KeptUploads) {
    this.#files = files;
    this.#paths = paths;
    this.#shards = new ShardFiles(files, paths);
    this.#open = new OpenShards(this.#shards);
    this.#quota = quota;
    this.#kept = kept;
  }

  /** Opens or makes the store, cleaning up after an interrupted run. Throws `store-full`, `store-denied`, `store-io`. */
  static async open(init: FsShardStoreInit): Promise<FsShardStore> {
    const files = init.files ?? systemFiles;
    const paths = new StorePaths(init.folder);
    return onDisk(`open the store in ${init.folder}`, async () => {
      const logger = init.logger ?? silentLogger;
      const { usedUnits } = await recoverFolder(files, paths, logger);
      const quota = new Quota(init.capacityUnits, usedUnits);
      const kept = new KeptUploads(files, paths, quota);
      await kept.recover(logger);
      return new FsShardStore(files, paths, quota, kept);
    });
  }

  async create(unitsMax: number): Promise<ShardWriter> {
    const reservation = this.#quota.reserve(unitsMax);
    try {
      return await onDisk('start a shard', async () => this.#newWriter(reservation));
    } catch (error) {
      reservation.release();
      throw error;
    }
  }

  async openUpload(name: string, unitsMax: number): Promise<UploadWriter> {
    return onDisk('go on with an upload', async () => {
      const { part, roots, keptRoots } = await this.#kept.take(name);
      const keptUnits = keptRoots.byteLength / DIGEST_BYTES;
      try {
        const reservation = this.#quota.reserve(unitsMax, keptUnits);
        try {
          await this.#requireDisk(reservation);
        } catch (error) {
          reservation.release();
          throw error;
        }
        const [temporary, rootsPath] = [this.#paths.partOf(name), this.#paths.rootsOf(name)];
        const onSuspend = (units: number): void => this.#kept.put(name, units);
        const journal = { roots, rootsPath, keptRoots, onSuspend };
        return this.#writerOf({ file: part, temporary, reservation, journal });
      } catch (error) {
        await Promise.allSettled([part.close(), roots.close()]);
        if (keptUnits > 0) this.#kept.put(name, keptUnits);
        else await this.#kept.drop(name);
        throw error;
      }
    });
  }

  async keptUnits(name: string): Promise<number> {
    return onDisk('look at an upload', async () => this.#kept.units(name));
  }

  async dropUpload(name: string): Promise<void> {
    await onDisk('remove an upload', async () => this.#kept.drop(name));
  }

  async listUploads(): Promise<string[]> {
    return this.#kept.names();
  }

  async stat(root: Uint8Array): Promise<ShardInfo | undefined> {
    checkRoot(root);
    const units = await onDisk('look up a shard', async () => this.#shards.units(root));
    return units === undefined ? undefined : { root, units };
  }

  async open(root: Uint8Array, options: OpenShardOptions = {}): Promise<OpenShard> {
    checkRoot(root);
    const { file, units, release } = await onDisk('open a shard', async () => this.#open.acquire(root, options));
    return {
      root,
      units,
      async readUnits(from, count, into) {
        checkUnitRange({ root, units }, from, count);
        return onDisk('read a shard', async () => readFully(file, count * UNIT_BYTES, from * UNIT_BYTES, into));
      },
      close: async () => release(),
    };
  }

  async readUnits(root: Uint8Array, from: number, count: number): Promise<Uint8Array> {
    checkRoot(root);
    // What is there now: what is open may have lost its name meanwhile.
    const { file, units } = await onDisk('open a shard', async () => this.#shards.open(root));
    try {
      checkUnitRange({ root, units }, from, count);
      return await onDisk('read a shard', async () => readFully(file, count * UNIT_BYTES, from * UNIT_BYTES));
    } finally {
      await onDisk('close a shard', async () => file.close());
    }
  }

  async readUnitRoots(root: Uint8Array, from: number, count: number): Promise<Uint8Array> {
    const shard = await this.#need(root);
    checkUnitRange(shard, from, count);
    return onDisk('read a tree', async () =>
      this.#shards.withTree(root, shard.units, async (tree) => tree.unitRoots(from, count)),
    );
  }

  async readPathAbove(root: Uint8Array, unitIndex: number): Promise<Uint8Array> {
    const shard = await this.#need(root);
    checkUnitRange(shard, unitIndex, 1);
    return onDisk('read a tree', async () =>
      this.#shards.withTree(root, shard.units, async (tree) => tree.pathAbove(unitIndex)),
    );
  }

  async readLeafProof(root: Uint8Array, leafIndex: number): Promise<Uint8Array> {
    const shard = await this.#need(root);
    const unitIndex = unitOfLeaf(leafIndex);
    // A leaf that is no whole number lies in no unit.
    checkUnitRange(shard, Number.isSafeInteger(leafIndex) ? unitIndex : Number.NaN, 1);
    const prove = async (): Promise<Uint8Array> => {
      const unit = await this.readUnits(root, unitIndex, 1);
      return proveWithPath(unit, leafIndex % LEAVES_PER_UNIT, await this.readPathAbove(root, unitIndex));
    };
    const proof = await prove();
    if (verifyLeaf({ root, units: shard.units, leafIndex, proof }).ok) return proof;
    // Either the unit or the tree is damaged. A tree can be made again; that says which.
    await onDisk('make a tree again', async () => this.#shards.rebuildTree(root, shard.units));
    const second = await prove();
    if (verifyLeaf({ root, units: shard.units, leafIndex, proof: second }).ok) return second;
    throw shardCorrupt(root, `unit ${unitIndex} does not prove`);
  }

  async scrub(root: Uint8Array): Promise<ScrubVerdict> {
    const { units } = await this.#need(root);
    return onDisk('scrub a shard', async () => {
      const found = await this.#shards.hashUnits(root, units);
      const stored = await this.#shards
        .withTree(root, units, async (tree) => tree.unitRoots(0, units))
        .catch((error: unknown) => {
          if (isStowError(error, 'shard-corrupt')) return new Uint8Array(units * DIGEST_BYTES);
          throw error;
        });
      return badUnits(root, stored, found);
    });
  }

  async *list(): AsyncGenerator<ShardInfo> {
    for (const folder of this.#paths.fanout) yield* listFanout(this.#files, this.#paths, folder);
  }

  async delete(root: Uint8Array): Promise<boolean> {
    checkRoot(root);
    return this.#change(root, async () =>
      onDisk('delete a shard', async () => {
        const units = await this.#shards.units(root);
        const counted = this.#countedUnits(root, units);
        this.#miscounted.set(toHex(root), counted);
        try {
          await this.#shards.remove(root);
        } finally {
          this.#open.forget(root);
        }
        this.#miscounted.delete(toHex(root));
        this.#quota.free(counted);
        return counted > 0;
      }),
    );
  }

  usage(): StoreUsage {
    return this.#quota.usage;
  }

  async #newWriter(reservation: Reservation): Promise<FsShardWriter> {
    await this.#requireDisk(reservation);
    const temporary = this.#paths.newTemporary();
    const file = await this.#files.open(temporary, 'create', { direct: true });
    return this.#writerOf({ file, temporary, reservation });
  }

  /** What is kept of uploads is on the disk already, and so is not free there. */
  async #requireDisk(reservation: Reservation): Promise<void> {
    const free = (await this.#files.freeBytes(this.#paths.folder)) - DISK_RESERVE_BYTES;
    const { reservedUnits, keptUnits } = this.#quota.usage;
    const promisedUnits = reservedUnits - keptUnits;
    if (promisedUnits * UNIT_BYTES + treeFileBytes(reservation.units) <= free) return;
    const others = promisedUnits - reservation.units;
    throw storeFull(reservation.units, Math.floor(free / UNIT_BYTES) - others, `the disk of ${this.#paths.folder}`);
  }

  #writerOf(init: Omit<FsShardWriterInit, 'files' | 'publish'>): FsShardWriter {
    const publish = async (shard: FinishedShard): Promise<void> => this.#publish(shard, init.reservation);
    return new FsShardWriter({ ...init, files: this.#files, publish });
  }

  async #publish(shard: FinishedShard, reservation: Reservation): Promise<void> {
    await this.#change(shard.root, async () => {
      const before = await this.#shards.units(shard.root);
      const counted = this.#countedUnits(shard.root, before);
      // What a failure leaves behind is counted when somebody cleans up: until then, as if nothing had happened.
      this.#miscounted.set(toHex(shard.root), counted);
      // Stored again: the new copy takes the place of the old one, which may have rotted.
      await this.#shards.publish(shard, { replaces: before !== undefined });
      this.#open.forget(shard.root);
      this.#miscounted.delete(toHex(shard.root));
      reservation.keep(shard.units);
      this.#quota.free(counted);
    });
  }

  /** Units that the quota counts for a shard, which after a failure may differ from what is on the disk. */
  #countedUnits(root: Uint8Array, onDiskUnits: number | undefined): number {
    return this.#miscounted.get(toHex(root)) ?? onDiskUnits ?? 0;
  }

  async #need(root: Uint8Array): Promise<ShardInfo> {
    const shard = await this.stat(root);
    if (shard === undefined) throw shardMissing(root);
    return shard;
  }

  async #change<T>(root: Uint8Array, work: () => Promise<T>): Promise<T> {
    const name = toHex(root);
    const before = this.#changes.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#changes.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#changes.get(name) === settled) this.#changes.delete(name);
    }
  }
}

async function onDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(what, error);
  }
}
