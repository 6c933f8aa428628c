import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, isStowError, StowError } from '../../core/errors.ts';
import { ObjectEncoder, type EncodedObject } from '../../pipeline/encode/object-encoder.ts';
import type { ShardUploader } from './control-plane.ts';
import { UploadRace, type PassInit, type StoredShard } from './upload-race.ts';

export interface PassOutcome {
  /** Undefined when every upload failed before the source was read to its end. */
  object: EncodedObject | undefined;
  stored: ReadonlyMap<number, StoredShard>;
  failed: ReadonlyMap<number, unknown>;
  /** Those whose connection broke, and whose provider has some of it: another pass can go on. */
  broken: ReadonlyMap<number, unknown>;
  /** Those that were not waited for, as enough others were stored or were faster. */
  dropped: ReadonlySet<number>;
  /** Spares that were stopped once all had shown how fast they are: another pass can go on, should one of the others have failed. */
  parked: ReadonlySet<number>;
}

/**
 * One reading of the source: encodes the object and sends the wanted shards to their providers, all at once. A provider that
 * fails frees the others from waiting for it, and so does one that is slower than enough others. Throws only when the source fails or the
 * signal aborts.
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
  const race = new UploadRace(uploader, encoder, init, signal);
  try {
    await race.run();
    init.signal.throwIfAborted();
    const object = await resultOf(encoder);
    const { stored, failed, broken, dropped, parked } = race;
    if (object !== undefined) rejectWrongRoots(object, stored, failed);
    return { object, stored, failed, broken, dropped, parked };
  } finally {
    over.abort(new Error('the pass is over'));
  }
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
