import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import { assert } from '../../../core/assert.ts';
import { WITNESS_BYTES } from '../pass-witness.ts';

/** A digest and the CRC-32 of its number and itself: after a power cut, what was not written whole is known as such. */
const ENTRY_BYTES = WITNESS_BYTES + 4;

/** Stands behind the last digest once the source came to its end. */
const END = Buffer.alloc(WITNESS_BYTES, 0xff);

/** The digests of a source's frames on disk, so that a later process enciphers the same bytes or none. */
export class FrameLog {
  readonly #handle: FileHandle;
  /** Those that earlier processes wrote. */
  readonly digests: readonly Buffer[];
  readonly isComplete: boolean;
  #count: number;

  private constructor(handle: FileHandle, entries: readonly Buffer[]) {
    this.#handle = handle;
    this.isComplete = entries.at(-1)?.equals(END) === true;
    this.digests = this.isComplete ? entries.slice(0, -1) : entries;
    this.#count = entries.length;
  }

  static async open(path: string): Promise<FrameLog> {
    const handle = await open(path, 'a+', 0o600);
    try {
      const entries = readEntries(await handle.readFile());
      // Behind a torn entry there is none that was waited for.
      await handle.truncate(entries.length * ENTRY_BYTES);
      return new FrameLog(handle, entries);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Resolves once they are on the disk: only then the frames may be enciphered. */
  async append(digests: readonly Uint8Array[]): Promise<void> {
    await this.#handle.appendFile(Buffer.concat(digests.map((digest) => entryOf(digest, this.#count++))));
    await this.#handle.datasync();
  }

  async end(): Promise<void> {
    await this.append([END]);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function entryOf(digest: Uint8Array, index: number): Buffer {
  assert(digest.byteLength === WITNESS_BYTES, 'the digest of a frame');
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.set(digest);
  entry.writeUInt32BE(crc32(digest, index), WITNESS_BYTES);
  return entry;
}

function readEntries(bytes: Buffer): Buffer[] {
  const digests: Buffer[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.byteLength; at += ENTRY_BYTES) {
    const digest = Buffer.from(bytes.subarray(at, at + WITNESS_BYTES));
    if (bytes.readUInt32BE(at + WITNESS_BYTES) !== crc32(digest, digests.length)) break;
    digests.push(digest);
  }
  return digests;
}
