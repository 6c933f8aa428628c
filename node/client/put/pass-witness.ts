import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';

import { FRAME_BYTES } from '../../core/units.ts';
import { sourceChanged } from './source-errors.ts';

/** A GMAC tag; 1 TiB then costs 16 MiB of memory. */
export const WITNESS_BYTES = 16;
const WITNESS_KEY_BYTES = 32;
const GMAC = 'aes-256-gcm';
const GMAC_NONCE_BYTES = 12;

/** Frames whose digests go to the disk together: a sync of the disk for each would take longer than its encipherment. Their bytes wait in memory. */
const LOGGED_FRAMES = 5;
/** A slow pipe's frames wait no longer for others, or providers would take the upload for dead. */
const LOG_AFTER_MS = 1_000;

/** Digests that lie on a disk are keyed, as they would tell anybody who reads it what was stored. */
const WITNESS_INFO = 'stowmarket/witness/v2';

/** Where digests outlive the process. */
export interface WitnessLog {
  /** Those of earlier processes. */
  readonly digests: readonly Buffer[];
  /** Whether one of them came to the end of the source. */
  readonly isComplete: boolean;
  /** Resolves once they are durable. */
  append(digests: readonly Uint8Array[]): Promise<void>;
  /** Notes that no more follow. Resolves once that is durable. */
  end(): Promise<void>;
}

/** For passes of one process alone. */
const IN_MEMORY: WitnessLog = {
  digests: [],
  isComplete: false,
  append: async () => undefined,
  end: async () => undefined,
};

/**
 * Makes every later pass over a source give the bytes of the first. It must: a frame of other plaintext under the same key and
 * frame number would repeat an AES-GCM nonce, which gives away both. Costs 16 bytes of memory per MiB. With a log, that holds over the end of
 * the process, too: no frame is let through before its digest is on the disk.
 */
export class PassWitness {
  readonly #label: string;
  readonly #frames: Buffer[];
  readonly #log: WitnessLog;
  readonly #key: Uint8Array;
  #complete: boolean;

  /** @param past what earlier processes saw, under a key from `witnessKey` */
  constructor(label: string, past?: { log: WitnessLog; key: Uint8Array }) {
    this.#label = label;
    this.#key = past?.key ?? randomBytes(WITNESS_KEY_BYTES);
    this.#log = past?.log ?? IN_MEMORY;
    this.#frames = [...this.#log.digests];
    this.#complete = this.#log.isComplete;
  }

  /**
   * A pass over the source, in whole frames, with the bytes of the passes before: known frames are compared, others are let through once the
   * log has them. @throws StowError `source-changed`
   */
  async *pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const batch = Buffer.allocUnsafeSlow(LOGGED_FRAMES * FRAME_BYTES);
    let filled = 0;
    let index = 0;
    let sinceMs = performance.now();
    for await (const chunk of source) {
      for (let at = 0; at < chunk.byteLength;) {
        const part = chunk.subarray(at, at + batch.byteLength - filled);
        batch.set(part, filled);
        at += part.byteLength;
        filled += part.byteLength;
        const frames = Math.floor(filled / FRAME_BYTES);
        if (frames < LOGGED_FRAMES && (frames === 0 || performance.now() - sinceMs < LOG_AFTER_MS)) continue;
        const whole = frames * FRAME_BYTES;
        yield* this.#logged(batch.subarray(0, whole), index);
        index += frames;
        batch.copyWithin(0, whole, filled);
        filled -= whole;
        sinceMs = performance.now();
      }
    }
    yield* this.#logged(batch.subarray(0, filled), index);
    if (index + Math.ceil(filled / FRAME_BYTES) < this.#frames.length) throw this.#changed('it became shorter');
    // The last frame is sealed as such only after this: one that ends elsewhere would be another text under its number.
    if (!this.#complete) await this.#log.end();
    this.#complete = true;
  }

  async *#logged(bytes: Buffer, first: number): AsyncGenerator<Uint8Array> {
    const frames = Array.from({ length: Math.ceil(bytes.byteLength / FRAME_BYTES) }, (_, i) =>
      bytes.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES),
    );
    const digests = frames.map((frame, i) => gmac(this.#key, first + i, frame));
    const fresh = digests.filter((digest, i) => !this.#isKnown(first + i, digest));
    if (fresh.length > 0) await this.#log.append(fresh);
    this.#frames.push(...fresh);
    yield* frames;
  }

  /** @throws StowError `source-changed` when another frame is known, or none should be there */
  #isKnown(index: number, digest: Buffer): boolean {
    const known = this.#frames[index];
    if (known?.equals(digest) === true) return true;
    if (known !== undefined) throw this.#changed('its bytes differ');
    if (this.#complete) throw this.#changed('it became longer');
    return false;
  }

  #changed(how: string): Error {
    return sourceChanged(this.#label, `${how} between two passes`);
  }
}

/** Key of the digests of an object's frames: HKDF-SHA256 over its secret, salt = object key. */
export function witnessKey(secret: Uint8Array, objectKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, objectKey, WITNESS_INFO, WITNESS_KEY_BYTES));
}

/**
 * GMAC (NIST SP 800-38D) of a frame, with its number as the nonce: an eighth of the time of an HMAC. Safe, as only one tag is ever kept under a nonce: another
 * frame of the same number is refused, and its tag forgotten.
 */
function gmac(key: Uint8Array, index: number, frame: Uint8Array): Buffer {
  const nonce = Buffer.alloc(GMAC_NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(index), GMAC_NONCE_BYTES - 8);
  const cipher = createCipheriv(GMAC, key, nonce);
  cipher.setAAD(frame);
  cipher.final();
  return cipher.getAuthTag();
}
