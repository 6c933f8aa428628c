import { assert } from '../../core/assert.ts';
import { CELL_BYTES } from '../../core/units.ts';
import type { CodeShape } from '../erasure/code.ts';
import { StripeBuffer } from '../erasure/stripe-buffer.ts';
import { Turnstile } from './turnstile.ts';

/** One stripe being sent, one being filled, one between them, so that neither side waits for the other's hiccups. */
const SLOTS = 3;
/** Wide codes have large stripes: two of them in memory are enough from here on. */
const WIDE_CODE_SHARDS = 64;

/**
 * The few stripes that an encoder holds at once: one writer, n readers. A stripe's slot is written again only when every
 * reader has moved past it, which is the encoder's backpressure and the bound on its memory.
 */
export class StripeRing {
  readonly buffer: StripeBuffer;
  readonly #published = new Turnstile();
  readonly #released = new Turnstile();
  /** Per shard: stripes it is done with. Infinity for one that nobody reads any more. */
  readonly #done: number[];
  readonly #cellBytes: number[];
  #count = 0;
  #closed = false;
  /** Whether the writer waits for a slot. */
  #isWaiting = false;

  constructor(shape: CodeShape) {
    this.buffer = new StripeBuffer({ ...shape, slots: shape.n > WIDE_CODE_SHARDS ? 2 : SLOTS });
    this.#done = Array.from({ length: shape.n }, () => 0);
    this.#cellBytes = Array.from({ length: this.buffer.slots }, () => 0);
  }

  /** Stripes that were published. */
  get stripes(): number {
    return this.#count;
  }

  /** Shards that somebody still reads. */
  get activeReaders(): number {
    return this.#done.filter((done) => done !== Infinity).length;
  }

  /** Whether somebody still reads that shard. Who has left does not come back. */
  isRead(shard: number): boolean {
    return this.#done[shard] !== Infinity;
  }

  /** Shards for which the writer waits now: the others would be given the next stripe. */
  heldUpBy(): number[] {
    if (!this.#isWaiting) return [];
    const oldest = this.#count - this.buffer.slots;
    return [...this.#done.keys()].filter((shard) => (this.#done[shard] ?? 0) <= oldest);
  }

  /** Slot of the next stripe, once every reader has left it. */
  async acquire(): Promise<number> {
    this.#released.check();
    while (Math.min(...this.#done) <= this.#count - this.buffer.slots) {
      this.#isWaiting = true;
      await this.#released.wait();
      this.#isWaiting = false;
    }
    return this.#count % this.buffer.slots;
  }

  /** Hands the stripe in the acquired slot to the readers: `cellBytes` of each cell. */
  publish(cellBytes: number): void {
    assert(!this.#closed && cellBytes > 0 && cellBytes <= CELL_BYTES, 'a stripe within the object');
    this.#cellBytes[this.#count % this.buffer.slots] = cellBytes;
    this.#count++;
    this.#published.open();
  }

  /** Says that no stripe follows. */
  close(): void {
    this.#closed = true;
    this.#published.open();
  }

  /** Makes every wait end with `reason`. */
  fail(reason: unknown): void {
    this.#published.fail(reason);
    this.#released.fail(reason);
  }

  /** The cell of a stripe, or undefined when the object has no such stripe. Valid until it is released. */
  async read(shard: number, stripe: number): Promise<Uint8Array | undefined> {
    this.#published.check();
    while (stripe >= this.#count) {
      if (this.#closed) return undefined;
      await this.#published.wait();
    }
    const slot = stripe % this.buffer.slots;
    return this.buffer.cell(slot, shard).subarray(0, this.#cellBytes[slot]);
  }

  /** Says that a shard's reader is done with all stripes below `stripes`; Infinity when it reads no more. */
  release(shard: number, stripes: number): void {
    this.#done[shard] = stripes;
    this.#released.open();
  }
}
