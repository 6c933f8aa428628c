import type { FileHandle } from 'node:fs/promises';

import { copyInto, freeNow } from '../../core/bytes.ts';
import { AlignedBlocks } from '../../store/aligned-blocks.ts';
import type { DirectHandle } from '../../store/direct-handle.ts';
import type { PartialDownload } from './partial-download.ts';

/** Bytes between two marks: what a crash costs at most, besides what is on its way. */
const MARK_EVERY_BYTES = 64 * 1_048_576;
/** Bytes written at once: a system call for every piece of 256 KiB would cost more than the writing. */
const BATCH_BYTES = 1_048_576;

/** One batch is filled while the other is written. */
const blocks = new AlignedBlocks({ blockBytes: BATCH_BYTES, maxKept: 2 });

export interface MarkedFileInit {
  /** Of the partial's content, which holds at least what is marked; what lies behind that is cut off. */
  handle: FileHandle;
  /** Of the same file. */
  direct: Pick<DirectHandle, 'write'>;
  partial: PartialDownload;
  markEveryBytes?: number | undefined;
}

/**
 * Writes a download into its file: a batch is on its way to the disk while the next one is deciphered, and every 64 MiB are synced and
 * marked meanwhile. Batches end where the file's megabytes do, so that they go around the page cache; what is left at both ends goes through it.
 */
export class MarkedFile {
  readonly #init: MarkedFileInit;
  readonly #markEveryBytes: number;
  #batch = blocks.take();
  #spare = blocks.take();
  #filled = 0;
  /** Where the batch goes. */
  #position: number;
  #writing: Promise<void> = Promise.resolve();
  #marking: Promise<void> = Promise.resolve();
  #markingTo: number;

  constructor(init: MarkedFileInit) {
    this.#init = init;
    this.#markEveryBytes = init.markEveryBytes ?? MARK_EVERY_BYTES;
    this.#position = init.partial.doneBytes;
    this.#markingTo = init.partial.doneBytes;
  }

  /** Takes the next chunk, whose memory is freed. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      const room = BATCH_BYTES - (this.#position % BATCH_BYTES) - this.#filled;
      const part = chunk.subarray(at, at + room);
      copyInto(this.#batch, this.#filled, part);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (part.byteLength === room) await this.#flush();
    }
    freeNow(chunk);
  }

  /** Everything is on the disk, and marked, when it resolves. After a failure, all that was written. Nothing is written afterwards. */
  async settle(): Promise<void> {
    try {
      await this.#flush();
      await this.#writing;
      await this.#marking;
      const { partial } = this.#init;
      if (this.#position > partial.doneBytes) await this.#mark(this.#position);
    } finally {
      await this.#writing.catch(() => undefined);
      for (const block of [this.#batch, this.#spare]) blocks.give(block);
    }
  }

  async #flush(): Promise<void> {
    // Not two writes at once: the first failure is the one that counts, and memory is bounded.
    await this.#writing;
    if (this.#position - this.#markingTo >= this.#markEveryBytes) await this.#markAside();
    if (this.#filled === 0) return;
    const batch = this.#batch.subarray(0, this.#filled);
    [this.#batch, this.#spare] = [this.#spare, this.#batch];
    this.#writing = this.#writeBatch(batch, this.#position);
    this.#writing.catch(() => undefined);
    this.#position += this.#filled;
    this.#filled = 0;
  }

  async #writeBatch(batch: Uint8Array, position: number): Promise<void> {
    const { handle, direct } = this.#init;
    const written = (await direct.write(batch, position)) ?? 0;
    await writeAll(handle, batch.subarray(written), position + written);
  }

  async #markAside(): Promise<void> {
    await this.#marking;
    this.#markingTo = this.#position;
    this.#marking = this.#mark(this.#position);
    this.#marking.catch(() => undefined);
  }

  /** What lies before `to` was written; a failed sync may have dropped it, so that the first failure is final. */
  async #mark(to: number): Promise<void> {
    const { handle, partial } = this.#init;
    await handle.datasync();
    await partial.mark(to);
  }
}

/** `write` may take only a part; a disk that is nearly full does exactly that before it fails. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array, position?: number): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength;) {
    const at = position === undefined ? null : position + offset;
    const { bytesWritten } = await handle.write(chunk, offset, chunk.byteLength - offset, at);
    offset += bytesWritten;
  }
}
