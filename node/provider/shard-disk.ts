import { assert } from '../core/assert.ts';
import { toHex } from '../core/bytes.ts';
import { UNIT_BYTES } from '../core/units.ts';
import { AlignedBlocks } from '../store/aligned-blocks.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { UploadOrderWriter } from '../store/upload-order.ts';
import { RepeatedReads } from './repeated-reads.ts';

/** Units read from disk at once for a reader: 512 KiB, of which every transfer in progress holds two. */
const READ_UNITS = 8;

/** Blocks of memory that are kept for later reads: 4 MiB. */
const MAX_KEPT = 8;

/** The store as uploads and reads see it. */
export class ShardDisk {
  readonly #store: ShardStore;
  /** Memory of reads that have ended. New memory for each would only be collected again. */
  readonly #blocks = new AlignedBlocks({ blockBytes: READ_UNITS * UNIT_BYTES, maxKept: MAX_KEPT });

  readonly #repeated = new RepeatedReads();

  constructor(store: ShardStore) {
    this.#store = store;
  }

  async begin(reservationId: string, unitsMax: number): Promise<UploadOrderWriter> {
    return new UploadOrderWriter(await this.#store.openUpload(reservationId, unitsMax));
  }

  async kept(reservationId: string): Promise<number> {
    return this.#store.keptUnits(reservationId);
  }

  async drop(reservationId: string): Promise<void> {
    await this.#store.dropUpload(reservationId);
  }

  async unfinished(): Promise<string[]> {
    return this.#store.listUploads();
  }

  async units(root: Uint8Array): Promise<number | undefined> {
    return (await this.#store.stat(root))?.units;
  }

  /** A chunk is valid until the next is asked for, which is read from the disk meanwhile. */
  async *readUnits(root: Uint8Array, from: number, count: number): AsyncIterable<Uint8Array> {
    const direct = !this.#repeated.note(toHex(root), from, count);
    const shard = await this.#store.open(root, { direct });
    const memory: [Uint8Array, Uint8Array] = [this.#blocks.take(), this.#blocks.take()];
    const read = async (at: number): Promise<Uint8Array | undefined> => {
      const units = Math.min(READ_UNITS, from + count - at);
      if (units <= 0) return undefined;
      const turn = ((at - from) / READ_UNITS) % 2 === 0 ? memory[0] : memory[1];
      return shard.readUnits(at, units, turn.subarray(0, units * UNIT_BYTES));
    };
    let next = read(from);
    try {
      let at = from;
      for (let chunk = await next; chunk !== undefined; chunk = await next) {
        at += READ_UNITS;
        next = read(at);
        // It is awaited in its turn; until then its rejection has no other listener.
        next.catch(() => undefined);
        yield chunk;
      }
    } finally {
      await next.catch(() => undefined);
      for (const block of memory) this.#blocks.give(block);
      await shard.close();
    }
  }

  async unitRoots(root: Uint8Array): Promise<Uint8Array> {
    const units = await this.units(root);
    assert(units !== undefined, 'only roots of held shards are asked for');
    return this.#store.readUnitRoots(root, 0, units);
  }
}
