import type { KeyObject } from 'node:crypto';

import { assert } from '../../core/assert.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { FRAME_BYTES, TAG_BYTES } from '../../core/units.ts';
import { FrameOpener, frameCount, type Frame } from './frame.ts';

/**
 * Cuts a stream of unknown length into frames. One frame is held back until it is known whether it is the last.
 * A yielded frame's bytes are valid until the next one is asked for.
 */
export async function* cutFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  const buffer = new Uint8Array(FRAME_BYTES);
  let filled = 0;
  let index = 0;
  for await (const chunk of source) {
    let at = 0;
    while (at < chunk.byteLength) {
      if (filled === FRAME_BYTES) {
        yield { index: index++, final: false, bytes: buffer };
        filled = 0;
      }
      const take = Math.min(chunk.byteLength - at, FRAME_BYTES - filled);
      buffer.set(chunk.subarray(at, at + take), filled);
      filled += take;
      at += take;
    }
  }
  yield { index, final: true, bytes: buffer.subarray(0, filled) };
}

export interface FrameReaderInit {
  key: KeyObject;
  objectKey: Uint8Array;
  /** Plaintext length of the whole object: says which frame is the last and how long it is. */
  plainBytes: number;
  /** Frame that the first byte pushed belongs to. */
  firstFrame?: number | undefined;
}

/** Takes ciphertext in pieces of any size, gives back checked plaintext. */
export class FrameReader {
  readonly #init: FrameReaderInit;
  readonly #frames: number;
  readonly #tag = new Uint8Array(TAG_BYTES);
  #frame: number;
  #opener: FrameOpener | undefined;
  #bodyLeft = 0;
  #tagFilled = 0;

  constructor(init: FrameReaderInit) {
    this.#init = init;
    this.#frames = frameCount(init.plainBytes);
    this.#frame = init.firstFrame ?? 0;
    assert(this.#frame < this.#frames, `frame ${this.#frame} of ${this.#frames}`);
    this.#open();
  }

  /** Plaintext of the frames that `piece` completes, in order. Throws `frame-forged`, or `frame-surplus` past the end. */
  push(piece: Uint8Array): Uint8Array[] {
    const plain: Uint8Array[] = [];
    let at = 0;
    while (at < piece.byteLength) {
      if (this.#opener === undefined) throw surplus();
      const body = piece.subarray(at, at + this.#bodyLeft);
      if (body.byteLength > 0) this.#opener.push(body);
      this.#bodyLeft -= body.byteLength;
      at += body.byteLength;
      // Where the body ends beyond the piece, nothing is left of it for the tag.
      const tag = piece.subarray(at, at + TAG_BYTES - this.#tagFilled);
      this.#tag.set(tag, this.#tagFilled);
      this.#tagFilled += tag.byteLength;
      at += tag.byteLength;
      if (this.#tagFilled === TAG_BYTES) {
        plain.push(...this.#opener.finish(this.#tag));
        this.#frame++;
        this.#open();
      }
    }
    return plain;
  }

  /** Says that no more bytes come. Throws `frame-truncated` unless the final frame was given back. */
  end(): void {
    if (this.#frame === this.#frames) return;
    throw new StowError({
      code: 'frame-truncated',
      message: `the object ends inside frame ${this.#frame} of ${this.#frames}`,
      hint: 'read from other providers: what was given back so far is right, but it is not all',
      exitCode: ExitCode.integrity,
    });
  }

  #open(): void {
    const { key, objectKey, plainBytes } = this.#init;
    this.#tagFilled = 0;
    if (this.#frame === this.#frames) {
      this.#opener = undefined;
      return;
    }
    const final = this.#frame === this.#frames - 1;
    this.#opener = new FrameOpener(key, objectKey, this.#frame, final);
    this.#bodyLeft = final ? plainBytes - this.#frame * FRAME_BYTES : FRAME_BYTES;
  }
}

function surplus(): StowError {
  return new StowError({
    code: 'frame-surplus',
    message: 'there are bytes after the final frame of the object',
    hint: 'the object was not written by this format; read from other providers',
    exitCode: ExitCode.integrity,
  });
}
