import { randomBytes } from 'node:crypto';

import { UNIT_BYTES } from '../../../node/core/units.ts';
import type { ShardReader } from '../../../node/pipeline/decode/reader-set.ts';
import { newObjectSecret } from '../../../node/pipeline/encrypt/frame-key.ts';
import {
  ObjectEncoder,
  requireWhole,
  type ShardStream,
  type WholeObject,
} from '../../../node/pipeline/encode/object-encoder.ts';
import { ownerPublicKey, type EnvelopeContent } from '../../../node/pipeline/header/envelope.ts';
import { newObjectKey } from '../../../node/pipeline/object-key.ts';

export const OWNER_PRIVATE_KEY = randomBytes(32);

export interface Stored {
  object: WholeObject;
  content: EnvelopeContent;
  /** Shards in the order of their units. */
  shards: Uint8Array[];
  /** Unit indices in the order in which they came. */
  order: number[][];
}

/** Random sizes of chunks from a fixed array. */
export async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

export function newEncoder(
  source: AsyncIterable<Uint8Array>,
  k: number,
  n: number,
  signal?: AbortSignal,
): { encoder: ObjectEncoder; content: EnvelopeContent } {
  const content = { secret: newObjectSecret(), name: 'some/file.txt', kind: 'file' as const };
  const objectKey = newObjectKey(randomBytes(20));
  const owner = ownerPublicKey(OWNER_PRIVATE_KEY);
  return { encoder: new ObjectEncoder(source, { objectKey, k, n, owner, content, signal }), content };
}

/** Reads one stream to its end, copying, as the bytes are only lent. */
export async function collect(stream: ShardStream): Promise<{ bytes: Uint8Array; order: number[] }> {
  const order: number[] = [];
  const pieces: { unit: number; bytes: Uint8Array }[] = [];
  for await (const { unit, bytes } of stream) {
    for (let i = 0; i < bytes.byteLength / UNIT_BYTES; i++) order.push(unit + i);
    pieces.push({ unit, bytes: Uint8Array.from(bytes) });
  }
  const bytes = Buffer.concat(pieces.toSorted((a, b) => a.unit - b.unit).map((piece) => piece.bytes));
  return { bytes, order };
}

export async function store(plain: Uint8Array, k: number, n: number, chunkBytes = 300_001): Promise<Stored> {
  const { encoder, content } = newEncoder(chunksOf(plain, chunkBytes), k, n);
  const collected = await Promise.all(encoder.shards.map(collect));
  return {
    object: requireWhole(await encoder.result),
    content,
    shards: collected.map(({ bytes }) => bytes),
    order: collected.map(({ order }) => order),
  };
}

/** A reader over a shard in memory that counts what it gives. */
export function memoryReader(shards: readonly Uint8Array[], index: number): ShardReader & { unitsRead: number } {
  const shard = shards[index] ?? new Uint8Array();
  return {
    index,
    unitsRead: 0,
    async readUnits(from, count) {
      this.unitsRead += count;
      return shard.subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES);
    },
  };
}

/** A reader that fails at its nth call. */
export function failingReader(shards: readonly Uint8Array[], index: number, failAt: number): ShardReader {
  const inner = memoryReader(shards, index);
  let calls = 0;
  return {
    index,
    async readUnits(from, count, options) {
      if (++calls >= failAt) throw new Error(`provider of shard ${index} hung up`);
      return inner.readUnits(from, count, options);
    },
  };
}

export async function gather(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

/** The code of the StowError that a promise rejects with, or what else happened. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}
