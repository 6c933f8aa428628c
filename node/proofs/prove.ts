import { assert } from '../core/assert.ts';
import { concat } from '../core/bytes.ts';
import { LEAVES_PER_UNIT } from '../core/units.ts';
import { leafPathInUnit } from '../pipeline/merkle/unit-tree.ts';
import { pathAboveUnit } from '../pipeline/merkle/upper-tree.ts';

export interface ProveLeafInput {
  /** Units of the whole shard. */
  units: number;
  /** Leaf within the shard: 0 … units x 1,024 - 1. */
  leafIndex: number;
  /** The 65,536 bytes of the unit that holds the leaf. */
  unit: Uint8Array;
  /** Reads a stored node above the units: level 0 = unit roots. */
  node: (level: number, index: number) => Uint8Array;
}

/** Unit that a leaf of a shard lies in. */
export function unitOfLeaf(leafIndex: number): number {
  return Math.floor(leafIndex / LEAVES_PER_UNIT);
}

/**
 * The proof of one leaf: its 64 bytes, then the siblings from the bottom up, (10 + ceil(log2(units))) x 32 bytes.
 * The unit's bytes are not checked against the tree here: verify the result before money depends on it.
 */
export function proveLeaf(input: ProveLeafInput): Uint8Array {
  const { units, leafIndex } = input;
  assert(Number.isSafeInteger(leafIndex) && leafIndex >= 0 && leafIndex < units * LEAVES_PER_UNIT, `leaf ${leafIndex}`);
  return proveWithPath(
    input.unit,
    leafIndex % LEAVES_PER_UNIT,
    pathAboveUnit(units, unitOfLeaf(leafIndex), input.node),
  );
}

/** The same from a unit, the leaf within it (0 … 1,023) and the siblings above the unit. */
export function proveWithPath(unit: Uint8Array, leafInUnit: number, pathAbove: Uint8Array): Uint8Array {
  return concat(leafPathInUnit(unit, leafInUnit), pathAbove);
}
