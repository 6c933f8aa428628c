import { assert } from '../../core/assert.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { ShardStream } from '../../pipeline/encode/object-encoder.ts';

/**
 * One shard's stream, of which the newest bytes can be sent again: the encoder gives each once, and reuses their memory. What was on the
 * way when a connection broke lies in here, unless a fast line with long buffers had more of it.
 */
export class ShardBody {
  readonly #stream: ShardStream;
  readonly #tail: Buffer;
  readonly #skipBytes: number;
  /** Bytes that the stream has given, in upload order. */
  #position = 0;
  /** Where the bytes in the tail begin. */
  #tailStart: number;
  #piece: { at: number; bytes: Uint8Array } | undefined;
  #pulling: Promise<void> | undefined;
  #ended = false;
  #failure: { error: unknown } | undefined;

  /** @param init.from units in upload order that need not be sent; `tailBytes`: how much can be sent again */
  constructor(stream: ShardStream, init: { from: number; tailBytes: number }) {
    this.#stream = stream;
    this.#skipBytes = init.from * UNIT_BYTES;
    this.#tailStart = this.#skipBytes;
    this.#tail = Buffer.allocUnsafeSlow(init.tailBytes);
  }

  /** What the source failed with, if it did: no other connection helps then. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Whether everything from that unit of the upload order on can still be sent. */
  canSendFrom(unit: number): boolean {
    return unit * UNIT_BYTES >= this.#tailStart && unit * UNIT_BYTES <= Math.max(this.#position, this.#skipBytes);
  }

  /** The shard from that unit of the upload order on. A chunk is valid until the next is asked for. One iteration at a time. */
  async *from(unit: number): AsyncGenerator<Uint8Array, void, undefined> {
    assert(this.canSendFrom(unit), 'only what is at hand is sent again');
    let at = unit * UNIT_BYTES;
    for (;;) {
      const chunk = this.#at(at);
      if (chunk !== undefined) {
        yield chunk;
        at += chunk.byteLength;
      } else if (this.#ended) return;
      else await this.#pull();
    }
  }

  #at(position: number): Uint8Array | undefined {
    if (position >= this.#position) return undefined;
    const piece = this.#piece;
    if (piece !== undefined && position >= piece.at) return piece.bytes.subarray(position - piece.at);
    const start = position % this.#tail.byteLength;
    const end = Math.min(start + this.#position - position, this.#tail.byteLength);
    return this.#tail.subarray(start, end);
  }

  /** Whoever gave up waiting for the next piece left the wait to the next iteration, so that no piece is lost between them. */
  async #pull(): Promise<void> {
    this.#pulling ??= this.#next().finally(() => {
      this.#pulling = undefined;
    });
    await this.#pulling;
  }

  async #next(): Promise<void> {
    this.#piece = undefined;
    const { done, value } = await this.#stream.next().catch((error: unknown) => {
      this.#failure = { error };
      throw error;
    });
    if (done === true) {
      this.#ended = true;
      return;
    }
    const at = this.#position;
    this.#piece = { at, bytes: value.bytes };
    this.#position = at + value.bytes.byteLength;
    this.#remember(at, value.bytes);
  }

  #remember(at: number, bytes: Uint8Array): void {
    const { byteLength } = this.#tail;
    const from = Math.max(at, this.#skipBytes, this.#position - byteLength);
    for (let position = from; position < this.#position;) {
      const start = position % byteLength;
      const part = bytes.subarray(position - at, position - at + byteLength - start);
      this.#tail.set(part, start);
      position += part.byteLength;
    }
    this.#tailStart = Math.max(this.#tailStart, this.#position - byteLength);
  }
}
