import { createHash, type Hash } from 'node:crypto';

import { FRAME_BYTES } from '../../core/units.ts';
import { sourceChanged } from './source-errors.ts';

/** Half of SHA-256: nobody gains from a collision with a file of their own, and 1 TiB then costs 16 MiB of memory. */
const DIGEST_BYTES = 16;

/**
 * Makes every later pass over a source give the bytes of the first. It must: a frame of other plaintext under the same key and
 * frame number would repeat an AES-GCM nonce, which gives away both. Costs 16 bytes of memory per MiB.
 */
export class PassWitness {
  readonly #label: string;
  readonly #frames: Buffer[] = [];
  #complete = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** A pass over the source with the bytes of the first one. Throws `source-changed`. */
  pass(source: AsyncIterable<Uint8Array>, isFirst: boolean): AsyncIterable<Uint8Array> {
    return isFirst ? this.#record(source) : this.#check(source);
  }

  /** The first pass: the same bytes, remembered frame by frame. */
  async *#record(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let hash = createHash('sha256');
    let filled = 0;
    for await (const chunk of source) {
      for (const part of cutAtFrames(chunk, filled)) {
        hash.update(part);
        filled = (filled + part.byteLength) % FRAME_BYTES;
        if (filled === 0) {
          this.#frames.push(digestOf(hash));
          hash = createHash('sha256');
        }
      }
      yield chunk;
    }
    if (filled > 0) this.#frames.push(digestOf(hash));
    this.#complete = true;
  }

  /** A later pass: whole frames, each let through only once it is known to be the first pass's. */
  async *#check(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const frame = Buffer.allocUnsafeSlow(FRAME_BYTES);
    let filled = 0;
    let index = 0;
    for await (const chunk of source) {
      for (const part of cutAtFrames(chunk, filled)) {
        frame.set(part, filled);
        filled += part.byteLength;
        if (filled < FRAME_BYTES) continue;
        yield this.#verified(index++, frame);
        filled = 0;
      }
    }
    if (filled > 0) yield this.#verified(index++, frame.subarray(0, filled));
    if (index < this.#frames.length) throw sourceChanged(this.#label, 'it became shorter between two passes');
    this.#complete = true;
  }

  #verified(index: number, frame: Uint8Array): Uint8Array {
    const digest = digestOf(createHash('sha256').update(frame));
    const known = this.#frames[index];
    if (known?.equals(digest) === true) return frame;
    if (known !== undefined) throw sourceChanged(this.#label, 'its bytes differ between two passes');
    if (this.#complete) throw sourceChanged(this.#label, 'it became longer between two passes');
    // The passes before ended early and never came this far: nothing was enciphered under this frame's number.
    this.#frames.push(digest);
    return frame;
  }
}

function digestOf(hash: Hash): Buffer {
  return hash.digest().subarray(0, DIGEST_BYTES);
}

/** The parts of a chunk that lie in one frame each. `filled` bytes of the current frame came before. */
function* cutAtFrames(chunk: Uint8Array, filled: number): Generator<Uint8Array> {
  for (let at = 0, room = FRAME_BYTES - filled; at < chunk.byteLength; at += room, room = FRAME_BYTES) {
    yield chunk.subarray(at, at + room);
  }
}
