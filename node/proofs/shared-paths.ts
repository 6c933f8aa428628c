import { concat } from '../core/bytes.ts';
import { DIGEST_BYTES, LEAF_BYTES } from '../core/units.ts';

/** One drawn leaf with its whole path. */
export interface OpenedLeaf {
  agreement: bigint;
  /** Leaf within the agreement's shard. */
  leaf: bigint;
  /** The 64-byte leaf and all its siblings, from the bottom up. */
  path: Uint8Array;
}

/**
 * One proof of several leaves, in their order: what stands in it already is not sent again. Where two paths of a shard meet, the node below
 * the meeting point on one is the sibling there on the other; so a later path ends below the lowest point where it meets an earlier one,
 * and a leaf that was opened before brings nothing. The rule of contracts/libraries/SharedPaths.sol.
 */
export function joinPaths(opened: readonly OpenedLeaf[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [index, { agreement, leaf, path }] of opened.entries()) {
    const apart = opened
      .slice(0, index)
      .filter((earlier) => earlier.agreement === agreement)
      .map((earlier) => bitLength(earlier.leaf ^ leaf));
    const lowest = Math.min(...apart);
    if (lowest === 0) continue;
    // They meet at height `lowest`: the siblings below it are lowest - 1.
    parts.push(lowest === Infinity ? path : path.subarray(0, LEAF_BYTES + (lowest - 1) * DIGEST_BYTES));
  }
  return concat(...parts);
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
