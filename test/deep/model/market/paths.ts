import { need } from './refusal.ts';
import { LEAF_BYTES, depthOf, parentOf, sha256 } from './shards.ts';
import type { Hex } from './types.ts';

const DIGEST_BYTES = 32;

/** A leaf that is to be shown of an agreement's shard. */
export interface Opening {
  agreement: bigint;
  units: number;
  root: Hex;
  leaf: number;
  /** Its number among the draws, where some ask for nothing. */
  draw: number;
}

/**
 * Siblings that each opening brings beside its leaf; undefined for a leaf that was opened before. What stands in the proof already is not
 * sent again: a path ends at the first of its nodes that an earlier path passed or had beside it.
 */
function levelsOf(openings: readonly Opening[]): (number | undefined)[] {
  const opened = new Set<string>();
  const known = new Set<string>();
  return openings.map(({ agreement, units, leaf }) => {
    if (opened.has(`${agreement} ${leaf}`)) return undefined;
    opened.add(`${agreement} ${leaf}`);
    let level = 0;
    for (; level < depthOf(units) && !known.has(nodeName(agreement, level, leaf)); level += 1) {
      known.add(nodeName(agreement, level, leaf));
      known.add(siblingName(agreement, level, leaf));
    }
    return level;
  });
}

/** Bytes that each opening brings. */
export function sharesOf(openings: readonly Opening[]): number[] {
  return levelsOf(openings).map((levels) => (levels === undefined ? 0 : LEAF_BYTES + DIGEST_BYTES * levels));
}

/** Checks that a proof shows every leaf: `wrongRoot` unless each path leads where it must. What follows after the last is not looked at. */
export function requireShown(openings: readonly Opening[], proof: Uint8Array, wrongRoot: string): void {
  const known = new Map<string, Buffer>();
  let from = 0;
  for (const [i, { agreement, units, root, leaf, draw }] of openings.entries()) {
    const levels = levelsOf(openings)[i];
    if (levels === undefined) continue;
    const path = proof.subarray(from, from + LEAF_BYTES + DIGEST_BYTES * levels);
    const expected = levels === depthOf(units) ? root : hex(known.get(nodeName(agreement, levels, leaf)));
    // A path that the proof does not hold whole leads nowhere.
    const whole = path.length === LEAF_BYTES + DIGEST_BYTES * levels;
    let node = whole ? sha256(path.subarray(0, LEAF_BYTES)) : Buffer.alloc(DIGEST_BYTES);
    for (let level = 0; whole && level < levels; level += 1) {
      const sibling = Buffer.from(path.subarray(LEAF_BYTES + DIGEST_BYTES * level).subarray(0, DIGEST_BYTES));
      known.set(nodeName(agreement, level, leaf), node);
      known.set(siblingName(agreement, level, leaf), sibling);
      node = parentOf(node, sibling, indexAt(level, leaf));
    }
    need(hex(node) === expected, wrongRoot, BigInt(draw), hex(node), expected);
    from += path.length;
  }
}

function nodeName(agreement: bigint, level: number, leaf: number): string {
  return `${agreement} ${level} ${indexAt(level, leaf)}`;
}

function siblingName(agreement: bigint, level: number, leaf: number): string {
  const index = indexAt(level, leaf);
  return `${agreement} ${level} ${index % 2 === 0 ? index + 1 : index - 1}`;
}

function indexAt(level: number, leaf: number): number {
  return Math.floor(leaf / 2 ** level);
}

function hex(bytes: Buffer | undefined): Hex {
  if (bytes === undefined) throw new Error('a path ends at a node that nobody gave');
  return `0x${bytes.toString('hex')}`;
}
