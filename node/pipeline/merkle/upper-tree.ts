import { assert } from '../../core/assert.ts';
import { DIGEST_BYTES, UNIT_BYTES, log2Ceil } from '../../core/units.ts';
import { hashPairs } from './pair-hasher.ts';
import { unitRoot } from './unit-tree.ts';

/** Levels above the units of the largest shard, 2^32 units. */
const MAX_UPPER_DEPTH = 32;

/** ZERO_SUBTREES[l] = root of 2^l units of zero bytes, which pad a shard to a power of two. */
export const ZERO_SUBTREES: readonly Uint8Array[] = buildZeroSubtrees();

/** SHA-256 of two 32-byte nodes. */
export function hashNodes(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * DIGEST_BYTES);
  pair.set(left);
  pair.set(right, DIGEST_BYTES);
  const out = new Uint8Array(DIGEST_BYTES);
  hashPairs(pair, out);
  return out;
}

/** The zero padding of one level above the units. */
export function zeroSubtree(level: number): Uint8Array {
  const root = ZERO_SUBTREES[level];
  assert(root !== undefined, `level ${level} above the units`);
  return root;
}

/** Nodes that are stored at a level above the units: those over at least one real unit. Level 0 = unit roots. */
export function nodesAtLevel(units: number, level: number): number {
  return Math.ceil(units / 2 ** level);
}

/**
 * All levels over a shard's unit roots, each as packed 32-byte nodes: level 0 is the input, the last is the shard
 * root. Nodes over padding only are left out: they are `zeroSubtree(level)`.
 * @param unitRoots 32 bytes per unit, at least one
 */
export function buildUpperLevels(unitRoots: Uint8Array): Uint8Array[] {
  assert(unitRoots.byteLength >= DIGEST_BYTES && unitRoots.byteLength % DIGEST_BYTES === 0, 'whole unit roots');
  const depth = log2Ceil(unitRoots.byteLength / DIGEST_BYTES);
  const levels = [unitRoots];
  let current = unitRoots;
  for (let level = 0; level < depth; level++) {
    current = parentLevel(current, level);
    levels.push(current);
  }
  return levels;
}

/** The shard root over packed unit roots. */
export function rootOfUnitRoots(unitRoots: Uint8Array): Uint8Array {
  const root = buildUpperLevels(unitRoots).at(-1);
  assert(root !== undefined && root.byteLength === DIGEST_BYTES, 'levels end in one root');
  return root.slice();
}

/** The siblings above a unit that lie over real units, by level: the others are zero padding. */
export function storedSiblings(units: number, unitIndex: number): { level: number; index: number }[] {
  const siblings: { level: number; index: number }[] = [];
  for (let level = 0; level < log2Ceil(units); level++) {
    const parity = Math.floor(unitIndex / 2 ** level) % 2;
    const index = Math.floor(unitIndex / 2 ** level) + (parity === 0 ? 1 : -1);
    if (index < nodesAtLevel(units, level)) siblings.push({ level, index });
  }
  return siblings;
}

/**
 * Siblings from a unit's root up to the shard's, bottom up; empty for a shard of one unit.
 * @param node reads a stored node: level above the units, index within it
 */
export function pathAboveUnit(
  units: number,
  unitIndex: number,
  node: (level: number, index: number) => Uint8Array,
): Uint8Array {
  assert(unitIndex >= 0 && unitIndex < units, `unit ${unitIndex} of ${units}`);
  const path = new Uint8Array(log2Ceil(units) * DIGEST_BYTES);
  for (let level = 0; level * DIGEST_BYTES < path.byteLength; level++)
    path.set(zeroSubtree(level), level * DIGEST_BYTES);
  for (const { level, index } of storedSiblings(units, unitIndex)) {
    const value = node(level, index);
    assert(value.byteLength === DIGEST_BYTES, 'a node of 32 bytes');
    path.set(value, level * DIGEST_BYTES);
  }
  return path;
}

function parentLevel(nodes: Uint8Array, level: number): Uint8Array {
  const pairs = Math.floor(nodes.byteLength / (2 * DIGEST_BYTES));
  const paired = pairs * 2 * DIGEST_BYTES;
  const odd = nodes.byteLength > paired;
  const parents = new Uint8Array((pairs + (odd ? 1 : 0)) * DIGEST_BYTES);
  if (pairs > 0) hashPairs(nodes.subarray(0, paired), parents.subarray(0, pairs * DIGEST_BYTES));
  if (odd) parents.set(hashNodes(nodes.subarray(paired), zeroSubtree(level)), pairs * DIGEST_BYTES);
  return parents;
}

function buildZeroSubtrees(): Uint8Array[] {
  const roots = [unitRoot(new Uint8Array(UNIT_BYTES))];
  for (let level = 1; level <= MAX_UPPER_DEPTH; level++) {
    const below = roots[level - 1];
    assert(below !== undefined, 'levels are built bottom up');
    roots.push(hashNodes(below, below));
  }
  return roots;
}
