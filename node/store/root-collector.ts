import { assert } from '../core/assert.ts';
import { DIGEST_BYTES } from '../core/units.ts';

/** Unit roots of a shard of unknown length, in whatever order they come: 32 bytes a unit, in one growing array. */
export class RootCollector {
  #roots = new Uint8Array(64 * DIGEST_BYTES);

  put(unitIndex: number, root: Uint8Array): void {
    const end = (unitIndex + 1) * DIGEST_BYTES;
    if (end > this.#roots.byteLength) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#roots.byteLength));
      larger.set(this.#roots);
      this.#roots = larger;
    }
    this.#roots.set(root, unitIndex * DIGEST_BYTES);
  }

  /** The packed roots of units [from, from + count), all of which must have been put. */
  range(from: number, count: number): Uint8Array {
    return this.packed(from + count).subarray(from * DIGEST_BYTES);
  }

  /** The packed roots of units 0 … units-1, all of which must have been put. */
  packed(units: number): Uint8Array {
    assert(units * DIGEST_BYTES <= this.#roots.byteLength, 'all roots were put');
    return this.#roots.subarray(0, units * DIGEST_BYTES);
  }
}
