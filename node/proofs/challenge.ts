import { keccak_256 } from '@noble/hashes/sha3.js';

import { assert } from '../core/assert.ts';
import { concat, toHex, uint64be } from '../core/bytes.ts';
import { LEAVES_PER_UNIT } from '../core/units.ts';

const WORD_BYTES = 32;

/** What fixes one draw of a period: nothing in it is the provider's or a caller's choice once the seed is known. */
export interface DrawInput {
  /** Seed of the period, 32 bytes. */
  seed: Uint8Array;
  chainId: number | bigint;
  /** 20-byte address of the PossessionProofs contract. */
  contract: Uint8Array;
  /** Registry number of the provider. */
  provider: number;
  period: number;
  /** Number of the draw within the period. */
  index: number;
  /** Units that the provider held at the opening of the period. */
  totalUnits: number;
}

/**
 * Leaf that a draw falls on, counted over all leaves of a provider: keccak256 of the six values as 32-byte words
 * (`abi.encode`), modulo units x 1,024. The same rule as in PossessionProofs.sol.
 */
export function drawPosition(input: DrawInput): bigint {
  assert(input.totalUnits > 0, 'a provider without units has no draws');
  const words = [
    input.seed,
    uint64be(input.chainId),
    input.contract,
    uint64be(input.provider),
    uint64be(input.period),
    uint64be(input.index),
  ];
  const hash = keccak_256(concat(...words.map(toWord)));
  return BigInt(`0x${toHex(hash)}`) % (BigInt(input.totalUnits) * BigInt(LEAVES_PER_UNIT));
}

/** A duty of a provider as the draw sees it, in the order of its sum tree. */
export interface WeightedShard {
  units: number;
}

/** Where a draw landed: the shard (index into the list given) and the leaf within that shard. */
export interface DrawTarget {
  shard: number;
  leafIndex: number;
}

/**
 * Maps a drawn position to a shard and a leaf: positions run through the shards in order, each taking units x 1,024 of
 * them. The plain walk that the contract's sum tree is tested against. Throws RangeError past the last shard.
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

/** Left-padded to 32 bytes, as `abi.encode` writes numbers and addresses. */
function toWord(bytes: Uint8Array): Uint8Array {
  assert(bytes.byteLength <= WORD_BYTES, 'a value of one word');
  return concat(new Uint8Array(WORD_BYTES - bytes.byteLength), bytes);
}
