import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';

import { DirectHandle } from '../direct-handle.ts';
import { syncFolder } from '../sync-folder.ts';

/** An open file. Positions are absolute; `write` may write less than it was given, as the system call does. */
export interface OpenFile {
  read(into: Uint8Array, position: number): Promise<number>;
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Bytes and length are on the disk when it resolves. */
  datasync(): Promise<void>;
  sync(): Promise<void>;
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** `create`: a file that must not be there; `change`: read and written, made when it is missing. */
export type OpenMode = 'read' | 'create' | 'change';

export interface OpenOptions {
  /** Whole blocks of aligned memory go around the page cache, where the system can. */
  direct?: boolean | undefined;
}

/** The system calls of the store and no others, so that tests can make each of them fail. */
export interface FileLayer {
  open(path: string, mode: OpenMode, options?: OpenOptions): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** No error when it is not there. */
  remove(path: string): Promise<void>;
  /** With parents; no error when it is there. */
  makeFolder(path: string): Promise<void>;
  listFolder(path: string): Promise<string[]>;
  /** Makes renames and removals in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Undefined when there is no such file. */
  fileSize(path: string): Promise<number | undefined>;
  /** Bytes that an unprivileged process may still write. */
  freeBytes(path: string): Promise<number>;
}

/** Files of the daemon are nobody else's to read. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  change: constants.O_RDWR | constants.O_CREAT,
};

export const systemFiles: FileLayer = {
  async open(path, mode, { direct: isDirect = false } = {}) {
    const handle = await open(path, FLAGS[mode], FILE_MODE);
    const direct = isDirect ? await DirectHandle.open(path, mode === 'read' ? 'read' : 'change') : undefined;
    return {
      read: async (into, position) =>
        (await direct?.read(into, position)) ?? (await handle.read(into, 0, into.byteLength, position)).bytesRead,
      write: async (bytes, position) =>
        (await direct?.write(bytes, position)) ??
        (await handle.write(bytes, 0, bytes.byteLength, position)).bytesWritten,
      datasync: async () => handle.datasync(),
      sync: async () => handle.sync(),
      truncate: async (length) => handle.truncate(length),
      size: async () => (await handle.stat()).size,
      async close() {
        await Promise.all([handle.close(), direct?.close()]);
      },
    };
  },
  rename: async (from, to) => rename(from, to),
  remove: async (path) => rm(path, { force: true }),
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  },
  listFolder: async (path) => readdir(path),
  syncFolder,
  async fileSize(path) {
    const stats = await stat(path).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    return stats?.size;
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

/** Writes all of `bytes`, however many calls it takes. */
export async function writeFully(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.byteLength) {
    const written = await file.write(bytes.subarray(at), position + at);
    // write(2) gives 0 only for empty writes; without this a broken layer would loop for ever.
    if (written <= 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO' });
    at += written;
  }
}

/**
 * Reads exactly `length` bytes; fewer are there only if the file was cut, which is an error.
 * @param into memory for them, of that length; made when absent
 */
export async function readFully(
  file: OpenFile,
  length: number,
  position: number,
  into?: Uint8Array,
): Promise<Uint8Array> {
  const bytes = into ?? Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const got = await file.read(bytes.subarray(at), position + at);
    if (got <= 0) throw Object.assign(new Error('the file ends early'), { code: 'EIO' });
    at += got;
  }
  return bytes;
}

/** Opens, uses and closes a file, whatever happens. */
export async function withFile<T>(
  files: FileLayer,
  path: string,
  mode: OpenMode,
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await files.open(path, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
