import { concat, encodeAbiParameters, keccak256 } from 'viem';

import type { WantedShard } from '../market/bids.ts';
import type { Hex } from '../market/types.ts';

/** OpenZeppelin's standard Merkle tree over (uint8 index, bytes32 root): leaves hashed twice, pairs in ascending order; an odd node goes up as it is. */
export function shardTree(shards: readonly WantedShard[]): { root: Hex; proofOf: (shard: WantedShard) => Hex[] } {
  const levels: Hex[][] = [shards.map(leafOf)];
  for (let level = levels[0] ?? []; level.length > 1;) {
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => pair(level[2 * i], level[2 * i + 1]));
    levels.push(level);
  }
  const [root] = levels.at(-1) ?? [];
  if (root === undefined) throw new Error('a tree over nothing');
  return {
    root,
    proofOf: (shard) => {
      let at = (levels[0] ?? []).indexOf(leafOf(shard));
      const proof: Hex[] = [];
      for (const level of levels.slice(0, -1)) {
        const sibling = level[at ^ 1];
        if (sibling !== undefined) proof.push(sibling);
        at >>= 1;
      }
      return proof;
    },
  };
}

function leafOf({ shardIndex, shardRoot }: WantedShard): Hex {
  return keccak256(keccak256(encodeAbiParameters([{ type: 'uint8' }, { type: 'bytes32' }], [shardIndex, shardRoot])));
}

function pair(left: Hex | undefined, right: Hex | undefined): Hex {
  if (left === undefined) throw new Error('a pair without a left node');
  if (right === undefined) return left;
  return keccak256(left < right ? concat([left, right]) : concat([right, left]));
}
