import { concatHex, encodeAbiParameters, keccak256 } from 'viem';

import { assert } from '../core/assert.ts';
import type { Hex } from './messages.ts';

/** A shard that a bid wants. */
export interface WantedShard {
  readonly shardIndex: number;
  readonly shardRoot: Hex;
}

/** A shard's proof has one hash a level; 255 shards are the most that an object has. */
export const MAX_SHARD_PROOF = 8;

const LEAF = [{ type: 'uint8' }, { type: 'bytes32' }] as const;

/**
 * The tree whose root a bid names: OpenZeppelin's standard Merkle tree over (uint8 index, bytes32 root), leaves hashed twice and
 * sorted, pairs hashed in ascending order. Their package for it brings 26 others along, some of them under the MPL; tests hold this
 * one against its roots and proofs.
 */
export class ShardTree {
  /** A heap: the root first, the children of node i at 2 i + 1 and 2 i + 2, the sorted leaves last and backwards. */
  readonly #nodes: readonly Hex[];

  constructor(shards: readonly WantedShard[]) {
    assert(shards.length > 0, 'a tree over at least one shard');
    const leaves = shards.map(leafOf).toSorted();
    const inner = shards.length - 1;
    const nodes = [...Array.from<Hex>({ length: inner }), ...leaves.toReversed()];
    for (let at = inner - 1; at >= 0; at -= 1) nodes[at] = hashPair(nodes[2 * at + 1], nodes[2 * at + 2]);
    this.#nodes = nodes;
  }

  get root(): Hex {
    return nodeAt(this.#nodes[0]);
  }

  /** The hashes beside the way from a shard's leaf to the root. */
  proofOf(shard: WantedShard): Hex[] {
    let at = this.#nodes.lastIndexOf(leafOf(shard));
    assert(at >= 0, `shard ${shard.shardIndex} is in the tree`);
    const proof: Hex[] = [];
    for (; at > 0; at = (at - 1) >> 1) proof.push(nodeAt(this.#nodes[at % 2 === 1 ? at + 1 : at - 1]));
    return proof;
  }
}

/** Whether a shard is among those that a bid with this `shardsRoot` wants. */
export function isWanted(shardsRoot: Hex, shard: WantedShard, proof: readonly Hex[]): boolean {
  return proof.reduce(hashPair, leafOf(shard)) === shardsRoot.toLowerCase();
}

function leafOf({ shardIndex, shardRoot }: WantedShard): Hex {
  return keccak256(keccak256(encodeAbiParameters(LEAF, [shardIndex, shardRoot])));
}

function hashPair(a: Hex | undefined, b: Hex | undefined): Hex {
  const [left, right] = [nodeAt(a).toLowerCase(), nodeAt(b).toLowerCase()].toSorted();
  return keccak256(concatHex([nodeAt(left), nodeAt(right)]));
}

function nodeAt(node: string | undefined): Hex {
  assert(node?.startsWith('0x') === true, 'a node of the tree');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked in the line above
  return node as Hex;
}
