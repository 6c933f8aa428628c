import { UNIT_BYTES } from '../core/units.ts';

/**
 * Gathers a byte stream, which arrives in frames of any size, into blocks of whole units. Every block is memory of its own,
 * so that whoever gets it may keep it or transfer it to a worker.
 */
export class UnitBlocks {
  readonly #blockBytes: number;
  #block: Buffer;
  #filled = 0;

  /** @param blockBytes a multiple of the unit */
  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
    this.#block = Buffer.allocUnsafeSlow(blockBytes);
  }

  /** Takes `chunk` and yields each block that it completes. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let offset = 0;
    while (offset < chunk.byteLength) {
      const taken = Math.min(chunk.byteLength - offset, this.#blockBytes - this.#filled);
      this.#block.set(chunk.subarray(offset, offset + taken), this.#filled);
      this.#filled += taken;
      offset += taken;
      if (this.#filled === this.#blockBytes) yield this.#take();
    }
  }

  /** The units gathered so far, if any. A rest that is no whole unit shows in `strayBytes`. */
  flush(): Uint8Array | undefined {
    return this.#filled < UNIT_BYTES ? undefined : this.#take();
  }

  /** Bytes at hand beyond the last whole unit. */
  get strayBytes(): number {
    return this.#filled % UNIT_BYTES;
  }

  #take(): Uint8Array {
    const whole = this.#block.subarray(0, this.#filled - this.strayBytes);
    this.#block = Buffer.allocUnsafeSlow(this.#blockBytes);
    this.#filled = 0;
    return whole;
  }
}
