import {
  BranchNode,
  LeafNode,
  type Node,
  ProofType,
  createProof,
  setHasher,
  subtreeFillToContents,
  zeroHash,
} from '@chainsafe/persistent-merkle-tree';
import { hasher as wasmHasher } from '@chainsafe/persistent-merkle-tree/hasher/as-sha256';
import { ByteVectorType } from '@chainsafe/ssz';

import { UNIT_BYTES } from '../../../node/core/units.ts';
import { filledShard, filledUnit } from './fill.ts';

// A WebAssembly SHA-256: four times faster than the default here, and not the native code that is being checked.
setHasher(wasmHasher);

const CHUNK_LEVELS_PER_UNIT = 11;
/** Up to here a shard is one SSZ byte vector in memory; above, its unit roots are joined by SSZ's node classes. */
const WHOLE_VECTOR_UNITS = 1024;

/** Root of a filled shard by @chainsafe/ssz. */
export function sszRoot(units: number): Uint8Array {
  if (units > WHOLE_VECTOR_UNITS) return sszTree(units).root;
  const bytes =
    units <= 128 ? filledShard(units) : Buffer.concat(Array.from({ length: units }, (_, i) => filledUnit(i)));
  return new ByteVectorType(units * UNIT_BYTES).hashTreeRoot(bytes);
}

/** 64-byte leaf and siblings, bottom up, by @chainsafe/persistent-merkle-tree. */
export function sszProof(units: number, leafIndex: number): { root: Uint8Array; proof: Uint8Array } {
  const tree = sszTree(units, Math.floor(leafIndex / 1024));
  const depth = CHUNK_LEVELS_PER_UNIT + Math.ceil(Math.log2(units));
  const gindex = (1n << BigInt(depth)) + BigInt(leafIndex) * 2n;
  const proof = createProof(tree, { type: ProofType.single, gindex });
  if (proof.type !== ProofType.single) throw new Error('asked for a single proof');
  return { root: tree.root, proof: Buffer.concat([proof.leaf, ...proof.witnesses]) };
}

/** A shard's tree whose units are single nodes, but for the one that is opened. */
function sszTree(units: number, openUnit?: number): Node {
  const unitType = new ByteVectorType(UNIT_BYTES);
  let level: Node[] = Array.from({ length: units }, (_, index) => {
    const unit = filledUnit(index);
    return index === openUnit ? chunkTree(unit) : LeafNode.fromRoot(unitType.hashTreeRoot(unit));
  });
  for (let height = CHUNK_LEVELS_PER_UNIT; level.length > 1; height++) {
    const padded = level.length % 2 === 0 ? level : [...level, LeafNode.fromRoot(zeroHash(height))];
    level = Array.from(
      { length: padded.length / 2 },
      (_, i) => new BranchNode(at(padded, 2 * i), at(padded, 2 * i + 1)),
    );
  }
  return at(level, 0);
}

function chunkTree(unit: Uint8Array): Node {
  const chunks: Node[] = [];
  for (let offset = 0; offset < UNIT_BYTES; offset += 32)
    chunks.push(LeafNode.fromRoot(unit.slice(offset, offset + 32)));
  return subtreeFillToContents(chunks, CHUNK_LEVELS_PER_UNIT);
}

function at(nodes: readonly Node[], index: number): Node {
  const node = nodes[index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}
