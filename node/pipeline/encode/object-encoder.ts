import type { KeyObject } from 'node:crypto';

import { assert } from '../../core/assert.ts';
import { freeNow } from '../../core/bytes.ts';
import { StowError } from '../../core/errors.ts';
import { sealFrame, type Frame } from '../encrypt/frame.ts';
import { deriveFrameKey } from '../encrypt/frame-key.ts';
import { cutFrames } from '../encrypt/frames.ts';
import { checkCodeShape } from '../erasure/code.ts';
import { sealEnvelope, type EnvelopeContent } from '../header/envelope.ts';
import { encodeHeaderUnit, envelopeAad } from '../header/header-unit.ts';
import { CELL_BYTES } from '../../core/units.ts';
import { HEADER_UNITS, firstUnitOf, layoutOf } from '../layout.ts';
import { ShardCommitment } from '../merkle/commitment.ts';
import { StripeRing } from './stripe-ring.ts';
import { StripeWriter } from './stripe-writer.ts';

/** Whole units of a shard, from `unit` on. */
export interface ShardPiece {
  unit: number;
  /** Valid until the next piece of the same shard is asked for: its memory is used again then. */
  bytes: Uint8Array;
}

/** A shard in upload order: units 1, 2, … as the source gives bytes, then unit 0, the header. */
export type ShardStream = AsyncIterableIterator<ShardPiece, void, undefined>;

export interface EncodeInit {
  /** From `newObjectKey`. */
  objectKey: Uint8Array;
  /** Any k of the n shards rebuild the object; k = 1 makes n replicas, each enciphered apart. */
  k: number;
  n: number;
  /** Shards to make: n, or more where not the first n, but some n of them are kept. Header and envelope say n. */
  shards?: number | undefined;
  /** Raw X25519 public key that the envelope is sealed for. */
  owner: Uint8Array;
  /** What the envelope says. `secret` from `newObjectSecret`, never used for another object. */
  content: EnvelopeContent;
  /** What a former pass over the same bytes sealed: the shards then come out the same to the byte. Sealed anew when absent. */
  envelope?: Uint8Array | undefined;
  /** Told of the envelope before any header is given out, which waits for it. */
  onSealed?: ((sealed: { plainBytes: number; envelope: Uint8Array }) => Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
}

export interface EncodedObject {
  objectKey: Uint8Array;
  k: number;
  n: number;
  plainBytes: number;
  /** Units of each shard, header included. */
  unitsPerShard: number;
  /** Shard roots by index, 32 bytes each. Undefined for a shard whose stream was left before all of it was made. */
  roots: readonly (Uint8Array | undefined)[];
  /** The sealed description in every header. */
  envelope: Uint8Array;
}

/** An object of which every shard was made. */
export interface WholeObject extends EncodedObject {
  roots: readonly Uint8Array[];
}

/** The object with all its roots. Only where every stream was read to its end. */
export function requireWhole(object: EncodedObject): WholeObject {
  const roots = object.roots.filter((root) => root !== undefined);
  assert(roots.length === object.roots.length, 'every shard was made');
  return { ...object, roots };
}

/**
 * Turns a stream of unknown length into shard streams. Memory is a few stripes (3 x 256 KiB a shard), whatever the size.
 *
 * All streams have to be read at the same time: they move together, as fast as the slowest. Calling `return` on one (or
 * leaving its for-await) drops that shard, of which nothing more is made, and frees the others from waiting for it. When the source fails,
 * the signal aborts or all streams are dropped, every stream and `result` reject with the reason.
 */
export class ObjectEncoder {
  readonly shards: readonly ShardStream[];
  /** Settles after the last data was laid out; the streams may still hold pieces then. */
  readonly result: Promise<EncodedObject>;
  readonly #init: EncodeInit;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #ring: StripeRing;
  readonly #commitments: readonly ShardCommitment[];
  readonly #outcome = Promise.withResolvers<EncodedObject>();
  #headers: readonly Uint8Array[] = [];
  #finished: Promise<EncodedObject> | undefined;

