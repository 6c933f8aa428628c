import { assert } from '../core/assert.ts';
import { LEAVES_PER_UNIT } from '../core/units.ts';

/** A duty of a provider as the draw sees it, in the order of its sum tree. */
export interface WeightedShard {
  units: number;
}

/** Where a draw landed: the shard (index into the list given) and the leaf within that shard. */
export interface DrawTarget {
  shard: number;
  leafIndex: number;
}

/** Leaves over all of a provider's shards: the modulus of a draw. */
export function totalLeaves(shards: readonly WeightedShard[]): bigint {
  return shards.reduce((sum, shard) => sum + BigInt(shard.units), 0n) * BigInt(LEAVES_PER_UNIT);
}

/**
 * Maps a drawn position (0 … totalLeaves-1) to a shard and a leaf: positions run through the shards in order, each
 * taking units x 1,024 of them. The plain walk that the contract's sum tree is tested against.
 */
export function locateDraw(position: bigint, shards: readonly WeightedShard[]): DrawTarget {
  assert(position >= 0n, 'a position within the draw');
  let rest = position;
  for (const [shard, { units }] of shards.entries()) {
    const leaves = BigInt(units) * BigInt(LEAVES_PER_UNIT);
    if (rest < leaves) return { shard, leafIndex: Number(rest) };
    rest -= leaves;
  }
  throw new RangeError(`position ${position} lies past the last of ${shards.length} shards`);
}
