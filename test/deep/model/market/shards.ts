import { hash } from 'node:crypto';

import type { Hex } from './types.ts';

const LEAVES_PER_UNIT = 1024;
const UNIT_DEPTH = 10;
export const LEAF_BYTES = 64;
const NODE_BYTES = 32;

/** Siblings between a leaf of a shard of so many units and its root: the units are padded to a power of two. */
export function depthOf(units: number): number {
  let depth = UNIT_DEPTH;
  for (let width = 1; width < units; width *= 2) depth += 1;
  return depth;
}

export function sha256(data: Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** The node above one with that index on its level and its sibling. */
export function parentOf(node: Buffer, sibling: Buffer, index: number): Buffer {
  return sha256(Buffer.concat(index % 2 === 0 ? [node, sibling] : [sibling, node]));
}

/**
 * A shard whose leaves are all alike, padded with zero units: each level of its tree has one node over shard alone, one over padding
 * alone, and at most one over both, so that proofs cost little whatever the size. A verifier cannot tell it from another.
 */
export class AlikeShard {
  readonly units: number;
  readonly root: Hex;
  readonly #leaf: Buffer;
  /** By level, leaves first. */
  readonly #full: Buffer[] = [];
  readonly #empty: Buffer[] = [];
  readonly #mixed: (Buffer | undefined)[] = [];

  constructor(fill: Uint8Array, units: number) {
    this.units = units;
    this.#leaf = Buffer.concat([fill, fill]);
    let [full, empty]: [Buffer, Buffer] = [sha256(this.#leaf), sha256(Buffer.alloc(LEAF_BYTES))];
    let mixed: Buffer | undefined;
    for (let level = 0; level <= depthOf(units); level += 1) {
      this.#full.push(full);
      this.#empty.push(empty);
      this.#mixed.push(mixed);
      const above = this.#nodes(level + 1);
      const left = 2 * Math.floor(above);
      mixed = Number.isInteger(above)
        ? undefined
        : sha256(Buffer.concat([this.#node(level, left), this.#node(level, left + 1)]));
      full = sha256(Buffer.concat([full, full]));
      empty = sha256(Buffer.concat([empty, empty]));
    }
    this.root = `0x${this.#node(depthOf(units), 0).toString('hex')}`;
  }

  /** The leaf and its siblings from the bottom up. */
  path(leaf: number): Buffer {
    const parts = [this.#leaf];
    for (let level = 0; level < depthOf(this.units); level += 1) {
      const index = Math.floor(leaf / 2 ** level);
      parts.push(this.#node(level, index % 2 === 0 ? index + 1 : index - 1));
    }
    return Buffer.concat(parts);
  }

  /** A unit whole, and the siblings of its root from the bottom up. */
  opening(unit: number): Buffer {
    const path = this.path(unit * LEAVES_PER_UNIT);
    const siblings = path.subarray(LEAF_BYTES + UNIT_DEPTH * NODE_BYTES);
    return Buffer.concat([...Array.from({ length: LEAVES_PER_UNIT }, () => this.#leaf), siblings]);
  }

  /** How many nodes of a level have data under them; a fraction where the last has padding under it too. */
  #nodes(level: number): number {
    return (this.units * LEAVES_PER_UNIT) / 2 ** level;
  }

  #node(level: number, index: number): Buffer {
    const width = this.#nodes(level);
    const found = index + 1 <= width ? this.#full[level] : index >= width ? this.#empty[level] : this.#mixed[level];
    if (found === undefined) throw new Error(`level ${level} of a shard of ${this.units} units has no node ${index}`);
    return found;
  }
}
