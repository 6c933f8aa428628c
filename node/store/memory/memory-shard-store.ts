import { assert } from '../../core/assert.ts';
import { equal, toHex } from '../../core/bytes.ts';
import { isStowError } from '../../core/errors.ts';
import { DIGEST_BYTES, LEAVES_PER_UNIT, UNIT_BYTES } from '../../core/units.ts';
import { ShardCommitment } from '../../pipeline/merkle/commitment.ts';
import { buildUpperLevels, pathAboveUnit } from '../../pipeline/merkle/upper-tree.ts';
import { unitRoot } from '../../pipeline/merkle/unit-tree.ts';
import { proveWithPath, unitOfLeaf } from '../../proofs/prove.ts';
import { Quota, type Reservation } from '../quota.ts';
import { RootCollector } from '../root-collector.ts';
import { badUnits } from '../scrub.ts';
import type {
  OpenShard,
  ScrubVerdict,
  ShardInfo,
  ShardStore,
  ShardWriter,
  StoreUsage,
  UploadWriter,
} from '../shard-store.ts';
import { checkRoot, checkUnitRange, rootMismatch, shardMissing, shardTooLong, writerSpent } from '../store-errors.ts';

interface StoredShard extends ShardInfo {
  bytes: Uint8Array;
  /** Unit roots, then each level above them. */
  levels: readonly Uint8Array[];
}

/** Whole units of an upload that broke off, from unit 1 on. */
interface KeptUpload {
  bytes: Uint8Array;
  room: Reservation;
}

interface MemoryWriterInit {
  reservation: Reservation;
  publish: (shard: StoredShard) => void;
  /** Without it nothing is kept. */
  upload?: { bytes: Uint8Array; onSuspend: (bytes: Uint8Array) => void };
}

/** Shards in memory: for tests, and for nodes that only cache. */
export class MemoryShardStore implements ShardStore {
  readonly #shards = new Map<string, StoredShard>();
  readonly #uploads = new Map<string, KeptUpload>();
  readonly #quota: Quota;

  constructor(init: { capacityUnits: number }) {
    this.#quota = new Quota(init.capacityUnits);
  }

  async create(unitsMax: number): Promise<ShardWriter> {
    return new MemoryShardWriter({
      reservation: this.#quota.reserve(unitsMax),
      publish: (shard) => this.#publish(shard),
    });
  }

  async openUpload(name: string, unitsMax: number): Promise<UploadWriter> {
    const kept = this.#uploads.get(name);
    kept?.room.release();
    this.#uploads.delete(name);
    const put = (bytes: Uint8Array): void => {
      this.#uploads.set(name, { bytes, room: this.#quota.hold(bytes.byteLength / UNIT_BYTES) });
    };
    const bytes = kept?.bytes ?? new Uint8Array();
    try {
      const reservation = this.#quota.reserve(unitsMax, bytes.byteLength / UNIT_BYTES);
      return new MemoryShardWriter({
        reservation,
        publish: (shard) => this.#publish(shard),
        upload: { bytes, onSuspend: put },
      });
    } catch (error) {
      if (kept !== undefined) put(bytes);
      throw error;
    }
  }

