import { assert } from '../../core/assert.ts';
import { equal } from '../../core/bytes.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import { ShardCommitment } from '../../pipeline/merkle/commitment.ts';
import type { Reservation } from '../quota.ts';
import { RootCollector } from '../root-collector.ts';
import type { ShardInfo, ShardWriter } from '../shard-store.ts';
import { diskError, rootMismatch, shardTooLong, writerSpent } from '../store-errors.ts';
import { writeFully, type FileLayer, type OpenFile } from './file-layer.ts';

/** Bytes gathered before they are written: larger writes cost fewer system calls, smaller ones less memory per upload. */
const WRITE_BUFFER_BYTES = 8 * UNIT_BYTES;
/**
 * Bytes between two requests to put data on the disk: so much at most waits for the last sync of a shard, and the disk
 * works while the network does. Measured fastest among sizes from 1 to 64 MiB.
 */
const SYNC_EVERY_BYTES = 16 * 1_048_576;

/** A complete, synced shard under a temporary name, to be given its real one. */
export interface FinishedShard extends ShardInfo {
  temporary: string;
  unitRoots: Uint8Array;
}

export interface FsShardWriterInit {
  files: FileLayer;
  file: OpenFile;
  temporary: string;
  reservation: Reservation;
  /** Gives a finished shard its name and settles the reservation. Takes over the temporary file when it resolves. */
  publish: (shard: FinishedShard) => Promise<void>;
}

/** Writes one shard to a temporary file, in any order of units, hashing on the way. */
export class FsShardWriter implements ShardWriter {
  readonly #init: FsShardWriterInit;
  readonly #roots = new RootCollector();
  readonly #commitment = new ShardCommitment({ onUnitRoot: (unit, root) => this.#roots.put(unit, root) });
  readonly #buffer = new Uint8Array(WRITE_BUFFER_BYTES);
  #buffered = 0;
  /** Where the buffer goes in the file. */
  #position = 0;
  #taken = 0;
  #unsynced = 0;
  #syncing: Promise<unknown> = Promise.resolve();
  #state: 'open' | 'busy' | 'spent' = 'open';

  constructor(init: FsShardWriterInit) {
    this.#init = init;
  }

  async seek(unitIndex: number): Promise<void> {
    await this.#guard('write a shard', async () => {
      this.#commitment.seek(unitIndex);
      await this.#flush();
      this.#position = unitIndex * UNIT_BYTES;
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#guard('write a shard', async () => {
      const limit = this.#init.reservation.units;
      this.#taken += bytes.byteLength;
      const end = this.#position + this.#buffered + bytes.byteLength;
      if (Math.max(this.#taken, end) > limit * UNIT_BYTES) throw shardTooLong(limit);
      this.#commitment.write(bytes);
      await this.#store(bytes);
    });
  }

  async commit(expectedRoot?: Uint8Array): Promise<ShardInfo> {
    return this.#guard('store a shard', async () => {
      const root = this.#commitment.finish();
      const { units } = this.#commitment;
      if (expectedRoot !== undefined && !equal(root, expectedRoot)) throw rootMismatch(expectedRoot, root);
      await this.#flush();
      await this.#syncing;
      await this.#init.file.sync();
      await this.#init.file.close();
      await this.#init.publish({ root, units, temporary: this.#init.temporary, unitRoots: this.#roots.packed(units) });
      this.#state = 'spent';
      return { root, units };
    });
  }

  async abort(): Promise<void> {
    if (this.#state === 'spent') return;
    this.#state = 'spent';
    const { files, file, temporary, reservation } = this.#init;
    reservation.release();
    await this.#syncing.catch(() => undefined);
    // A file that does not close or go away now is worthless: the next start removes it.
    await file.close().catch(() => undefined);
    await files.remove(temporary).catch(() => undefined);
  }

  /** One call at a time; the first failure ends the writer and leaves nothing behind. */
  async #guard<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#state === 'spent') throw writerSpent();
    assert(this.#state === 'open', 'calls to a shard writer do not overlap');
    this.#state = 'busy';
    try {
      return await work();
    } catch (error) {
      await this.abort();
      throw diskError(what, error);
    } finally {
      if (this.#state === 'busy') this.#state = 'open';
    }
  }

  async #store(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.byteLength) {
      const take = Math.min(bytes.byteLength - at, WRITE_BUFFER_BYTES - this.#buffered);
      this.#buffer.set(bytes.subarray(at, at + take), this.#buffered);
      this.#buffered += take;
      at += take;
      if (this.#buffered === WRITE_BUFFER_BYTES) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    if (this.#buffered === 0) return;
    await writeFully(this.#init.file, this.#buffer.subarray(0, this.#buffered), this.#position);
    this.#position += this.#buffered;
    this.#unsynced += this.#buffered;
    this.#buffered = 0;
    if (this.#unsynced < SYNC_EVERY_BYTES) return;
    this.#unsynced = 0;
    // A failed sync may have dropped the data, and a later one would not say so: the first failure is final.
    await this.#syncing;
    this.#syncing = this.#init.file.datasync();
    this.#syncing.catch(() => undefined);
  }
}
