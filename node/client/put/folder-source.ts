import { Stats } from 'node:fs';
import { open, opendir, lstat, readlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { create } from 'tar';

import { StowError } from '../../core/errors.ts';
import type { PutSource } from './source.ts';
import { sourceChanged, sourceUnreadable } from './source-errors.ts';

/** Header blocks and padding of the tar format (POSIX pax): everything comes in blocks of this size. */
const TAR_BLOCK_BYTES = 512;
/** Two blocks of zeros end an archive. */
const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;
/** Extended header of an entry besides its path and link: times, sizes beyond 8 GiB. */
const PAX_FIELDS_BYTES = 2 * TAR_BLOCK_BYTES;
/** Folders inside folders: beyond this, paths no longer open on most systems. */
const MAX_DEPTH = 256;

/**
 * A folder as one tar stream with names, modes, times and symbolic links; owners stay out, as they mean nothing elsewhere.
 * The size is an upper bound: how large an entry's extended header gets is known only when it is written.
 */
export async function folderSource(path: string, options: { signal?: AbortSignal | undefined }): Promise<PutSource> {
  const maxBytes = TAR_END_BYTES + (await boundOf(path, '', 0, options.signal));
  return {
    kind: 'tar',
    label: path,
    defaultName: basename(resolve(path)),
    maxBytes,
    exact: false,
    rereadable: true,
    open: ({ signal }) => readFolder(path, maxBytes, signal),
  };
}

async function* readFolder(
  path: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // `strict` turns an unreadable or vanished entry into an error: a folder that comes back incomplete is no copy.
  const pack = create(
    {
      cwd: path,
      portable: true,
      strict: true,
      filter: (_path, stat) => stat instanceof Stats && isStorable(stat),
      // `portable` leaves the times of folders out; they are part of what was stored.
      onWriteEntry: (entry) => {
        entry.noMtime = false;
      },
    },
    ['.'],
  );
  let doneBytes = 0;
  try {
    for await (const chunk of pack) {
      signal?.throwIfAborted();
      doneBytes += chunk.byteLength;
      if (doneBytes > maxBytes) throw sourceChanged(path, 'it grew');
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw sourceUnreadable(path, error);
  }
}

/** Most bytes that the entries below `path` take in an archive. Throws for what cannot be read. */
async function boundOf(root: string, inside: string, depth: number, signal: AbortSignal | undefined): Promise<number> {
  signal?.throwIfAborted();
  if (depth > MAX_DEPTH) throw tooDeep(join(root, inside));
  const path = join(root, inside);
  try {
    const stat = await lstat(path);
    if (!isStorable(stat)) return 0;
    const link = stat.isSymbolicLink() ? await readlink(path) : '';
    let bytes = entryBound(inside, link, stat.isFile() ? stat.size : 0);
    // Only opening tells: access(2) asks for the real user, and knows nothing of locks.
    if (stat.isFile()) await (await open(path)).close();
    if (!stat.isDirectory()) return bytes;
    for await (const entry of await opendir(path)) {
      bytes += await boundOf(root, join(inside, entry.name), depth + 1, signal);
    }
    return bytes;
  } catch (error) {
    signal?.throwIfAborted();
    throw sourceUnreadable(path, error);
  }
}

function entryBound(path: string, link: string, sizeBytes: number): number {
  const names = 2 * (Buffer.byteLength(path) + Buffer.byteLength(link));
  return 2 * TAR_BLOCK_BYTES + PAX_FIELDS_BYTES + blocks(names) + blocks(sizeBytes);
}

function blocks(bytes: number): number {
  return Math.ceil(bytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}

/** Sockets, pipes and devices are places, not data. */
function isStorable(stat: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): boolean {
  return stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();
}

function tooDeep(path: string): StowError {
  return new StowError({
    code: 'source-unsupported',
    message: `${path.slice(0, 200)}… lies more than ${MAX_DEPTH} folders deep`,
    hint: 'store a flatter folder, or pipe an archive of your own in: `tar c … | stowmarket put - --name NAME`',
  });
}
