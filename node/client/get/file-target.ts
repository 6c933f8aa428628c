import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { systemCode } from '../../core/errors.ts';
import { freeBytesOf, requireSpace, type FreeBytes } from './disk-space.ts';
import type { GetTarget, ObjectFacts } from './target.ts';
import { outputError, outputExists } from './target-errors.ts';

export interface FileTargetInit {
  path: string;
  /** Replaces an existing file. */
  force: boolean;
  freeBytes?: FreeBytes | undefined;
}

/** Permission bits that an object may set: what its owner stored, never set-user-id and the like. */
const MODE_MASK = 0o777;

/** A file: written beside its place under a temporary name, then moved there in one step. */
export function fileTarget(init: FileTargetInit): GetTarget {
  const { path } = init;
  const folder = dirname(path);
  return {
    label: path,
    async prepare(facts) {
      try {
        const existing = await lstat(path).catch(missing);
        if (existing !== undefined && !init.force) throw outputExists(path);
        await lstat(folder);
        await requireSpace(folder, path, facts.plainBytes, init.freeBytes ?? freeBytesOf);
      } catch (error) {
        throw outputError(path, facts.plainBytes, error);
      }
    },
    async receive(bytes, facts) {
      const temporary = temporaryBeside(path);
      try {
        await writeFile(temporary, bytes, facts);
        await moveInto(temporary, path, init.force);
      } catch (error) {
        await rm(temporary, { force: true });
        throw outputError(path, facts.plainBytes, error);
      }
    },
  };
}

/** A hidden name in the same folder, so that moving it is one step on one disk. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.part`);
}

/** What lies at a path, or undefined when nothing does. */
export function missing(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined;
  throw error;
}

async function writeFile(path: string, bytes: AsyncIterable<Uint8Array>, facts: ObjectFacts): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'wx', 0o600);
    for await (const chunk of bytes) await writeAll(handle, chunk);
    // The stored mode goes through this user's umask, as with any file that a program creates.
    await handle.chmod((facts.mode ?? 0o666) & MODE_MASK & ~process.umask());
    if (facts.mtimeMs !== undefined) await handle.utimes(new Date(), new Date(facts.mtimeMs));
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/** `write` may take only a part; a disk that is nearly full does exactly that before it fails. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength;) {
    const { bytesWritten } = await handle.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** Without `force`, a file that appeared meanwhile wins: `link` refuses an existing name in one step, `rename` does not. */
async function moveInto(temporary: string, path: string, force: boolean): Promise<void> {
  if (force) return rename(temporary, path);
  try {
    await link(temporary, path);
    await rm(temporary);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw outputExists(path);
    // Disks without hard links (FAT, some network mounts).
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    if ((await lstat(path).catch(missing)) !== undefined) throw outputExists(path);
    await rename(temporary, path);
  }
}
