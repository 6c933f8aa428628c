import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, isStowError, StowError } from '../../core/errors.ts';
import {
  ObjectEncoder,
  type EncodedObject,
  type EncodeInit,
  type ShardStream,
} from '../../pipeline/encode/object-encoder.ts';
import type { ShardUploader } from './control-plane.ts';
import type { ReservedShard } from './reserve.ts';

export interface StoredShard {
  root: Uint8Array;
  units: number;
}

export interface PassOutcome {
  /** Undefined when every upload failed before the source was read to its end. */
  object: EncodedObject | undefined;
  stored: ReadonlyMap<number, StoredShard>;
  failed: ReadonlyMap<number, unknown>;
}

/** A shard to send, and where to. */
export type UploadTarget = Pick<ReservedShard, 'shardIndex' | 'provider' | 'reservation'>;

export interface PassInit {
  /** The shards to send in this pass. */
  targets: readonly UploadTarget[];
  encode: Omit<EncodeInit, 'signal'>;
  signal: AbortSignal;
}

/**
 * One reading of the source: encodes the object and sends the wanted shards to their providers, all at once. A provider that
 * fails frees the others from waiting for it. Throws only when the source fails or the signal aborts.
 */
export async function uploadPass(
  uploader: ShardUploader,
  source: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  init: PassInit,
): Promise<PassOutcome> {
  // When every provider has failed, a pipe that gives nothing more must not keep the pass waiting.
  const over = new AbortController();
  const signal = AbortSignal.any([init.signal, over.signal]);
  const encoder = new ObjectEncoder(source(signal), { ...init.encode, signal });
  const stored = new Map<number, StoredShard>();
  const failed = new Map<number, unknown>();
  const send = async (target: UploadTarget, stream: ShardStream): Promise<void> => {
    try {
      stored.set(
        target.shardIndex,
        await uploader.putShard(target.provider, target.reservation, bytesOf(stream), { signal }),
      );
    } catch (error) {
      failed.set(target.shardIndex, error);
    } finally {
      await stream.return?.();
    }
  };
  try {
    const wanted = new Map(init.targets.map((target) => [target.shardIndex, target]));
    // A stream that nobody reads would hold up the others, so those of other passes are left at once.
    await Promise.all(encoder.shards.map(async (stream, index) => (wanted.has(index) ? undefined : stream.return?.())));
    await Promise.all(
      encoder.shards.map(async (stream, index) => {
        const target = wanted.get(index);
        if (target !== undefined) await send(target, stream);
      }),
    );
    init.signal.throwIfAborted();
    const object = await resultOf(encoder);
    if (object !== undefined) rejectWrongRoots(object, stored, failed);
    return { object, stored, failed };
  } finally {
    over.abort(new Error('the pass is over'));
  }
}

async function* bytesOf(stream: ShardStream): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of stream) yield bytes;
}

async function resultOf(encoder: ObjectEncoder): Promise<EncodedObject | undefined> {
  try {
    return await encoder.result;
  } catch (error) {
    if (isStowError(error, 'encode-abandoned')) return undefined;
    throw error;
  }
}

/** Both sides computed the root as the bytes went by; a provider that has another one has other bytes. */
function rejectWrongRoots(object: EncodedObject, stored: Map<number, StoredShard>, failed: Map<number, unknown>): void {
  for (const [index, shard] of stored) {
    const expected = object.roots[index];
    if (expected !== undefined && equal(shard.root, expected) && shard.units === object.unitsPerShard) continue;
    stored.delete(index);
    failed.set(index, wrongRoot(index, shard, { root: expected, units: object.unitsPerShard }));
  }
}

/** The provider computed the root of what it received: another one than that of what was sent means other bytes. */
export function wrongRoot(
  index: number,
  stored: StoredShard,
  sent: { root: Uint8Array | undefined; units: number },
): StowError {
  return new StowError({
    code: 'upload-wrong-root',
    message:
      `the provider of shard ${index} stored ${stored.units} units under root ${toHex(stored.root)}, ` +
      `where ${sent.units} units under ${sent.root === undefined ? 'another root' : toHex(sent.root)} were sent`,
    hint: 'the provider is faulty; another one takes its place',
    exitCode: ExitCode.integrity,
  });
}
