import { randomBytes } from 'node:crypto';
import { hashUnits, rootsOfUnits } from '../../node/pipeline/merkle/hash-thread.ts';
import { decodeObject } from '../../node/pipeline/decode/decode-object.ts';
import type { ShardReader } from '../../node/pipeline/decode/reader-set.ts';
import { ObjectEncoder, type EncodedObject, type ShardStream } from '../../node/pipeline/encode/object-encoder.ts';
import { sealFrame } from '../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey, newObjectSecret } from '../../node/pipeline/encrypt/frame-key.ts';
import { StripeBuffer } from '../../node/pipeline/erasure/stripe-buffer.ts';
import { ownerPublicKey } from '../../node/pipeline/header/envelope.ts';
import { newObjectKey } from '../../node/pipeline/object-key.ts';
import { CELL_BYTES, DIGEST_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../node/core/units.ts';
import type { Row } from './reporter.ts';
import { cpuSecondsPerGib, megabytesPerSecond, race, shareRow, type Cost } from './race.ts';

const PIPELINE_BYTES = 96 * 1_048_576;
/** Code of the pipeline rows. */
const K = 4;
const N = 6;

async function* sourceOf(byteLength: number): AsyncGenerator<Uint8Array> {
  const chunk = randomBytes(CELL_BYTES);
  for (let sent = 0; sent < byteLength; sent += chunk.length) yield chunk;
}

async function keepShard(stream: ShardStream): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const { unit, bytes } of stream) {
    if (unit === 0) pieces.unshift(Uint8Array.from(bytes));
    else pieces.push(Uint8Array.from(bytes));
  }
  return Buffer.concat(pieces);
}

async function drop(stream: ShardStream): Promise<void> {
  for await (const piece of stream) if (piece.bytes.length === 0) return;
}

/** A shard in memory, its units checked as they are when they come over the network. */
function readerOf(shards: readonly Uint8Array[], index: number, roots?: Uint8Array): ShardReader {
  const shard = shards[index] ?? new Uint8Array();
  return {
    index,
    async readUnits(from, count) {
      const units = shard.subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES);
      if (roots === undefined) return units;
      const found = await hashUnits(units);
      const expected = roots.subarray(from * DIGEST_BYTES, (from + count) * DIGEST_BYTES);
      if (Buffer.compare(found, expected) !== 0) throw new Error(`shard ${index} has other units`);
      return units;
    },
  };
}

/** In memory that both cores see, as what comes over the network. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}

function rate(name: string, cost: Cost): Row {
  return { name, ours: megabytesPerSecond(PIPELINE_BYTES, cost), unit: 'MB/s' };
}

function stage(name: string, { cpuMs }: Cost): Row {
  return { name, ours: cpuSecondsPerGib(PIPELINE_BYTES, cpuMs), unit: 'CPU s/GiB' };
}

function slowest(...stages: Cost[]): number {
  return Math.max(...stages.map(({ ms }) => ms));
}

/** Whole pipelines in memory, beside their stages. */
export async function pipelineRows(): Promise<Row[]> {
  const content = { secret: newObjectSecret(), name: 'bench', kind: 'file' as const };
  const owner = ownerPublicKey(randomBytes(32));
  const encode = async <T>(
    consume: (stream: ShardStream) => Promise<T>,
  ): Promise<{ kept: T[]; object: EncodedObject }> => {
    const objectKey = newObjectKey(randomBytes(20));
    const encoder = new ObjectEncoder(sourceOf(PIPELINE_BYTES), { objectKey, k: K, n: N, owner, content });
    return { kept: await Promise.all(encoder.shards.map(consume)), object: await encoder.result };
  };
  const { kept: encoded, object } = await encode(keepShard);
  const kept = encoded.map(shared);
  const roots = kept.map(rootsOfUnits);
  const decode = async (indices: readonly number[], checked: boolean): Promise<void> => {
    const readers = indices.map((index) => readerOf(kept, index, checked ? roots[index] : undefined));
    let bytes = 0;
    for await (const piece of decodeObject({ header: object, secret: content.secret, readers })) bytes += piece.length;
    if (bytes !== PIPELINE_BYTES) throw new Error(`decoded ${bytes} bytes of ${PIPELINE_BYTES}`);
  };
  const dataShards = [...Array(K).keys()];
  const frame = randomBytes(FRAME_BYTES);
  const key = deriveFrameKey(content.secret, object.objectKey);
  const buffer = new StripeBuffer({ k: K, n: N, slots: 1 });
  const costs = await race({
    seal: () => {
      for (let index = 0; index < PIPELINE_BYTES / FRAME_BYTES; index++)
        sealFrame(key, object.objectKey, { index, final: false, bytes: frame });
    },
    code: () => {
      for (let at = 0; at < PIPELINE_BYTES; at += K * CELL_BYTES) buffer.encode(0);
    },
    hashAll: async () => void (await Promise.all(kept.map(hashUnits))),
    hashData: async () => void (await Promise.all(dataShards.map(async (index) => hashUnits(kept[index] ?? frame)))),
    open: async () => decode(dataShards, false),
    put: async () => void (await encode(drop)),
    get: async () => decode(dataShards, true),
    rebuild: async () => decode([2, 3, 4, 5], true),
  });
  return [
    stage('stage of put: encipher', costs.seal),
    stage('stage of put: code, 4 of 6', costs.code),
    stage('stage of put: hash six shards', costs.hashAll),
    rate('put pipeline 4 of 6, in memory', costs.put),
    stage('put pipeline 4 of 6', costs.put),
    shareRow('put pipeline beside its slowest stage', slowest(costs.seal, costs.code, costs.hashAll) / costs.put.ms),
    stage('stage of get: check four shards', costs.hashData),
    stage('stage of get: gather and decipher', costs.open),
    rate('get pipeline 4 of 6, every unit checked, in memory', costs.get),
    stage('get pipeline 4 of 6', costs.get),
    shareRow('get pipeline beside its slowest stage', slowest(costs.hashData, costs.open) / costs.get.ms),
    rate('get pipeline 4 of 6, two data shards lost', costs.rebuild),
  ];
}
