import type { FileHandle } from 'node:fs/promises';

import { freeNow } from '../../core/bytes.ts';
import type { PartialDownload } from './partial-download.ts';

/** Bytes between two marks: what a crash costs at most, besides what is on its way. */
const MARK_EVERY_BYTES = 64 * 1_048_576;
/** Bytes written at once: a system call for every piece of 256 KiB would cost more than the writing. */
const BATCH_BYTES = 1_048_576;

/**
 * Writes a download into its file: a batch is on its way to the disk while the next one is deciphered, and every 64 MiB are synced and
 * marked meanwhile.
 */
export class MarkedFile {
  readonly #handle: FileHandle;
  readonly #partial: PartialDownload;
  readonly #markEveryBytes: number;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  /** Where the batch goes. */
  #position: number;
  #writing: Promise<void> = Promise.resolve();
  #marking: Promise<void> = Promise.resolve();
  #markingTo: number;

  /** @param handle of the partial's content, which holds at least what is marked; what lies behind that is cut off */
  constructor(handle: FileHandle, partial: PartialDownload, markEveryBytes: number = MARK_EVERY_BYTES) {
    this.#markEveryBytes = markEveryBytes;
    this.#handle = handle;
    this.#partial = partial;
    this.#position = partial.doneBytes;
    this.#markingTo = partial.doneBytes;
  }

  /** Takes the next chunk, whose memory is freed once it is written. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#batch.push(chunk);
    this.#batchBytes += chunk.byteLength;
    if (this.#batchBytes >= BATCH_BYTES) await this.#flush();
  }

  /** Everything is on the disk, and marked, when it resolves. After a failure, all that was written. */
  async settle(): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#marking;
    if (this.#position > this.#partial.doneBytes) await this.#mark(this.#position);
  }

  async #flush(): Promise<void> {
    // Not two writes at once: the first failure is the one that counts, and memory is bounded.
    await this.#writing;
    if (this.#position - this.#markingTo >= this.#markEveryBytes) await this.#markAside();
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    const at = this.#position;
    this.#position += this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#writing = writeBatch(this.#handle, batch, at);
    this.#writing.catch(() => undefined);
  }

  async #markAside(): Promise<void> {
    await this.#marking;
    this.#markingTo = this.#position;
    this.#marking = this.#mark(this.#position);
    this.#marking.catch(() => undefined);
  }

  /** What lies before `to` was written; a failed sync may have dropped it, so that the first failure is final. */
  async #mark(to: number): Promise<void> {
    await this.#handle.datasync();
    await this.#partial.mark(to);
  }
}

async function writeBatch(handle: FileHandle, batch: readonly Uint8Array[], position: number): Promise<void> {
  const length = batch.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { bytesWritten } = await handle.writev([...batch], position);
  if (bytesWritten < length)
    await writeAll(handle, Buffer.concat(batch).subarray(bytesWritten), position + bytesWritten);
  for (const chunk of batch) freeNow(chunk);
}

/** `write` may take only a part; a disk that is nearly full does exactly that before it fails. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array, position?: number): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength;) {
    const at = position === undefined ? null : position + offset;
    const { bytesWritten } = await handle.write(chunk, offset, chunk.byteLength - offset, at);
    offset += bytesWritten;
  }
}
