import { assert } from '../core/assert.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { IncomingShard } from '../agreements/upload-intake.ts';
import type { ShardInfo, ShardStore, ShardWriter } from '../store/shard-store.ts';

/** Units read from disk at once for a reader: 1 MiB, of which every transfer in progress holds one. */
const READ_UNITS = 16;

/** The store as uploads and reads see it. */
export class ShardDisk {
  readonly #store: ShardStore;

  constructor(store: ShardStore) {
    this.#store = store;
  }

  async begin(unitsMax: number): Promise<IncomingShard> {
    return new HeaderLastWriter(await this.#store.create(unitsMax));
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

/**
 * Puts an upload in order: its units come as 1, 2, …, n − 1, 0, because only the end of a piped object tells what its header
 * says. Which unit is the last is known when nothing follows it, so one is always held back.
 */
class HeaderLastWriter implements IncomingShard {
  readonly #writer: ShardWriter;
  #held: Uint8Array | undefined;
  #started = false;

  constructor(writer: ShardWriter) {
    this.#writer = writer;
  }

  async write(units: Uint8Array): Promise<void> {
    assert(units.byteLength > 0 && units.byteLength % UNIT_BYTES === 0, 'whole units');
    if (this.#held !== undefined) await this.#append(this.#held);
    const last = units.byteLength - UNIT_BYTES;
    if (last > 0) await this.#append(units.subarray(0, last));
    this.#held = units.subarray(last);
  }

  async commit(): Promise<ShardInfo> {
    assert(this.#held !== undefined, 'a shard has at least one unit');
    await this.#writer.seek(0);
    await this.#writer.write(this.#held);
    return this.#writer.commit();
  }

  async discard(): Promise<void> {
    await this.#writer.abort();
  }

  async #append(units: Uint8Array): Promise<void> {
    if (!this.#started) await this.#writer.seek(1);
    this.#started = true;
    await this.#writer.write(units);
  }
}
