import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, isStowError, StowError } from '../../core/errors.ts';
import {
  ObjectEncoder,
  type EncodedObject,
  type EncodeInit,
  type ShardStream,
} from '../../pipeline/encode/object-encoder.ts';
import type { Clock } from '../../core/clock.ts';
import type { ShardUploader } from './control-plane.ts';
import { sendShard, tailBytesOf, type UploadTarget } from './send-shard.ts';
import { SlowWatch } from './slow-watch.ts';

export interface StoredShard {
  root: Uint8Array;
  units: number;
}

export interface PassOutcome {
  /** Undefined when every upload failed before the source was read to its end. */
  object: EncodedObject | undefined;
  stored: ReadonlyMap<number, StoredShard>;
  failed: ReadonlyMap<number, unknown>;
  /** Those whose connection broke, and whose provider has some of it: another pass can go on. */
  broken: ReadonlyMap<number, unknown>;
  /** Those that were not waited for, as enough others were stored or were faster. */
  dropped: ReadonlySet<number>;
}

export interface PassInit {
  /** The shards to send in this pass. */
  targets: readonly UploadTarget[];
  /** Shards that providers have, of which this pass only learns the roots. */
  verify?: readonly number[] | undefined;
  /** How many of the targets are needed: the first to be stored are kept. All when absent. */
  wanted?: number | undefined;
  encode: Omit<EncodeInit, 'signal'>;
  /** Whether no other pass can follow, as with a pipe. */
  isReadOnce?: boolean | undefined;
  clock: Pick<Clock, 'sleep' | 'monotonicMs'>;
  signal: AbortSignal;
  onBreak?: ((shardIndex: number, reason: unknown) => void) | undefined;
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
  const race = new Race(uploader, encoder, init, signal);
  try {
    await race.run();
    init.signal.throwIfAborted();
    const object = await resultOf(encoder);
    const { stored, failed, broken, dropped } = race;
    if (object !== undefined) rejectWrongRoots(object, stored, failed);
    return { object, stored, failed, broken, dropped };
  } finally {
    over.abort(new Error('the pass is over'));
  }
}

/** The shards of one pass on their way: the first `wanted` to be stored end it for the rest. */
class Race {
  readonly stored = new Map<number, StoredShard>();
  readonly failed = new Map<number, unknown>();
  readonly broken = new Map<number, unknown>();
  readonly dropped = new Set<number>();
  readonly #uploader: ShardUploader;
  readonly #encoder: ObjectEncoder;
  readonly #init: PassInit;
  readonly #signal: AbortSignal;
  readonly #wanted: number;
  readonly #sending = new Map<number, AbortController>();

  constructor(uploader: ShardUploader, encoder: ObjectEncoder, init: PassInit, signal: AbortSignal) {
    this.#uploader = uploader;
    this.#encoder = encoder;
    this.#init = init;
    this.#signal = signal;
    this.#wanted = init.wanted ?? init.targets.length;
  }

  async run(): Promise<void> {
    const targets = new Map(this.#init.targets.map((target) => [target.shardIndex, target]));
    for (const index of targets.keys()) this.#sending.set(index, new AbortController());
    const watch = new SlowWatch({
      heldUpBy: () => this.#encoder.heldUpBy(),
      alive: () => new Set([...this.#sending.keys(), ...this.stored.keys()]),
      wanted: this.#wanted,
      drop: (index) => this.#drop(index),
      clock: this.#init.clock,
    });
    if (this.#wanted < targets.size) watch.start();
    try {
      await Promise.all(
        this.#encoder.shards.map(async (stream, index) => {
          const target = targets.get(index);
          if (target !== undefined) return this.#send(target, stream);
          // A stream that nobody reads would hold up the others, so those of other passes are left at once.
          return this.#init.verify?.includes(index) === true ? drain(stream) : void (await stream.return?.());
        }),
      );
    } finally {
      watch.stop();
    }
  }

  async #send(target: UploadTarget, stream: ShardStream): Promise<void> {
    const index = target.shardIndex;
    const own = this.#sending.get(index)?.signal;
    try {
      const shard = await sendShard(this.#uploader, target, stream, {
        signal: own === undefined ? this.#signal : AbortSignal.any([this.#signal, own]),
        clock: this.#init.clock,
        tailBytes: tailBytesOf(this.#init.targets.length, { isReadOnce: this.#init.isReadOnce === true }),
        onBreak: this.#init.onBreak ?? (() => undefined),
      });
      this.stored.set(index, shard);
    } catch (error) {
      if (this.dropped.has(index)) return;
      (isStowError(error, 'upload-broken') ? this.broken : this.failed).set(index, error);
    } finally {
      this.#sending.delete(index);
      await stream.return?.();
    }
    if (this.stored.size >= this.#wanted) for (const other of this.#sending.keys()) this.#drop(other);
  }

  #drop(index: number): void {
    const sending = this.#sending.get(index);
    if (sending === undefined || this.dropped.has(index)) return;
    this.dropped.add(index);
    this.#sending.delete(index);
    sending.abort(new Error('enough others are faster'));
  }
}

async function drain(stream: ShardStream): Promise<void> {
  for await (const _piece of stream);
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
