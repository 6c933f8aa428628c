import { assert } from '../core/assert.ts';
import { wasm } from '../core/wasm.ts';

/** What WebAssembly's memory grows by, and so is aligned to. */
const PAGE_BYTES = 65_536;
/** Blocks that are made at once: each WebAssembly memory takes gigabytes of address space, whatever its size. */
const SLAB_BLOCKS = 8;

/** Buffers that begin at a page of the machine's memory. */
const aligned = new WeakSet<ArrayBufferLike>();

/**
 * Blocks of memory that begin at a page, as O_DIRECT asks for. Nothing else in JavaScript promises that of its memory but WebAssembly's. Blocks that
 * are given back are lent again.
 */
export class AlignedBlocks {
  readonly #blockBytes: number;
  readonly #maxKept: number;
  readonly #free: Uint8Array[] = [];

  /** @param blockBytes a multiple of 65,536 */
  constructor({ blockBytes, maxKept }: { blockBytes: number; maxKept: number }) {
    assert(blockBytes > 0 && blockBytes % PAGE_BYTES === 0, `blocks of whole pages, not of ${blockBytes} bytes`);
    this.#blockBytes = blockBytes;
    this.#maxKept = maxKept;
  }

  take(): Uint8Array {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const pages = (SLAB_BLOCKS * this.#blockBytes) / PAGE_BYTES;
    const { buffer } = new wasm.Memory({ initial: pages, maximum: pages });
    aligned.add(buffer);
    for (let at = this.#blockBytes; at < buffer.byteLength; at += this.#blockBytes)
      this.#free.push(new Uint8Array(buffer, at, this.#blockBytes));
    return new Uint8Array(buffer, 0, this.#blockBytes);
  }

  /** Takes a block back, once. Beyond those that are kept, it is left to be collected. */
  give(block: Uint8Array): void {
    if (this.#free.length < this.#maxKept) this.#free.push(block);
  }
}

/** Whether bytes begin and end at multiples of `blockBytes`, which divides a page, of the machine's memory. */
export function isAligned(bytes: Uint8Array, blockBytes: number): boolean {
  return aligned.has(bytes.buffer) && bytes.byteOffset % blockBytes === 0 && bytes.byteLength % blockBytes === 0;
}