  constructor(source: AsyncIterable<Uint8Array>, init: EncodeInit) {
    const { shards = init.n } = init;
    checkCodeShape(init);
    checkCodeShape({ k: init.k, n: shards });
    this.#source = source;
    this.#init = init;
    this.#ring = new StripeRing({ k: init.k, n: shards });
    this.result = this.#outcome.promise;
    // Whoever reads the streams sees the same failure there; `result` alone must not end the process.
    this.result.catch(() => undefined);
    const indices = Array.from({ length: shards }, (_, index) => index);
    this.#commitments = indices.map(() => new ShardCommitment({ startUnit: HEADER_UNITS }));
    this.shards = indices.map((index) => this.#stream(index));
  }

  /** Shards whose readers hold up all others now. */
  heldUpBy(): number[] {
    return this.#ring.heldUpBy();
  }

  /** Bytes of each shard that were made so far, but for its header. */
  get madeBytes(): number {
    return this.#ring.stripes * CELL_BYTES;
  }

  #stream(shard: number): ShardStream {
    const ring = this.#ring;
    let stripe = -1;
    let state: 'data' | 'header' | 'done' = 'data';
    const leave = (): IteratorResult<ShardPiece, void> => {
      state = 'done';
      ring.release(shard, Infinity);
      if (ring.activeReaders === 0 && this.#headers.length === 0) this.#fail(abandoned());
      return { done: true, value: undefined };
    };
    const next = async (): Promise<IteratorResult<ShardPiece, void>> => {
      if (state === 'done') return { done: true, value: undefined };
      if (state === 'header') return leave();
      this.#start();
      stripe++;
      ring.release(shard, stripe);
      const cell = await ring.read(shard, stripe);
      if (cell !== undefined) return { done: false, value: { unit: firstUnitOf(stripe), bytes: cell } };
      await this.#finished;
      state = 'header';
      const bytes = this.#headers[shard];
      assert(bytes !== undefined, 'a header per shard');
      return { done: false, value: { unit: 0, bytes } };
    };
    return {
      next,
      return: async () => leave(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #start(): void {
    if (this.#finished !== undefined) return;
    this.#finished = this.#run();
    this.#finished.then(this.#outcome.resolve, (error: unknown) => this.#fail(error));
  }

  #fail(reason: unknown): void {
    this.#ring.fail(reason);
    this.#outcome.reject(reason);
  }

  async #run(): Promise<EncodedObject> {
    const { signal } = this.#init;
    const abort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      signal?.throwIfAborted();
      const plainBytes = await this.#encodeSource();
      signal?.throwIfAborted();
      return await this.#finish(plainBytes);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async #encodeSource(): Promise<number> {
    const { k, objectKey, content, signal } = this.#init;
    const keys: KeyObject[] =
      k > 1
        ? [deriveFrameKey(content.secret, objectKey)]
        : Array.from(this.#commitments.keys(), (replica) => deriveFrameKey(content.secret, objectKey, replica));
    const writer = new StripeWriter(this.#ring, this.#commitments);
    let plainBytes = 0;
    for await (const frame of cutFrames(this.#source)) {
      signal?.throwIfAborted();
      await this.#appendFrame(writer, keys, frame);
      plainBytes += frame.bytes.byteLength;
    }
    const { stripes } = await writer.finish();
    assert(stripes === layoutOf(plainBytes, k).stripes, 'the layout that readers compute is what was written');
    return plainBytes;
  }

  async #appendFrame(writer: StripeWriter, keys: readonly KeyObject[], frame: Frame): Promise<void> {
    const sealed = keys.map((key) => sealFrame(key, this.#init.objectKey, frame));
    const pieces = sealed[0]?.body.length ?? 0;
    for (let piece = 0; piece < pieces; piece++) {
      const bytes = sealed.map(({ body }) => body[piece] ?? new Uint8Array());
      await writer.append(...bytes);
      for (const part of bytes) freeNow(part);
    }
    await writer.append(...sealed.map(({ tag }) => tag));
  }

  async #finish(plainBytes: number): Promise<EncodedObject> {
    const { objectKey, k, n, owner, content } = this.#init;
    const shared = { objectKey, k, n, plainBytes };
    const envelope = this.#init.envelope ?? (await sealEnvelope(owner, content, envelopeAad(shared)));
    await this.#init.onSealed?.({ plainBytes, envelope });
    const headers = this.#commitments.map((_, index) => encodeHeaderUnit({ ...shared, index, envelope }));
    const { unitsPerShard } = layoutOf(plainBytes, k);
    const roots = this.#commitments.map((commitment, index) => {
      const isWhole = commitment.units === unitsPerShard - HEADER_UNITS;
      assert(isWhole || !this.#ring.isRead(index), 'each shard has the units of the layout');
      if (!isWhole) return undefined;
      commitment.seek(0);
      commitment.write(headers[index] ?? new Uint8Array());
      return commitment.finish();
    });
    this.#headers = headers;
    return { ...shared, unitsPerShard, roots, envelope };
  }
}

function abandoned(): StowError {
  return new StowError({
    code: 'encode-abandoned',
    message: 'every shard stream of the object was dropped before its end',
    hint: 'see why each upload stopped; then store the object again',
    retryable: true,
  });
}
