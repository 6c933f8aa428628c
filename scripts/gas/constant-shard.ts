import { createHash } from 'node:crypto';

/** A unit has 2^10 leaves. */
const UNIT_DEPTH = 10;

/**
 * A shard whose 64-byte leaves are all alike: its root and proofs cost one hash per level whatever its size, and the verifier, which
 * sees a leaf and a path, cannot tell it from another. Gas depends on depth and bytes only.
 */
export class ConstantShard {
  readonly leaf: Buffer;
  readonly depth: number;
  readonly #levels: Buffer[] = [];
  readonly root: Buffer;

  /** @param fill 32 bytes; @param units a power of two */
  constructor(fill: Uint8Array, units: number) {
    this.leaf = Buffer.concat([fill, fill]);
    this.depth = UNIT_DEPTH + Math.log2(units);
    let node = sha256(this.leaf);
    for (let level = 0; level < this.depth; level += 1) {
      this.#levels.push(node);
      node = sha256(Buffer.concat([node, node]));
    }
    this.root = node;
  }

  /** Leaf, then the siblings from the bottom up; the same for each leaf. */
  proof(): Buffer {
    return Buffer.concat([this.leaf, ...this.#levels]);
  }

  /** A whole unit, then the siblings of its root from the bottom up; the same for each unit. */
  opening(): Buffer {
    return Buffer.concat([...Array<Buffer>(1 << UNIT_DEPTH).fill(this.leaf), ...this.#levels.slice(UNIT_DEPTH)]);
  }
}

export function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
