import { createCipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPairs } from '../../node/pipeline/merkle/pair-hasher.ts';
import { ShardCommitment } from '../../node/pipeline/merkle/commitment.ts';
import { ZERO_SUBTREES } from '../../node/pipeline/merkle/upper-tree.ts';
import { PIECE_BYTES, sealFrame } from '../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey, newObjectSecret } from '../../node/pipeline/encrypt/frame-key.ts';
import { StripeBuffer } from '../../node/pipeline/erasure/stripe-buffer.ts';
import { FsShardStore } from '../../node/store/fs/fs-shard-store.ts';
import { StorePaths } from '../../node/store/fs/paths.ts';
import { encodeTree } from '../../node/store/fs/tree-file.ts';
import { freeNow } from '../../node/core/bytes.ts';
import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../node/core/units.ts';
import type { Row } from './reporter.ts';
import { pipelineRows } from './pipeline-stages.ts';
import { megabytesPerSecond, race, shareRow } from './race.ts';

const SAMPLE_BYTES = 32 * 1_048_576;
const PROOFS_PER_ROUND = 50;

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
      for (let index = 0; index < frames; index++) {
        const { body } = sealFrame(key, objectKey, { index, final: false, bytes });
        for (const piece of body) freeNow(piece);
      }
    },
    library: () => {
      for (let index = 0; index < frames; index++) {
        const cipher = createCipheriv('aes-256-gcm', bareKey, Buffer.alloc(12, index));
        // In pieces, and freed, as ours: otherwise memory costs several times as much as enciphering.
        for (let at = 0; at < FRAME_BYTES; at += PIECE_BYTES)
          freeNow(cipher.update(bytes.subarray(at, at + PIECE_BYTES)));
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
