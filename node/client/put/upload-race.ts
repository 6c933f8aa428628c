import type { Clock } from '../../core/clock.ts';
import { isStowError, StowError } from '../../core/errors.ts';
import type { EncodeInit, ObjectEncoder, ShardStream } from '../../pipeline/encode/object-encoder.ts';
import type { ShardUploader } from './control-plane.ts';
import { sendShard, tailBytesOf, type UploadTarget } from './send-shard.ts';
import { SlowWatch } from './slow-watch.ts';

export interface StoredShard {
  root: Uint8Array;
  units: number;
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

/** The shards of one pass on their way: the first `wanted` to be stored end it for the rest. */
export class UploadRace {
  readonly stored = new Map<number, StoredShard>();
  readonly failed = new Map<number, unknown>();
  readonly broken = new Map<number, unknown>();
  readonly dropped = new Set<number>();
  readonly parked = new Set<number>();
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
    const watch = this.#watch();
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

  #watch(): SlowWatch {
    return new SlowWatch({
      heldUpBy: () => this.#encoder.heldUpBy(),
      madeBytes: () => this.#encoder.madeBytes,
      alive: () => new Set([...this.#sending.keys(), ...this.stored.keys()]),
      wanted: this.#wanted,
      drop: (index) => this.#stop(index, () => this.dropped.add(index)),
      // What is parked is sent by another reading.
      ...(this.#init.isReadOnce === true ? {} : { park: (index) => this.#stop(index, () => this.parked.add(index)) }),
      replace: (index) => this.#stop(index, () => this.failed.set(index, tooSlow(index))),
      clock: this.#init.clock,
    });
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
      // Its end may have crossed the word that it is not needed.
      if (own?.aborted !== true) this.stored.set(index, shard);
    } catch (error) {
      if (own?.aborted === true) return;
      (isStowError(error, 'upload-broken') ? this.broken : this.failed).set(index, error);
    } finally {
      this.#sending.delete(index);
      await stream.return?.();
    }
    if (this.stored.size < this.#wanted) return;
    for (const other of this.#sending.keys()) this.#stop(other, () => this.dropped.add(other));
  }

  /** Ends the sending of a shard, if it still goes on. */
  #stop(index: number, note: () => void): void {
    const sending = this.#sending.get(index);
    if (sending === undefined) return;
    note();
    this.#sending.delete(index);
    sending.abort(new Error('enough others are faster'));
  }
}

async function drain(stream: ShardStream): Promise<void> {
  for await (const _piece of stream);
}

function tooSlow(index: number): StowError {
  return new StowError({
    code: 'upload-too-slow',
    message: `all others waited for the provider of shard ${index}`,
    hint: 'a spare takes its place',
    retryable: true,
  });
}