  async keptUnits(name: string): Promise<number> {
    return (this.#uploads.get(name)?.bytes.byteLength ?? 0) / UNIT_BYTES;
  }

  async dropUpload(name: string): Promise<void> {
    this.#uploads.get(name)?.room.release();
    this.#uploads.delete(name);
  }

  async listUploads(): Promise<string[]> {
    return [...this.#uploads.keys()];
  }

  #publish(shard: StoredShard): void {
    const before = this.#shards.get(toHex(shard.root));
    if (before !== undefined) this.#quota.free(before.units);
    this.#shards.set(toHex(shard.root), shard);
  }

  async stat(root: Uint8Array): Promise<ShardInfo | undefined> {
    checkRoot(root);
    const shard = this.#shards.get(toHex(root));
    return shard === undefined ? undefined : { root: shard.root, units: shard.units };
  }

  async open(root: Uint8Array): Promise<OpenShard> {
    const shard = this.#need(root);
    return {
      root: shard.root,
      units: shard.units,
      async readUnits(from, count) {
        checkUnitRange(shard, from, count);
        return shard.bytes.slice(from * UNIT_BYTES, (from + count) * UNIT_BYTES);
      },
      close: async () => undefined,
    };
  }

  async readUnits(root: Uint8Array, from: number, count: number): Promise<Uint8Array> {
    return (await this.open(root)).readUnits(from, count);
  }

  async readUnitRoots(root: Uint8Array, from: number, count: number): Promise<Uint8Array> {
    const shard = this.#need(root);
    checkUnitRange(shard, from, count);
    return levelOf(shard, 0).slice(from * DIGEST_BYTES, (from + count) * DIGEST_BYTES);
  }

  async readPathAbove(root: Uint8Array, unitIndex: number): Promise<Uint8Array> {
    const shard = this.#need(root);
    checkUnitRange(shard, unitIndex, 1);
    return pathAboveUnit(shard.units, unitIndex, (level, index) =>
      levelOf(shard, level).subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
    );
  }

  async readLeafProof(root: Uint8Array, leafIndex: number): Promise<Uint8Array> {
    const unitIndex = unitOfLeaf(leafIndex);
    checkUnitRange(this.#need(root), Number.isSafeInteger(leafIndex) ? unitIndex : Number.NaN, 1);
    const unit = await this.readUnits(root, unitIndex, 1);
    return proveWithPath(unit, leafIndex % LEAVES_PER_UNIT, await this.readPathAbove(root, unitIndex));
  }

  async scrub(root: Uint8Array): Promise<ScrubVerdict> {
    const shard = this.#need(root);
    const found = new RootCollector();
    for (let unit = 0; unit < shard.units; unit++) {
      found.put(unit, unitRoot(shard.bytes.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES)));
    }
    return badUnits(root, levelOf(shard, 0), found.packed(shard.units));
  }

  async *list(): AsyncGenerator<ShardInfo> {
    for (const { root, units } of Array.from(this.#shards.values())) yield { root, units };
  }

  async delete(root: Uint8Array): Promise<boolean> {
    checkRoot(root);
    const shard = this.#shards.get(toHex(root));
    if (shard === undefined) return false;
    this.#shards.delete(toHex(root));
    this.#quota.free(shard.units);
    return true;
  }

  usage(): StoreUsage {
    return this.#quota.usage;
  }

  #need(root: Uint8Array): StoredShard {
    checkRoot(root);
    const shard = this.#shards.get(toHex(root));
    if (shard === undefined) throw shardMissing(root);
    return shard;
  }
}

class MemoryShardWriter implements UploadWriter {
  readonly keptUnits: number;
  readonly #init: MemoryWriterInit;
  readonly #roots = new RootCollector();
  readonly #commitment = new ShardCommitment({ onUnitRoot: (unit, root) => this.#roots.put(unit, root) });
  #bytes = new Uint8Array();
  #position = 0;
  #taken = 0;
  /** Bytes from unit 1 on that came in one run, which is what can be kept. */
  #run = 0;
  #isRun = true;
  #spent = false;

  constructor(init: MemoryWriterInit) {
    this.#init = init;
    const { bytes = new Uint8Array() } = init.upload ?? {};
    this.keptUnits = bytes.byteLength / UNIT_BYTES;
    if (init.upload === undefined) return;
    this.#commitment.seek(1);
    this.#position = UNIT_BYTES;
    this.#append(bytes);
  }

  async seek(unitIndex: number): Promise<void> {
    await this.#guard(() => {
      this.#commitment.seek(unitIndex);
      if (this.#position !== unitIndex * UNIT_BYTES) this.#isRun = false;
      this.#position = unitIndex * UNIT_BYTES;
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#guard(() => {
      const { units } = this.#init.reservation;
      const taken = this.#taken + bytes.byteLength;
      if (Math.max(this.#position + bytes.byteLength, taken) > units * UNIT_BYTES) throw shardTooLong(units);
      this.#append(bytes);
    });
  }

  #append(bytes: Uint8Array): void {
    const end = this.#position + bytes.byteLength;
    this.#taken += bytes.byteLength;
    this.#commitment.write(bytes);
    if (end > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#position);
    this.#position = end;
    if (this.#isRun) this.#run += bytes.byteLength;
  }

  async commit(expectedRoot?: Uint8Array): Promise<ShardInfo> {
    return this.#guard(() => {
      const root = this.#commitment.finish();
      if (expectedRoot !== undefined && !equal(root, expectedRoot)) throw rootMismatch(expectedRoot, root);
      const { units } = this.#commitment;
      const levels = buildUpperLevels(this.#roots.packed(units));
      this.#spent = true;
      this.#init.reservation.keep(units);
      this.#init.publish({ root, units, levels, bytes: this.#bytes.subarray(0, units * UNIT_BYTES) });
      return { root, units };
    });
  }

  async suspend(): Promise<number> {
    const { upload } = this.#init;
    if (this.#spent) return 0;
    await this.abort();
    const units = upload === undefined ? 0 : Math.floor(this.#run / UNIT_BYTES);
    if (units > 0) upload?.onSuspend(this.#bytes.slice(UNIT_BYTES, (1 + units) * UNIT_BYTES));
    return units;
  }

  async abort(): Promise<void> {
    this.#spent = true;
    this.#init.reservation.release();
  }

  async #guard<T>(work: () => T): Promise<T> {
    if (this.#spent) throw writerSpent();
    try {
      return work();
    } catch (error) {
      if (isStowError(error)) await this.abort();
      throw error;
    }
  }
}

function levelOf(shard: StoredShard, level: number): Uint8Array {
  const nodes = shard.levels[level];
  assert(nodes !== undefined, `level ${level} of a shard of ${shard.units} units`);
  return nodes;
}
