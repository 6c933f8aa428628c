import { assert } from '../../core/assert.ts';
import { equal } from '../../core/bytes.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import { ShardCommitment } from '../../pipeline/merkle/commitment.ts';
import { AlignedBlocks } from '../aligned-blocks.ts';
import type { Reservation } from '../quota.ts';
import { RootCollector } from '../root-collector.ts';
import type { ShardInfo, UploadWriter } from '../shard-store.ts';
import { diskError, rootMismatch, shardTooLong, writerSpent } from '../store-errors.ts';
import { writeFully, type FileLayer, type OpenFile } from './file-layer.ts';
import { FIRST_UNIT } from './kept-uploads.ts';

/** Bytes gathered before they are written: larger writes cost fewer system calls, smaller ones less memory per upload. */
const WRITE_BUFFER_BYTES = 8 * UNIT_BYTES;
/** Of writers that have ended, for later ones. */
const buffers = new AlignedBlocks({ blockBytes: WRITE_BUFFER_BYTES, maxKept: 8 });
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

/** What makes a writer's bytes outlive it. */
export interface UploadJournal {
  /** Takes the root of each unit, in upload order, once its bytes were written. */
  roots: OpenFile;
  rootsPath: string;
  /** Packed roots of the units that are there already. */
  keptRoots: Uint8Array;
  /** The writer ended with so many units kept. */
  onSuspend: (units: number) => void;
}

export interface FsShardWriterInit {
  files: FileLayer;
  file: OpenFile;
  temporary: string;
  reservation: Reservation;
  /** Gives a finished shard its name and settles the reservation. Takes over the temporary file when it resolves. */
  publish: (shard: FinishedShard) => Promise<void>;
  /** Of an upload with a name; without it nothing is kept. */
  journal?: UploadJournal | undefined;
}

/** Writes one shard to a temporary file, in any order of units, hashing on the way. */
export class FsShardWriter implements UploadWriter {
  readonly keptUnits: number;
  readonly #init: FsShardWriterInit;
  readonly #roots = new RootCollector();
  readonly #commitment = new ShardCommitment({ onUnitRoot: (unit, root) => this.#roots.put(unit, root) });
  readonly #buffer = buffers.take();
  #buffered = 0;
  /** Where the buffer goes in the file. */
  #position = 0;
  #taken = 0;
  #unsynced = 0;
  #syncing: Promise<unknown> = Promise.resolve();
  #state: 'open' | 'busy' | 'spent' = 'open';
  /** Units whose roots are in the journal. */
  #journaled: number;
  /** Whether what came so far is one run from the first unit on, which is what can be kept. */
  #isRun = true;

  constructor(init: FsShardWriterInit) {
    this.#init = init;
    const { keptRoots = new Uint8Array() } = init.journal ?? {};
    this.keptUnits = keptRoots.byteLength / DIGEST_BYTES;
    this.#journaled = this.keptUnits;
    if (init.journal === undefined) return;
    this.#commitment.seek(FIRST_UNIT);
    this.#commitment.writeRoots(keptRoots);
    this.#position = (FIRST_UNIT + this.keptUnits) * UNIT_BYTES;
    this.#taken = keptRoots.byteLength * (UNIT_BYTES / DIGEST_BYTES);
  }

  async seek(unitIndex: number): Promise<void> {
    await this.#guard('write a shard', async () => {
      this.#commitment.seek(unitIndex);
      await this.#flush();
      const position = unitIndex * UNIT_BYTES;
      if (position !== this.#position) this.#isRun = false;
      this.#position = position;
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
      await this.#init.journal?.roots.close();
      await this.#init.publish({ root, units, temporary: this.#init.temporary, unitRoots: this.#roots.packed(units) });
      this.#spend();
      await this.#removeJournal();
      return { root, units };
    });
  }

  async suspend(): Promise<number> {
    const { journal, file, reservation } = this.#init;
    if (this.#state === 'spent') return 0;
    assert(this.#state === 'open', 'calls to a shard writer do not overlap');
    if (journal === undefined) {
      await this.abort();
      return 0;
    }
    try {
      await this.#flush();
      await this.#syncing;
    } catch {
      await this.abort();
      return 0;
    }
    if (this.#journaled === 0) {
      await this.abort();
      return 0;
    }
    this.#spend();
    reservation.release();
    journal.onSuspend(this.#journaled);
    // What was written stays in the file, however its handle ends.
    await file.close().catch(() => undefined);
    await journal.roots.close().catch(() => undefined);
    return this.#journaled;
  }

  async abort(): Promise<void> {
    if (this.#state === 'spent') return;
    // Where a call is at work, it may still write from the buffer.
    if (this.#state === 'open') this.#spend();
    this.#state = 'spent';
    const { files, file, temporary, reservation, journal } = this.#init;
    reservation.release();
    await this.#syncing.catch(() => undefined);
    // A file that does not close or go away now is worthless: the next start removes it.
    await file.close().catch(() => undefined);
    await files.remove(temporary).catch(() => undefined);
    await journal?.roots.close().catch(() => undefined);
    await this.#removeJournal();
  }

  /** Nothing is written from the buffer any more. */
  #spend(): void {
    this.#state = 'spent';
    buffers.give(this.#buffer);
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
    await this.#noteRoots();
    if (this.#unsynced < SYNC_EVERY_BYTES) return;
    this.#unsynced = 0;
    // A failed sync may have dropped the data, and a later one would not say so: the first failure is final.
    await this.#syncing;
    this.#syncing = this.#init.file.datasync();
    this.#syncing.catch(() => undefined);
  }

  /** After the bytes, so that a root never stands for bytes that were not even written. */
  async #noteRoots(): Promise<void> {
    const { journal } = this.#init;
    const units = Math.floor(this.#position / UNIT_BYTES) - FIRST_UNIT;
    if (journal === undefined || !this.#isRun || units <= this.#journaled) return;
    const roots = this.#roots.range(FIRST_UNIT + this.#journaled, units - this.#journaled);
    await writeFully(journal.roots, roots, this.#journaled * DIGEST_BYTES);
    this.#journaled = units;
  }

  /** A journal without its bytes is rubbish, and the next start removes it, too. */
  async #removeJournal(): Promise<void> {
    const { files, journal } = this.#init;
    if (journal !== undefined) await files.remove(journal.rootsPath).catch(() => undefined);
  }
}
