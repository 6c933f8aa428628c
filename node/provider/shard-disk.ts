import { assert } from '../core/assert.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { UploadOrderWriter } from '../store/upload-order.ts';

/** Units read from disk at once for a reader: 1 MiB, of which every transfer in progress holds one. */
const READ_UNITS = 16;

/** The store as uploads and reads see it. */
export class ShardDisk {
  readonly #store: ShardStore;

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

  async *readUnits(root: Uint8Array, from: number, count: number): AsyncIterable<Uint8Array> {
    for (let at = from; at < from + count; at += READ_UNITS) {
      yield await this.#store.readUnits(root, at, Math.min(READ_UNITS, from + count - at));
    }
  }

  async unitRoots(root: Uint8Array): Promise<Uint8Array> {
    const units = await this.units(root);
    assert(units !== undefined, 'only roots of held shards are asked for');
    return this.#store.readUnitRoots(root, 0, units);
  }
}
