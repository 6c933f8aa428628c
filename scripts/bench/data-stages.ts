import { createCipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hashPairs } from '../../node/pipeline/merkle/pair-hasher.ts';
import { hashUnits, rootsOfUnits } from '../../node/pipeline/merkle/hash-thread.ts';
import { ShardCommitment } from '../../node/pipeline/merkle/commitment.ts';
import { ZERO_SUBTREES } from '../../node/pipeline/merkle/upper-tree.ts';
import { decodeObject } from '../../node/pipeline/decode/decode-object.ts';
import type { ShardReader } from '../../node/pipeline/decode/reader-set.ts';
import { ObjectEncoder, type EncodedObject, type ShardStream } from '../../node/pipeline/encode/object-encoder.ts';
import { sealFrame } from '../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey, newObjectSecret } from '../../node/pipeline/encrypt/frame-key.ts';
import { StripeBuffer } from '../../node/pipeline/erasure/stripe-buffer.ts';
import { ownerPublicKey } from '../../node/pipeline/header/envelope.ts';
import { newObjectKey } from '../../node/pipeline/object-key.ts';
import { FsShardStore } from '../../node/store/fs/fs-shard-store.ts';
import { StorePaths } from '../../node/store/fs/paths.ts';
import { encodeTree } from '../../node/store/fs/tree-file.ts';
import { CELL_BYTES, DIGEST_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../node/core/units.ts';
import type { Row } from './reporter.ts';

/** Odd, so that there is a median; interleaved, so that a busy machine hits all candidates alike. */
const ROUNDS = 5;
const SAMPLE_BYTES = 32 * 1_048_576;
const PIPELINE_BYTES = 96 * 1_048_576;
const PROOFS_PER_ROUND = 50;

/** A stage may cost so much more than the library does alone, and the whole than its dearest stage. */
const LEAST_SHARE = 0.7;
const GIBIBYTE = 1_073_741_824;
/** Code of the pipeline rows. */
const K = 4;
const N = 6;

type Job = () => void | Promise<void>;

/** Median milliseconds: `ms` by the clock, `cpuMs` of processor, all threads of this process together. */
interface Cost {
  ms: number;
  cpuMs: number;
}

/** Medians of each job. */
async function race<Name extends string>(jobs: Record<Name, Job>): Promise<Record<Name, Cost>> {
  const names = Object.keys(jobs) as Name[];
  const costs = new Map<Name, Cost[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const start = performance.now();
      const before = process.cpuUsage();
      await jobs[name]();
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) costs.get(name)?.push({ ms: performance.now() - start, cpuMs: (user + system) / 1_000 });
    }
  }
  const median = (name: Name, part: keyof Cost): number =>
    costs
      .get(name)
      ?.map((cost) => cost[part])
      .toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  const medians = names.map((name) => [name, { ms: median(name, 'ms'), cpuMs: median(name, 'cpuMs') }]);
  return Object.fromEntries(medians) as Record<Name, Cost>;
}

/** How near a stage comes to its library's own rate, or the whole to that of its dearest stage. */
function shareRow(name: string, share: number): Row {
  return { name, ours: Number(share.toFixed(2)), unit: '× its rate', bar: LEAST_SHARE, better: 'more' };
}

const cpuSecondsPerGib = (bytes: number, cpuMs: number): number =>
  Number(((cpuMs / 1_000) * (GIBIBYTE / bytes)).toFixed(2));

const megabytesPerSecond = (bytes: number, { ms }: Cost): number => Math.round(bytes / 1000 / ms);

async function merkleRows(): Promise<Row[]> {
  const bytes = randomBytes(SAMPLE_BYTES);
  const half = new Uint8Array(UNIT_BYTES / 2);
  const quarter = new Uint8Array(UNIT_BYTES / 4);
  const costs = await race({
    tree: () => {
      const commitment = new ShardCommitment();
      for (let at = 0; at < bytes.length; at += CELL_BYTES) commitment.write(bytes.subarray(at, at + CELL_BYTES));
      commitment.finish();
    },
    library: () => {
      // The same number of hashes in the library's own batches, as if a tree came for free.
      for (let at = 0; at < bytes.length; at += UNIT_BYTES) {
        hashPairs(bytes.subarray(at, at + UNIT_BYTES), half);
        hashPairs(half, quarter);
        hashPairs(half, quarter);
      }
    },
    sha256: () => void createHash('sha256').update(bytes).digest(),
  });
  return [
    {
      name: 'Merkle commit (limit: hashtree alone, peer: plain SHA-256)',
      ours: megabytesPerSecond(SAMPLE_BYTES, costs.tree),
      unit: 'MB/s',
      limit: megabytesPerSecond(SAMPLE_BYTES, costs.library),
      peer: megabytesPerSecond(SAMPLE_BYTES, costs.sha256),
    },
    shareRow('Merkle commit beside hashtree alone', costs.library.cpuMs / costs.tree.cpuMs),
  ];
}

