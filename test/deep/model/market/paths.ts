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
  const shares = sharesOf(openings);
  let from = 0;
  for (const [i, opening] of openings.entries()) {
    const bytes = shares[i] ?? 0;
    if (bytes === 0) continue;
    const path = proof.subarray(from, from + bytes);
    const levels = (bytes - LEAF_BYTES) / DIGEST_BYTES;
    const { agreement, units, root, leaf, draw } = opening;
    const expected = levels === depthOf(units) ? root : hex(known.get(nodeName(agreement, levels, leaf)));
    // A path that the proof does not hold whole leads nowhere.
    const node = hex(path.length === bytes ? climb(opening, path, known) : Buffer.alloc(DIGEST_BYTES));
    need(node === expected, wrongRoot, BigInt(draw), node, expected);
    from += bytes;
  }
}

/** The node that a path leads to. What it passes and has beside it is known from then on. */
function climb({ agreement, leaf }: Opening, path: Uint8Array, known: Map<string, Buffer>): Buffer {
  let node = sha256(path.subarray(0, LEAF_BYTES));
  for (let level = 0, at = LEAF_BYTES; at < path.length; level += 1, at += DIGEST_BYTES) {
    const sibling = Buffer.from(path.subarray(at, at + DIGEST_BYTES));
    known.set(nodeName(agreement, level, leaf), node);
    known.set(siblingName(agreement, level, leaf), sibling);
    node = parentOf(node, sibling, indexAt(level, leaf));
  }
  return node;
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
