import { assert } from '../../core/assert.ts';
import { CELL_BYTES } from '../../core/units.ts';
import { lastCellBytesOf } from '../layout.ts';
import type { ShardCommitment } from '../merkle/commitment.ts';
import { hashUnits } from '../merkle/hash-thread.ts';
import type { StripeRing } from './stripe-ring.ts';

/**
 * Lays ciphertext into stripes, computes their parity and the trees of the shards, and publishes them. Nothing is computed for shards that
 * nobody reads any more.
 * With k > 1 there is one ciphertext over the k data cells; with k = 1 there are n of equal length, a cell each.
 */
export class StripeWriter {
  readonly #ring: StripeRing;
  readonly #commitments: readonly ShardCommitment[];
  readonly #stripeBytes: number;
  /** Of the stripe that is being filled, from its first byte on. */
  #slot: number | undefined;
  #filled = 0;
  #stripes = 0;
  /** By slot: the hashing of the stripe that lies in it, which ends after that of the stripe before. */
  readonly #hashing: Promise<void>[] = [];
  #hashed: Promise<void> = Promise.resolve();

  constructor(ring: StripeRing, commitments: readonly ShardCommitment[]) {
    this.#ring = ring;
    this.#commitments = commitments;
    this.#stripeBytes = ring.buffer.shape.k * CELL_BYTES;
  }

  /** Appends the same number of bytes to each ciphertext: one of them when k > 1, n when k = 1. */
  async append(...ciphertexts: readonly Uint8Array[]): Promise<void> {
    const length = ciphertexts[0]?.byteLength ?? 0;
    assert(
      ciphertexts.every((bytes) => bytes.byteLength === length),
      'ciphertexts of one length',
    );
    let at = 0;
    while (at < length) {
      const slot = (this.#slot ??= await this.#acquire());
      const cell = Math.floor(this.#filled / CELL_BYTES);
      const offset = this.#filled % CELL_BYTES;
      const take = Math.min(length - at, CELL_BYTES - offset);
      for (const [index, bytes] of ciphertexts.entries()) {
        this.#ring.buffer.cell(slot, cell + index).set(bytes.subarray(at, at + take), offset);
      }
      at += take;
      this.#filled += take;
      if (this.#filled === this.#stripeBytes) this.#publish(slot, CELL_BYTES);
    }
  }

  /** Pads and publishes what is left. The object has no more stripes then. */
  async finish(): Promise<{ stripes: number }> {
    if (this.#slot !== undefined) this.#publishRest(this.#slot);
    this.#ring.close();
    await this.#hashed;
    return { stripes: this.#stripes };
  }

  /** A slot is written again once its stripe was sent, and hashed. */
  async #acquire(): Promise<number> {
    const slot = await this.#ring.acquire();
    await this.#hashing[slot];
    return slot;
  }

  async #commit(cells: ReadonlyMap<ShardCommitment, Uint8Array>, before: Promise<void>): Promise<void> {
    const hashed = await Promise.all(
      [...cells].map(async ([commitment, cell]) => [commitment, await hashUnits(cell)] as const),
    );
    await before;
    for (const [commitment, roots] of hashed) commitment.writeRoots(roots);
  }

  #publishRest(slot: number): void {
    const { buffer } = this.#ring;
    const { k, n } = buffer.shape;
    const rest = this.#filled;
    const cellBytes = lastCellBytesOf(rest, k);
    if (k === 1) {
      for (let index = 0; index < n; index++) buffer.cell(slot, index).fill(0, rest, cellBytes);
    } else {
      spread(buffer.dataCells(slot), rest, k, cellBytes);
    }
    this.#publish(slot, cellBytes);
  }

  #publish(slot: number, cellBytes: number): void {
    const { buffer } = this.#ring;
    if (buffer.shape.k > 1) buffer.encode(slot, cellBytes, (index) => this.#ring.isRead(index));
    const cells = new Map<ShardCommitment, Uint8Array>();
    for (const [index, commitment] of this.#commitments.entries())
      if (this.#ring.isRead(index)) cells.set(commitment, buffer.cell(slot, index).subarray(0, cellBytes));
    this.#hashed = this.#commit(cells, this.#hashed);
    this.#hashed.catch(() => undefined);
    this.#hashing[slot] = this.#hashed;
    this.#ring.publish(cellBytes);
    this.#slot = undefined;
    this.#filled = 0;
    this.#stripes++;
  }
}

/**
 * Cuts the last stripe's bytes, which were laid as if its cells were full, into cells of `cellBytes`. From the last cell
 * down, as a cell only ever moves up, past bytes that have moved already.
 */
function spread(data: Uint8Array, rest: number, k: number, cellBytes: number): void {
  data.fill(0, rest, k * cellBytes);
  for (let cell = k - 1; cell > 0; cell--) {
    data.copyWithin(cell * CELL_BYTES, cell * cellBytes, (cell + 1) * cellBytes);
  }
}
