import { UNIT_BYTES } from '../core/units.ts';
import type { ShardInfo, ShardWriter, UploadWriter } from './shard-store.ts';

/**
 * Writes a shard that comes in upload order: units 1, 2, …, n-1, then unit 0. Which unit is the last is known only at the
 * end, so one unit is always held back.
 */
export class UploadOrderWriter {
  readonly #writer: ShardWriter & Partial<Pick<UploadWriter, 'keptUnits' | 'suspend'>>;
  readonly #held = new Uint8Array(UNIT_BYTES);
  #heldBytes = 0;
  #started = false;

  /** @param writer a new one, or that of an upload which broke off: what comes then follows what is kept */
  constructor(writer: ShardWriter | UploadWriter) {
    this.#writer = writer;
  }

  /** Takes the next bytes, of any length. They may be used again once the promise has resolved. */
  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#started) await this.#writer.seek(1 + (this.#writer.keptUnits ?? 0));
    this.#started = true;
    const ready = Math.max(0, this.#heldBytes + bytes.byteLength - UNIT_BYTES);
    const fromHeld = Math.min(ready, this.#heldBytes);
    const fromBytes = ready - fromHeld;
    if (fromHeld > 0) await this.#writer.write(this.#held.subarray(0, fromHeld));
    if (fromBytes > 0) await this.#writer.write(bytes.subarray(0, fromBytes));
    this.#held.copyWithin(0, fromHeld, this.#heldBytes);
    this.#heldBytes -= fromHeld;
    this.#held.set(bytes.subarray(fromBytes), this.#heldBytes);
    this.#heldBytes += bytes.byteLength - fromBytes;
  }

  /** As `ShardWriter.commit`. */
  async commit(expectedRoot?: Uint8Array): Promise<ShardInfo> {
    await this.#writer.seek(0);
    await this.#writer.write(this.#held.subarray(0, this.#heldBytes));
    return this.#writer.commit(expectedRoot);
  }

  /** As `UploadWriter.suspend`. The unit that is held back is not kept: it may be the header. */
  async suspend(): Promise<number> {
    if (this.#writer.suspend !== undefined) return this.#writer.suspend();
    await this.#writer.abort();
    return 0;
  }

  /** As `ShardWriter.abort`. */
  async discard(): Promise<void> {
    await this.#writer.abort();
  }
}
