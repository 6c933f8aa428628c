import { hash } from 'node:crypto';

import { equal } from '../../../node/core/bytes.ts';
import { DIGEST_BYTES, LEAF_BYTES } from '../../../node/core/units.ts';

/** A draw as the contract lists it. */
export interface DrawnLeaf {
  agreement: bigint;
  root: Uint8Array;
  leaf: bigint;
  depth: number;
  conceded: boolean;
}

export type JoinedVerdict =
  | { ok: true }
  | { ok: false; reason: 'length'; expected: number }
  | { ok: false; reason: 'root'; draw: number; computed: Uint8Array; expected: Uint8Array };

/**
 * Checks a proof of several leaves without the contract's arithmetic: it keeps each node that it has seen, under its place in its tree, and a path
 * ends at the first of its nodes that it knows already.
 */
export function verifyJoined(draws: readonly DrawnLeaf[], proof: Uint8Array): JoinedVerdict {
  const lengths = pathLengths(draws);
  const expected = lengths.reduce((sum, length) => sum + length, 0);
  if (proof.byteLength !== expected) return { ok: false, reason: 'length', expected };

  const known = new Map<string, Uint8Array>();
  let start = 0;
  for (const [number, draw] of draws.entries()) {
    const length = lengths[number] ?? 0;
    if (length === 0) continue;
    const path = proof.subarray(start, start + length);
    start += length;
    const top = climb(draw, path, known);
    const target = known.get(place(draw, top.height)) ?? draw.root;
    if (!equal(top.node, target)) {
      return { ok: false, reason: 'root', draw: number, computed: top.node, expected: target };
    }
    top.keep();
  }
  return { ok: true };
}

/** Bytes that each draw has to bring, in order. */
export function pathLengths(draws: readonly DrawnLeaf[]): number[] {
  const seen = new Set<string>();
  const opened = new Set<string>();
  return draws.map((draw) => {
    const leaf = place(draw, 0);
    if (draw.conceded || opened.has(leaf)) return 0;
    opened.add(leaf);
    let height = 0;
    while (height < draw.depth && !seen.has(place(draw, height))) height++;
    for (let level = 0; level < height; level++) {
      seen.add(place(draw, level));
      seen.add(siblingPlace(draw, level));
    }
    return LEAF_BYTES + height * DIGEST_BYTES;
  });
}

interface Climbed {
  height: number;
  node: Uint8Array;
  /** Notes the nodes on the way: only once they are known to be right. */
  keep: () => void;
}

function climb(draw: DrawnLeaf, path: Uint8Array, known: Map<string, Uint8Array>): Climbed {
  let node: Uint8Array = hash('sha256', path.subarray(0, LEAF_BYTES), 'buffer');
  const found: [string, Uint8Array][] = [];
  let height = 0;
  for (let offset = LEAF_BYTES; offset < path.byteLength; offset += DIGEST_BYTES, height++) {
    const sibling = path.subarray(offset, offset + DIGEST_BYTES);
    found.push([place(draw, height), node], [siblingPlace(draw, height), sibling]);
    const onTheRight = (draw.leaf >> BigInt(height)) % 2n === 1n;
    node = hash('sha256', Buffer.concat(onTheRight ? [sibling, node] : [node, sibling]), 'buffer');
  }
  return { height, node, keep: () => found.forEach(([at, value]) => known.set(at, value)) };
}

/** A node's place: shard, height above the leaves, number within its level. */
function place({ agreement, leaf }: DrawnLeaf, height: number): string {
  return `${agreement}/${height}/${leaf >> BigInt(height)}`;
}

function siblingPlace({ agreement, leaf }: DrawnLeaf, height: number): string {
  return `${agreement}/${height}/${(leaf >> BigInt(height)) ^ 1n}`;
}