async function erasureRows(): Promise<Row[]> {
  const found: Row[] = [];
  for (const [k, n] of [
    [4, 6],
    [10, 30],
    [20, 30],
  ] as const) {
    const buffer = new StripeBuffer({ k, n, slots: 1 });
    for (let index = 0; index < k; index++) buffer.cell(0, index).set(randomBytes(CELL_BYTES));
    const lost = Array.from({ length: Math.min(k, n - k) }, (_, index) => index);
    const present = Array.from({ length: n }, (_, index) => index).slice(-k);
    const stripes = Math.ceil(SAMPLE_BYTES / (k * CELL_BYTES));
    const repeat = (work: () => void) => (): void => {
      for (let i = 0; i < stripes; i++) work();
    };
    const costs = await race({
      encode: repeat(() => buffer.encode(0)),
      decode: repeat(() => buffer.rebuild(0, present, lost)),
    });
    const data = stripes * k * CELL_BYTES;
    found.push(
      { name: `erasure encode ${k} of ${n}`, ours: megabytesPerSecond(data, costs.encode), unit: 'MB/s' },
      {
        name: `erasure decode ${k} of ${n}, ${lost.length} lost`,
        ours: megabytesPerSecond(data, costs.decode),
        unit: 'MB/s',
      },
    );
  }
  return found;
}

async function encryptRows(): Promise<Row[]> {
  const frames = SAMPLE_BYTES / FRAME_BYTES;
  const bytes = randomBytes(FRAME_BYTES);
  const objectKey = randomBytes(32);
  const key = deriveFrameKey(newObjectSecret(), objectKey);
  const bareKey = createSecretKey(randomBytes(32));
  const costs = await race({
    frames: () => {
      for (let index = 0; index < frames; index++) sealFrame(key, objectKey, { index, final: false, bytes });
    },
    library: () => {
      for (let index = 0; index < frames; index++) {
        const cipher = createCipheriv('aes-256-gcm', bareKey, Buffer.alloc(12, index));
        cipher.update(bytes);
        cipher.final();
      }
    },
  });
  return [
    {
      name: 'AES-256-GCM frames of 1 MiB (limit: node:crypto alone)',
      ours: megabytesPerSecond(SAMPLE_BYTES, costs.frames),
      unit: 'MB/s',
      limit: megabytesPerSecond(SAMPLE_BYTES, costs.library),
    },
    shareRow('AES-256-GCM frames beside node:crypto alone', costs.library.cpuMs / costs.frames.cpuMs),
  ];
}

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

async function pipelineRows(): Promise<Row[]> {
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

/** A shard of zeros: a sparse file, and its tree made from the one unit root that they all share. */
async function plantShard(folder: string, units: number): Promise<Uint8Array> {
  const zeroRoot = ZERO_SUBTREES[0] ?? new Uint8Array(32);
  const unitRoots = new Uint8Array(units * 32);
  for (let unit = 0; unit < units; unit++) unitRoots.set(zeroRoot, unit * 32);
  const { bytes, root } = encodeTree(unitRoots);
  const paths = new StorePaths(folder);
  await writeFile(paths.treeOf(root), bytes);
  const file = await open(paths.shardOf(root), 'w');
  await file.truncate(units * UNIT_BYTES);
  await file.close();
  return root;
}

async function proofRows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stowmarket-bench-'));
  try {
    const store = await FsShardStore.open({ folder, capacityUnits: 1 });
    const found: Row[] = [];
    for (const [size, units] of [
      ['64 KiB', 1],
      ['64 MiB', 1024],
      ['4 GiB', 65_536],
    ] as const) {
      const root = await plantShard(folder, units);
      const costs = await race({
        prove: async () => {
          for (let i = 0; i < PROOFS_PER_ROUND; i++) {
            await store.readLeafProof(root, Math.floor((i / PROOFS_PER_ROUND) * units * 1024));
          }
        },
      });
      found.push({
        name: `possession proof, shard of ${size}`,
        ours: Number((costs.prove.ms / PROOFS_PER_ROUND).toFixed(3)),
        unit: 'ms',
      });
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All rows of the data stages, about half a minute. */
export async function rows(): Promise<Row[]> {
  return [
    ...(await merkleRows()),
    ...(await erasureRows()),
    ...(await encryptRows()),
    ...(await pipelineRows()),
    ...(await proofRows()),
  ];
}
