import type { Holder } from '../../transfer/read/holder.ts';
import { readHeader } from '../../transfer/read/read-header.ts';
import { ReaderPool } from '../../transfer/read/reader-pool.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { VerifiedReader } from '../../transfer/read/verified-reader.ts';
import { noProgress, type ProgressListener } from '../progress.ts';

/** Units read at once: 4 MiB, as of a download. */
const WINDOW_UNITS = 64;

export interface CopyInit {
  objectKey: Uint8Array;
  holders: readonly Holder[];
  /** All shards that can be read, in place of as many as give the object back. */
  all: boolean;
  /** Shards that are there already: they count, and are not read. */
  isKept: (holder: Holder) => boolean;
  /** Takes a shard: its units in order, every one checked. What it throws ends the copying. */
  keep: (holder: Holder, body: AsyncIterable<Uint8Array>) => Promise<void>;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/** Which shards are kept now, and how many of them were read for that. */
export interface Copied {
  readonly kept: readonly Holder[];
  readonly read: number;
}

/**
 * Reads whole shards of an object, one after the other, those that cost least first.
 * @throws StowError `too-few-shards`, `too-few-good-shards` when the object cannot be rebuilt from what is kept; and what `keep` throws
 */
export async function copyShards(access: ShardAccess, init: CopyInit): Promise<Copied> {
  const { objectKey, signal, onProgress = noProgress } = init;
  const pool = new ReaderPool(access, init.holders, { signal });
  const kept: Holder[] = [];
  let read = 0;
  let shape: { k: number; n: number } | undefined;
  const isDone = (): boolean => shape !== undefined && kept.length >= (init.all ? shape.n : shape.k);
  for (let reader = await pool.next(); reader !== undefined; reader = isDone() ? undefined : await pool.next()) {
    const { holder } = reader;
    try {
      shape ??= await readHeader(reader, { objectKey, signal });
    } catch (error) {
      signal.throwIfAborted();
      pool.fail(holder, error);
      continue;
    }
    const broken = init.isKept(holder) ? undefined : await keepShard(reader, init);
    if (broken === undefined) {
      kept.push(holder);
      if (!init.isKept(holder)) read++;
      onProgress({ phase: 'download', note: `shard ${holder.shardIndex} is here` });
    } else pool.fail(holder, broken.reason);
  }
  if (shape === undefined || kept.length < shape.k) throw pool.tooFew(shape);
  return { kept, read };
}

/** @returns why the shard could not be read, if so */
async function keepShard(reader: VerifiedReader, { keep, signal }: CopyInit): Promise<{ reason: unknown } | undefined> {
  let broken: { reason: unknown } | undefined;
  const body = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* unitsOf(reader, signal);
    } catch (reason) {
      broken = { reason };
      throw reason;
    }
  };
  try {
    await keep(reader.holder, body());
  } catch (error) {
    signal.throwIfAborted();
    if (broken === undefined) throw error;
  }
  return broken;
}

async function* unitsOf(reader: VerifiedReader, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { units } = reader.holder;
  for (let from = 0; from < units; from += WINDOW_UNITS) {
    const bytes = await reader.readUnits(from, Math.min(WINDOW_UNITS, units - from), { signal });
    // A copy: its memory is shared with the core that checked it, which no socket takes.
    yield Buffer.from(bytes);
    reader.release(bytes);
  }
}
