import { ByteVectorType } from '@chainsafe/ssz';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';

import { slowParity } from '../../node/pipeline/erasure/scalar-code.ts';
import { hex, seededBytes } from './bytes.ts';
import { headerUnitBy, sealBy, type SharedFields } from './header.ts';
import { cipherStreamOf, frameKeyOf } from './keys-and-frames.ts';
import { layoutBy } from './layout.ts';

const FRAME = 1_048_576;
const CELL = 262_144;
const UNIT = 65_536;

/** Parity cells by their definition. They depend on k and the index alone, not on n. */
export function parityVectors(): object[] {
  const small = [
    [2, 2],
    [3, 3],
    [3, 4],
    [4, 4],
    [4, 5],
    [10, 13],
    [4, 254],
    [20, 29],
    [127, 254],
    [254, 254],
  ] as const;
  return small.map(([k, index]) => ({ k, index, cellBytes: 64, parity: hex(slowParity(dataCells(k, 64), index)) }));
}

/** Data cell j of a vector: `bytes(cellBytes, 7 x j + 1)`. */
function dataCells(k: number, cellBytes: number): Uint8Array[] {
  return Array.from({ length: k }, (_, j) => seededBytes(cellBytes, 7 * j + 1));
}

interface Shard {
  root: string;
  sha256: string;
}

const CODES = [
  [1, 2],
  [2, 3],
  [4, 6],
] as const;

/** Whole objects with all their shards. */
export async function objectVectors(): Promise<object[]> {
  const vectors = [];
  let seed = 0;
  for (const [k, n] of CODES) {
    const stripe = k * CELL - 16;
    const sizes = [0, 1, stripe - 1, stripe, stripe + 1, FRAME - 1, FRAME, FRAME + 1];
    for (const plainBytes of new Set(sizes)) vectors.push(await objectVector({ k, n, plainBytes, seed: ++seed }));
  }
  // The only stripe, and a second one, is cut into cells of two units, of which the last is not full.
  for (const [k, n] of CODES) {
    for (const plainBytes of [(2 * k - 1) * UNIT + 5, (2 * k - 2) * UNIT + 5 + k * CELL])
      vectors.push(await objectVector({ k, n, plainBytes, seed: ++seed }));
  }
  return vectors;
}

async function objectVector(init: { k: number; n: number; plainBytes: number; seed: number }): Promise<object> {
  const { k, n, plainBytes, seed } = init;
  const shared: SharedFields = { objectKey: sha256(seededBytes(1, seed)), k, n, plainBytes };
  const secret = sha256(seededBytes(2, seed));
  const text = { secret, name: `object-${seed}`, kind: 'file', mtime: 1_000 + seed };
  const envelope = await sealBy(shared, text);
  const plain = seededBytes(plainBytes, seed);
  const shards = Array.from({ length: n }, (_, index) => {
    const cells = k === 1 ? replica(plain, secret, shared, index) : codedShard(plain, secret, shared, index);
    const bytes = concatBytes(headerUnitBy(shared, index, envelope), cells);
    const root = new ByteVectorType(bytes.length).hashTreeRoot(bytes);
    return { root: hex(root), sha256: hex(sha256(bytes)) } satisfies Shard;
  });
  return {
    k,
    n,
    plainBytes,
    plainSeed: seed,
    objectKey: hex(shared.objectKey),
    content: { ...text, secret: hex(secret) },
    envelope: hex(envelope),
    unitsPerShard: layoutBy(BigInt(plainBytes), BigInt(k)).unitsPerShard,
    shards,
  };
}

/** k = 1: one stream per shard, padded. */
function replica(plain: Uint8Array, secret: Uint8Array, { objectKey }: SharedFields, index: number): Uint8Array {
  const stream = cipherStreamOf(frameKeyOf(secret, objectKey, index), objectKey, plain);
  const { stripes, lastCellBytes } = layoutBy(BigInt(plain.length), 1n);
  const cells = new Uint8Array((stripes - 1) * CELL + lastCellBytes);
  cells.set(stream);
  return cells;
}

/** k > 1: the shard's cell of each stripe. */
function codedShard(plain: Uint8Array, secret: Uint8Array, { objectKey, k }: SharedFields, index: number): Uint8Array {
  const stream = cipherStreamOf(frameKeyOf(secret, objectKey), objectKey, plain);
  const { stripes, lastCellBytes } = layoutBy(BigInt(plain.length), BigInt(k));
  const cells = Array.from({ length: stripes }, (_, stripe) => {
    const cellBytes = stripe === stripes - 1 ? lastCellBytes : CELL;
    const data = Array.from({ length: k }, (_unused, j) => {
      const from = stripe * k * CELL + j * cellBytes;
      const cell = new Uint8Array(cellBytes);
      cell.set(stream.subarray(from, from + cellBytes));
      return cell;
    });
    return data[index] ?? slowParity(data, index);
  });
  return concatBytes(...cells);
}
