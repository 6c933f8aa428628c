import { once } from 'node:events';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Unpack } from 'tar';

import { messageOf, StowError, systemCode, ExitCode } from '../../core/errors.ts';
import { freeBytesOf, requireSpace, type FreeBytes } from './disk-space.ts';
import { missing, temporaryBeside } from './file-target.ts';
import type { GetTarget } from './target.ts';
import { outputError, outputExists } from './target-errors.ts';

export interface FolderTargetInit {
  path: string;
  /** Replaces an existing folder or file as a whole; nothing is merged. */
  force: boolean;
  freeBytes?: FreeBytes | undefined;
}

/** A folder out of a tar stream: unpacked beside its place under a temporary name, then moved there. */
export function folderTarget(init: FolderTargetInit): GetTarget {
  const { path, force } = init;
  return {
    label: path,
    async prepare(facts) {
      try {
        if (!force && !(await isFree(path))) throw outputExists(path);
        await lstat(dirname(path));
        await requireSpace(dirname(path), path, facts.plainBytes, init.freeBytes ?? freeBytesOf);
      } catch (error) {
        throw outputError(path, facts.plainBytes, error);
      }
    },
    async receive(bytes, facts) {
      const temporary = temporaryBeside(path);
      try {
        await mkdir(temporary, { mode: 0o700 });
        await unpack(temporary, bytes);
        await moveInto(temporary, path, force);
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        throw outputError(path, facts.plainBytes, error);
      }
    },
  };
}

/**
 * Entries that would land outside, through `..`, absolute paths or links, are dropped by the library; `strict` makes each an
 * error. Owners are not restored.
 */
async function unpack(folder: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const unpacker = new Unpack({ cwd: folder, strict: true, preserveOwner: false, preservePaths: false });
  const failed = new AbortController();
  unpacker.on('error', (error: unknown) => failed.abort(error));
  const closed = once(unpacker, 'close', { signal: failed.signal });
  closed.catch(() => undefined);
  try {
    for await (const chunk of bytes) {
      failed.signal.throwIfAborted();
      if (!unpacker.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
        await once(unpacker, 'drain', { signal: failed.signal });
      }
    }
    unpacker.end();
    await closed;
  } catch (caught) {
    const error: unknown = failed.signal.aborted ? failed.signal.reason : caught;
    if (!isTarError(error)) throw error;
    throw new StowError({
      code: 'folder-malformed',
      message: `the stored folder cannot be unpacked safely: ${messageOf(error)}`,
      hint: 'write the archive itself to a file and look inside: `stowmarket get OBJECT -o - > folder.tar`',
      exitCode: ExitCode.integrity,
      cause: error,
    });
  }
}

function isTarError(error: unknown): boolean {
  return (systemCode(error) ?? '').startsWith('TAR_');
}

async function isFree(path: string): Promise<boolean> {
  const existing = await lstat(path).catch(missing);
  if (existing === undefined) return true;
  return existing.isDirectory() && (await readdir(path)).length === 0;
}

/** `rename` puts a folder over an empty one, and over nothing else. */
async function moveInto(temporary: string, path: string, force: boolean): Promise<void> {
  if (!force) {
    try {
      return await rename(temporary, path);
    } catch (error) {
      const code = systemCode(error);
      throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' ? outputExists(path) : error;
    }
  }
  const old = temporaryBeside(path);
  const hadOld = await rename(path, old).then(() => true, missing);
  try {
    await rename(temporary, path);
  } catch (error) {
    if (hadOld === true) await rename(old, path);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
