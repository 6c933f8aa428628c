import { assert } from '../../core/assert.ts';
import { DIGEST_BYTES, LEAF_BYTES, LEAVES_PER_UNIT, UNIT_BYTES, UNIT_DEPTH } from '../../core/units.ts';
import { hashPairs, type PairHasher } from './pair-hasher.ts';

/**
 * Every level of one unit's subtree, leaves hashed first: 1,024 nodes, then 512, … then the root, 2,047 digests in all.
 * One buffer per thread: hashing is synchronous and nobody keeps a view into it.
 */
const scratch = new Uint8Array((2 * LEAVES_PER_UNIT - 1) * DIGEST_BYTES);

function fillScratch(unit: Uint8Array, hasher: PairHasher): void {
  assert(unit.byteLength === UNIT_BYTES, `a whole unit of ${UNIT_BYTES} bytes, not ${unit.byteLength}`);
  let input = unit;
  let start = 0;
  for (let nodes = LEAVES_PER_UNIT; nodes >= 1; nodes /= 2) {
    const output = scratch.subarray(start, start + nodes * DIGEST_BYTES);
    hasher(input, output);
    input = output;
    start += output.byteLength;
  }
}

/** Root of one unit's 65,536 bytes: SSZ `hash_tree_root` of a 65,536-byte vector. A fresh 32-byte array. */
export function unitRoot(unit: Uint8Array, hasher: PairHasher = hashPairs): Uint8Array {
  fillScratch(unit, hasher);
  return scratch.slice(-DIGEST_BYTES);
}

/**
 * The 64-byte leaf `leafInUnit` of a unit followed by its ten siblings up to the unit's root, bottom up:
 * 64 + 10 x 32 bytes.
 */
export function leafPathInUnit(unit: Uint8Array, leafInUnit: number, hasher: PairHasher = hashPairs): Uint8Array {
  assert(
    Number.isInteger(leafInUnit) && leafInUnit >= 0 && leafInUnit < LEAVES_PER_UNIT,
    `leaf ${leafInUnit} of a unit`,
  );
  fillScratch(unit, hasher);
  const out = new Uint8Array(LEAF_BYTES + UNIT_DEPTH * DIGEST_BYTES);
  out.set(unit.subarray(leafInUnit * LEAF_BYTES, (leafInUnit + 1) * LEAF_BYTES));
  let levelStart = 0;
  let index = leafInUnit;
  for (let level = 0; level < UNIT_DEPTH; level++) {
    const sibling = levelStart + (index ^ 1) * DIGEST_BYTES;
    out.set(scratch.subarray(sibling, sibling + DIGEST_BYTES), LEAF_BYTES + level * DIGEST_BYTES);
    levelStart += (LEAVES_PER_UNIT >> level) * DIGEST_BYTES;
    index >>= 1;
  }
  return out;
}
