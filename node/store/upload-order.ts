import { concat } from '../core/bytes.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { ShardInfo, ShardWriter } from './shard-store.ts';

/**
 * Writes a shard that comes in upload order: units 1, 2, …, n-1, then unit 0. Which unit is the last is known only at the
 * end, so one unit is always held back.
 */
export class UploadOrderWriter {
  readonly #writer: ShardWriter;
  #held: Uint8Array = new Uint8Array();
  #started = false;

  constructor(writer: ShardWriter) {
    this.#writer = writer;
  }

  /** Takes the next bytes, of any length. They may be used again once the promise has resolved. */
  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#started) await this.#writer.seek(1);
    this.#started = true;
    const ready = this.#held.byteLength + bytes.byteLength - UNIT_BYTES;
    if (ready <= 0) {
      this.#held = concat(this.#held, bytes);
      return;
    }
    const fromHeld = Math.min(ready, this.#held.byteLength);
    await this.#writer.write(this.#held.subarray(0, fromHeld));
    await this.#writer.write(bytes.subarray(0, ready - fromHeld));
    this.#held = concat(this.#held.subarray(fromHeld), bytes.subarray(ready - fromHeld));
  }

  /** As `ShardWriter.commit`. */
  async commit(expectedRoot?: Uint8Array): Promise<ShardInfo> {
    await this.#writer.seek(0);
    await this.#writer.write(this.#held);
    return this.#writer.commit(expectedRoot);
  }

  /** As `ShardWriter.abort`. */
  async discard(): Promise<void> {
    await this.#writer.abort();
  }
}
