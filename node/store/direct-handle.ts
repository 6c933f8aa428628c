import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { systemCode } from '../core/errors.ts';
import { isAligned } from './aligned-blocks.ts';

/** Every disk's block divides it, and it divides every page. */
const BLOCK_BYTES = 4_096;
/** What systems and file systems say that cannot do it, or ask for larger blocks. */
const CANNOT = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * A file's bytes between disk and memory without the page cache (`O_DIRECT` of open(2)): for large files, which would push everything else out of it. Where a
 * virtual machine gets its memory page by page, this saves up to three seconds of processor time a GiB as well. What it cannot do is done
 * by the file's usual handle; the system keeps both in agreement.
 */
export class DirectHandle {
  #handle: FileHandle | undefined;

  private constructor(handle: FileHandle | undefined) {
    this.#handle = handle;
  }

  /** Of a file that is there. Never throws: where it cannot be, nothing is done this way. */
  static async open(path: string, access: 'read' | 'change'): Promise<DirectHandle> {
    // Linux alone has it.
    const direct: number | undefined = constants.O_DIRECT;
    if (direct === undefined) return new DirectHandle(undefined);
    const flags = direct | (access === 'read' ? constants.O_RDONLY : constants.O_RDWR);
    return new DirectHandle(await open(path, flags).catch(() => undefined));
  }

  /** As the system call. @returns bytes read; undefined when it is not to be had this way */
  async read(into: Uint8Array, position: number): Promise<number | undefined> {
    return this.#try(into, position, async (handle) => {
      return (await handle.read(into, 0, into.byteLength, position)).bytesRead;
    });
  }

  /** As the system call. @returns bytes written; undefined when it is not to be had this way */
  async write(bytes: Uint8Array, position: number): Promise<number | undefined> {
    return this.#try(bytes, position, async (handle) => {
      return (await handle.write(bytes, 0, bytes.byteLength, position)).bytesWritten;
    });
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #try(
    bytes: Uint8Array,
    position: number,
    call: (handle: FileHandle) => Promise<number>,
  ): Promise<number | undefined> {
    const handle = this.#handle;
    if (handle === undefined || position % BLOCK_BYTES !== 0 || !isAligned(bytes, BLOCK_BYTES)) return undefined;
    try {
      return await call(handle);
    } catch (error) {
      if (!CANNOT.has(systemCode(error) ?? '')) throw error;
      await this.close();
      return undefined;
    }
  }
}
