import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { systemCode } from '../../core/errors.ts';
import { DirectHandle } from '../../store/direct-handle.ts';
import { freeBytesOf, requireSpace, type FreeBytes } from './disk-space.ts';
import { MarkedFile } from './marked-file.ts';
import { missing } from './missing.ts';
import { bytesLeftOver, isInPlace, type PartialDownload } from './partial-download.ts';
import { isFinished, receivePartly } from './receive-partly.ts';
import type { GetTarget, ObjectFacts, ReadFrom, ResumeInit } from './target.ts';
import { outputError, outputExists } from './target-errors.ts';

export interface FileTargetInit extends ResumeInit {
  path: string;
  /** Replaces an existing file. */
  force: boolean;
  freeBytes?: FreeBytes | undefined;
  /** For tests: bytes between two marks. */
  markEveryBytes?: number | undefined;
}

/** Permission bits that an object may set: what its owner stored, never set-user-id and the like. */
const MODE_MASK = 0o777;

/** A file: written beside its place, then moved there in one step. */
export function fileTarget(init: FileTargetInit): GetTarget {
  const { path } = init;
  const folder = dirname(path);
  let keptBytes = 0;
  return {
    label: path,
    keptBytes: () => keptBytes,
    async prepare(facts) {
      try {
        const existing = await lstat(path).catch(missing);
        if (existing !== undefined && !init.force && !(await isFinished(init, facts))) throw outputExists(path);
        await lstat(folder);
        const neededBytes = facts.plainBytes - (await bytesLeftOver(path));
        await requireSpace(folder, path, neededBytes, init.freeBytes ?? freeBytesOf);
      } catch (error) {
        throw outputError(path, facts.plainBytes, error);
      }
    },
    async receive(read, facts) {
      await receivePartly(init, facts, {
        fill: async (partial) => fillFile(partial, read, { ...facts, markEveryBytes: init.markEveryBytes }),
        place: async (partial) => moveInto(partial.content, path, init.force),
        onKept: (bytes) => (keptBytes = bytes),
      });
    },
  };
}

async function fillFile(
  partial: PartialDownload,
  read: ReadFrom,
  facts: Pick<ObjectFacts, 'mode' | 'mtimeMs'> & { markEveryBytes: number | undefined },
): Promise<void> {
  await using handle = await open(partial.content, partial.doneBytes === 0 ? 'w' : 'r+', 0o600);
  // What was written behind the last mark may not be whole.
  await handle.truncate(partial.doneBytes);
  const direct = await DirectHandle.open(partial.content, 'change');
  try {
    const file = new MarkedFile({ handle, direct, partial, markEveryBytes: facts.markEveryBytes });
    try {
      for await (const chunk of read(partial.doneBytes)) await file.write(chunk);
    } finally {
      await file.settle();
    }
  } finally {
    await direct.close();
  }
  // The stored mode goes through this user's umask, as with any file that a program creates.
  await handle.chmod((facts.mode ?? 0o666) & MODE_MASK & ~process.umask());
  if (facts.mtimeMs !== undefined) await handle.utimes(new Date(), new Date(facts.mtimeMs));
  await handle.sync();
}

/** Gives a file its name. Without `force`, a file that appeared meanwhile wins: `link` refuses an existing name in one step, `rename` does not. */
export async function moveInto(content: string, path: string, force: boolean): Promise<void> {
  if (force) return rename(content, path);
  try {
    await link(content, path);
    await rm(content);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' && (await isInPlace(path, content))) return;
    if (code === 'EEXIST') throw outputExists(path);
    // Disks without hard links (FAT, some network mounts).
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    if ((await lstat(path).catch(missing)) !== undefined) throw outputExists(path);
    await rename(content, path);
  }
}
