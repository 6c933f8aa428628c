import { lstat, mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { systemCode } from '../../core/errors.ts';
import { freeBytesOf, requireSpace, type FreeBytes } from './disk-space.ts';
import { missing } from './missing.ts';
import { bytesLeftOver, partialFolderOf, type PartialDownload } from './partial-download.ts';
import type { DirectoryMark } from './partial-marks.ts';
import { isFinished, receivePartly } from './receive-partly.ts';
import { TarBoundaries } from './tar-boundaries.ts';
import type { GetTarget, ReadFrom, ResumeInit } from './target.ts';
import { outputError, outputExists } from './target-errors.ts';
import { UnpackSegment } from './unpack-segment.ts';

/** Archive bytes between two marks. A mark waits until every file so far is on the disk. */
const MARK_EVERY_BYTES = 64 * 1_048_576;

export interface FolderTargetInit extends ResumeInit {
  path: string;
  /** Replaces an existing folder or file as a whole; nothing is merged. */
  force: boolean;
  freeBytes?: FreeBytes | undefined;
  /** For tests: archive bytes between two marks. */
  markEveryBytes?: number | undefined;
}

/** A folder out of a tar stream: unpacked beside its place, then moved there. A later run goes on after the last marked entry. */
export function folderTarget(init: FolderTargetInit): GetTarget {
  const { path, force } = init;
  let keptBytes = 0;
  return {
    label: path,
    keptBytes: () => keptBytes,
    async prepare(facts) {
      try {
        if (!force && !(await isFree(path)) && !(await isFinished(init, facts))) throw outputExists(path);
        await lstat(dirname(path));
        const neededBytes = facts.plainBytes - (await bytesLeftOver(path));
        await requireSpace(dirname(path), path, neededBytes, init.freeBytes ?? freeBytesOf);
      } catch (error) {
        throw outputError(path, facts.plainBytes, error);
      }
    },
    async receive(read, facts) {
      await receivePartly(init, facts, {
        fill: async (partial) =>
          fillFolder(partial, read, {
            plainBytes: facts.plainBytes,
            markEveryBytes: init.markEveryBytes ?? MARK_EVERY_BYTES,
            foreign: facts.foreign === true,
          }),
        place: async (partial) => moveInto(partial.content, path, force),
        onKept: (bytes) => (keptBytes = bytes),
      });
    },
  };
}

interface FillInit {
  markEveryBytes: number;
  foreign: boolean;
}

/** What was unpacked behind the last mark is unpacked again, over itself. */
async function fillFolder(
  partial: PartialDownload,
  read: ReadFrom,
  { plainBytes, ...init }: FillInit & { plainBytes: number },
): Promise<void> {
  const folder = partial.content;
  await mkdir(folder, { mode: 0o700, recursive: true });
  if (partial.doneBytes < plainBytes || plainBytes === 0) await unpack(partial, read, init);
  await setTimes(folder, partial.directories);
}

async function unpack(partial: PartialDownload, read: ReadFrom, { markEveryBytes, foreign }: FillInit): Promise<void> {
  const boundaries = new TarBoundaries(partial.doneBytes);
  let segment = new UnpackSegment(partial.content, { foreign });
  let position = partial.doneBytes;
  for await (const chunk of read(partial.doneBytes)) {
    boundaries.push(chunk);
    const cut = boundaries.last;
    // A header that began in the chunk before is part of the segment already: the next one will do.
    const due = cut - partial.doneBytes >= markEveryBytes && cut >= position;
    const rest = due ? chunk.subarray(cut - position) : chunk;
    if (due) {
      if (cut > position) await segment.write(chunk.subarray(0, cut - position));
      await mark(partial, segment, cut);
      segment = new UnpackSegment(partial.content, { foreign });
    }
    await segment.write(rest);
    position += chunk.byteLength;
  }
  await mark(partial, segment, position);
}

async function mark(partial: PartialDownload, segment: UnpackSegment, doneBytes: number): Promise<void> {
  const directories = await segment.end();
  await segment.sync();
  await partial.mark(doneBytes, directories);
}

/** A folder's time changes with what is put into it: set last, innermost first. */
async function setTimes(root: string, directories: readonly DirectoryMark[]): Promise<void> {
  for (const { path, mtimeMs } of directories.toSorted((a, b) => b.path.length - a.path.length)) {
    const folder = join(root, path);
    if ((await lstat(folder).catch(missing))?.isDirectory() !== true) continue;
    await utimes(folder, new Date(), new Date(mtimeMs));
  }
}

async function isFree(path: string): Promise<boolean> {
  const existing = await lstat(path).catch(missing);
  if (existing === undefined) return true;
  return existing.isDirectory() && (await readdir(path)).length === 0;
}

/** `rename` puts a folder over an empty one, and over nothing else. */
async function moveInto(content: string, path: string, force: boolean): Promise<void> {
  if (!force) {
    try {
      return await rename(content, path);
    } catch (error) {
      const code = systemCode(error);
      throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' ? outputExists(path) : error;
    }
  }
  // In the hidden folder, which is removed as a whole.
  const old = join(partialFolderOf(path), 'replaced');
  await rm(old, { recursive: true, force: true });
  const hadOld = await rename(path, old).then(() => true, missing);
  try {
    await rename(content, path);
  } catch (error) {
    if (hadOld === true) await rename(old, path);
    throw error;
  }
}
