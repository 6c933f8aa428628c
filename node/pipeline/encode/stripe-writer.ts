import { assert } from '../../core/assert.ts';
import { CELL_BYTES } from '../../core/units.ts';
import { lastCellBytesOf } from '../layout.ts';
import type { ShardCommitment } from '../merkle/commitment.ts';
import type { StripeRing } from './stripe-ring.ts';

/**
 * Lays ciphertext into stripes, computes their parity and every shard's tree, and publishes them.
 * With k > 1 there is one ciphertext over the k data cells; with k = 1 there are n of equal length, a cell each.
 */
export class StripeWriter {
  readonly #ring: StripeRing;
  readonly #commitments: readonly ShardCommitment[];
  readonly #stripeBytes: number;
  #slot: number | undefined;
  #filled = 0;
  #stripes = 0;

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
      this.#slot ??= await this.#ring.acquire();
      const cell = Math.floor(this.#filled / CELL_BYTES);
      const offset = this.#filled % CELL_BYTES;
      const take = Math.min(length - at, CELL_BYTES - offset);
      for (const [index, bytes] of ciphertexts.entries()) {
        this.#ring.buffer.cell(this.#slot, cell + index).set(bytes.subarray(at, at + take), offset);
      }
      at += take;
      this.#filled += take;
      if (this.#filled === this.#stripeBytes) this.#publish(CELL_BYTES);
    }
  }

  /** Pads and publishes what is left. The object has no more stripes then. */
  finish(): { stripes: number } {
    if (this.#filled > 0) this.#publishRest();
    this.#ring.close();
    return { stripes: this.#stripes };
  }

  #publishRest(): void {
    const { buffer } = this.#ring;
    const { k, n } = buffer.shape;
    const rest = this.#filled;
    const cellBytes = lastCellBytesOf(rest, k);
    assert(this.#slot !== undefined, 'bytes lie in a slot');
    if (k === 1) {
      for (let index = 0; index < n; index++) buffer.cell(this.#slot, index).fill(0, rest, cellBytes);
    } else {
      spread(buffer.dataCells(this.#slot), rest, k, cellBytes);
    }
    this.#publish(cellBytes);
  }

  #publish(cellBytes: number): void {
    const { buffer } = this.#ring;
    assert(this.#slot !== undefined, 'a stripe lies in a slot');
    if (buffer.shape.k > 1) buffer.encode(this.#slot, cellBytes);
    for (const [index, commitment] of this.#commitments.entries()) {
      commitment.write(buffer.cell(this.#slot, index).subarray(0, cellBytes));
    }
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
