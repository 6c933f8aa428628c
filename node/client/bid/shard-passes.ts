import { assert } from '../../core/assert.ts';
import type { Clock } from '../../core/clock.ts';
import {
  ObjectEncoder,
  requireWhole,
  type EncodeInit,
  type ShardStream,
  type WholeObject,
} from '../../pipeline/encode/object-encoder.ts';
import type { Phase, ProgressListener } from '../progress.ts';
import { countBytes } from '../put/count-bytes.ts';
import type { ShardUploader } from '../put/control-plane.ts';
import { PassWitness, witnessKey, type WitnessLog } from '../put/pass-witness.ts';
import type { PutSource } from '../put/source.ts';
import type { UploadTarget } from '../put/send-shard.ts';
import { uploadPass, type PassOutcome } from '../put/upload.ts';

export interface ShardPassesInit {
  source: PutSource;
  encode: Omit<EncodeInit, 'signal' | 'envelope'>;
  clock: Pick<Clock, 'sleep' | 'monotonicMs'>;
  onProgress: ProgressListener;
  /** Where the digests of what was enciphered outlive the process. */
  frames: WitnessLog;
  /** What an earlier process prepared. */
  object?: WholeObject | undefined;
}

/**
 * Readings of one source that all give the same shards: the first only to know their roots, which the bid names, the others to send
 * those that providers take.
 */
export class ShardPasses {
  readonly #init: ShardPassesInit;
  readonly #witness: PassWitness;
  #object: WholeObject | undefined;

  constructor(init: ShardPassesInit) {
    this.#init = init;
    const { objectKey, content } = init.encode;
    this.#witness = new PassWitness(init.source.label, {
      log: init.frames,
      key: witnessKey(content.secret, objectKey),
    });
    this.#object = init.object;
  }

  /** The object, once prepared. */
  get object(): WholeObject {
    assert(this.#object !== undefined, 'the object was prepared');
    return this.#object;
  }

  /** Reads the source to its end and keeps nothing but the roots. What an earlier process prepared need not be read for that. */
  async prepare(signal: AbortSignal): Promise<WholeObject> {
    if (this.#object !== undefined) return this.#object;
    const encoder = new ObjectEncoder(this.#read('prepare', signal), { ...this.#init.encode, signal });
    await Promise.all(encoder.shards.map(drain));
    this.#object = requireWhole(await encoder.result);
    return this.#object;
  }

  /** Sends shards to their providers. */
  async send(uploader: ShardUploader, targets: readonly UploadTarget[], signal: AbortSignal): Promise<PassOutcome> {
    const encode = { ...this.#init.encode, envelope: this.object.envelope };
    return uploadPass(uploader, (passing) => this.#read('upload', passing), {
      targets,
      encode,
      clock: this.#init.clock,
      signal,
    });
  }

  #read(phase: Phase, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const { source, onProgress } = this.#init;
    const totalBytes = source.maxBytes;
    onProgress({ phase, doneBytes: 0, totalBytes });
    const bytes = this.#witness.pass(source.open({ signal }));
    return countBytes(bytes, (doneBytes) => onProgress({ phase, doneBytes, totalBytes }));
  }
}

async function drain(stream: ShardStream): Promise<void> {
  for await (const piece of stream) void piece;
}
