import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isStowError } from '../../core/errors.ts';
import { syncFolder } from '../../store/sync-folder.ts';
import { lockFolder, type FolderLock } from '../../store/folder-lock.ts';
import { missing } from './missing.ts';
import { encodeLine, parseMarks, type DirectoryMark, type MarkHeader, type ParsedMarks } from './partial-marks.ts';
import { outputBusy } from './target-errors.ts';

/** Longest name that most file systems take is 255 bytes; ours adds a dot and a suffix. */
const MAX_STEM_BYTES = 200;
const MARKS = 'marks';
const CONTENT = 'content';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** What `stat` counts a file's space in, whatever the disk. */
const BLOCK_BYTES = 512;
/** Whoever unpacked until it failed may still be making the last files while its folder is removed: 5.5 s for it. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const;

export interface PartialInit {
  /** Where the download is to end up. */
  path: string;
  /** What is downloaded: another object, or another range of it, is another download. */
  header: MarkHeader;
  /** Go on where an earlier run stopped; otherwise its leftover is replaced. */
  resume: boolean;
  /** Hears what became of an earlier run. */
  onNote: (text: string) => void;
}

/**
 * What is there of a download so far: a hidden folder beside the target that holds its content, and marks of how much of it is on the
 * disk for certain. One process at a time; a lock that the system takes back however a process ends says who.
 */
export class PartialDownload {
  /** The file, or the folder, that becomes the target in the end. */
  readonly content: string;
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #marks: FileHandle;
  /** Where the next line goes. */
  #marksEnd: number;
  #doneBytes: number;
  readonly directories: DirectoryMark[];

  private constructor(folder: string, lock: FolderLock, marks: FileHandle, found: Found) {
    this.#folder = folder;
    this.content = join(folder, CONTENT);
    this.#lock = lock;
    this.#marks = marks;
    this.#marksEnd = found.validBytes;
    this.#doneBytes = found.doneBytes;
    this.directories = [...found.directories];
  }

  /** Takes the place beside the target. @throws StowError `output-busy` when another process downloads there */
  static async open(init: PartialInit): Promise<PartialDownload> {
    const folder = partialFolderOf(init.path);
    await mkdir(folder, { mode: FOLDER_MODE, recursive: true });
    const lock = takeLock(folder, init.path);
    try {
      const found = await readMarks(folder);
      const going = usableMarks(found, init) ?? (await startAnew(folder, init.header));
      const marks = await open(join(folder, MARKS), 'r+');
      // A line that a crash tore is cut off, so that the next one starts on its own.
      await marks.truncate(going.validBytes);
      return new PartialDownload(folder, lock, marks, going);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Bytes of the download that are on the disk, whatever happens. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /**
   * Says that the first `doneBytes` are on the disk: the caller has synced them.
   * @param directories folders that came with them, whose times are set at the end
   */
  async mark(doneBytes: number, directories: readonly DirectoryMark[] = []): Promise<void> {
    const line = encodeLine({ done: doneBytes, ...(directories.length === 0 ? {} : { directories }) });
    await this.#marks.write(line, 0, line.byteLength, this.#marksEnd);
    await this.#marks.datasync();
    this.#marksEnd += line.byteLength;
    this.#doneBytes = doneBytes;
    this.directories.push(...directories);
  }

  /** Leaves everything for a later run. */
  async keep(): Promise<void> {
    await this.#marks.close().catch(() => undefined);
    this.#lock.release();
  }

  /** Removes everything. */
  async discard(): Promise<void> {
    await this.#marks.close().catch(() => undefined);
    try {
      // Content first: while the marks are there, what was finished is known to be.
      await rm(this.content, REMOVAL);
      await rm(this.#folder, REMOVAL);
    } finally {
      this.#lock.release();
    }
  }
}

/** The hidden folder of a target's partial download: the same for every run, in the same folder so that moving is one step on one disk. */
export function partialFolderOf(path: string): string {
  return hiddenBeside(path, 'stowmarket-part');
}

/** The hidden file of a target that is written at one go: a partial download of the same target is left alone. */
export function partialFileOf(path: string): string {
  return hiddenBeside(path, 'stowmarket-file');
}

/** Where the content of a target's partial download lies. */
export function partialContentOf(path: string): string {
  return join(partialFolderOf(path), CONTENT);
}

/** What of a partial download takes up space now, in bytes: a later run does not need that again. */
export async function bytesLeftOver(path: string): Promise<number> {
  const folder = partialFolderOf(path);
  const stats = await stat(join(folder, CONTENT)).catch(missing);
  if (stats?.isFile() === true) return stats.blocks * BLOCK_BYTES;
  return stats === undefined ? 0 : ((await readMarks(folder))?.doneBytes ?? 0);
}

/** True when an earlier run brought this very download and gave it its name, and a crash came before it had cleaned up. */
export async function wasPlaced(path: string, header: MarkHeader): Promise<boolean> {
  const folder = partialFolderOf(path);
  const [target, content] = await Promise.all([
    lstat(path).catch(missing),
    lstat(join(folder, CONTENT)).catch(missing),
  ]);
  const bytes = await readFile(join(folder, MARKS)).catch(missing);
  if (target === undefined || content !== undefined || bytes === undefined) return false;
  const { header: marked, doneBytes } = parseMarks(bytes);
  return (
    sameDownload(marked, header) && doneBytes === header.plainBytes && target.isFile() === (header.kind === 'file')
  );
}

/** Removes what a finished download left. */
export async function removePartial(path: string): Promise<void> {
  await rm(partialFolderOf(path), { recursive: true, force: true });
}

/** True when `path` already is the content of the download: a crash came between giving it its name and cleaning up. */
export async function isInPlace(path: string, content: string): Promise<boolean> {
  const [there, here] = await Promise.all([lstat(path).catch(missing), lstat(content).catch(missing)]);
  return there?.isFile() === true && here !== undefined && there.ino === here.ino && there.dev === here.dev;
}

function hiddenBeside(path: string, suffix: string): string {
  const name = basename(path);
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const stem = Buffer.byteLength(name) <= MAX_STEM_BYTES ? name : digest;
  return join(dirname(path), `.${stem}.${suffix}`);
}

function takeLock(folder: string, path: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (error) {
    throw isStowError(error, 'folder-locked') ? outputBusy(path, error) : error;
  }
}

type Found = Pick<ParsedMarks, 'doneBytes' | 'directories' | 'validBytes'>;

async function readMarks(folder: string): Promise<ParsedMarks | undefined> {
  const bytes = await readFile(join(folder, MARKS)).catch(missing);
  if (bytes === undefined) return undefined;
  const content = await stat(join(folder, CONTENT)).catch(missing);
  const parsed = parseMarks(bytes);
  const short = content === undefined ? parsed.doneBytes > 0 : content.isFile() && content.size < parsed.doneBytes;
  return { ...parsed, damaged: parsed.damaged || short };
}

/** The marks to go on from; undefined, and said why, when the download starts anew. */
function usableMarks(found: ParsedMarks | undefined, { header, resume, onNote }: PartialInit): Found | undefined {
  if (found === undefined) return undefined;
  const done = found.doneBytes;
  if (!resume) {
    if (done > 0)
      onNote(`an interrupted download of ${done} bytes lay beside it and is replaced; --resume would go on from there`);
    return undefined;
  }
  if (found.damaged) {
    onNote('the marks of the interrupted download are damaged: it starts anew');
    return undefined;
  }
  if (!sameDownload(found.header, header)) {
    onNote('the interrupted download is of another object, or another range: it starts anew');
    return undefined;
  }
  if (done > 0) onNote(`going on after ${done} of ${header.plainBytes} bytes`);
  return found;
}

function sameDownload(a: MarkHeader | undefined, b: MarkHeader): boolean {
  return a?.object === b.object && a.kind === b.kind && a.plainBytes === b.plainBytes;
}

/** The header appears in one step: marks are whole or not there. */
async function startAnew(folder: string, header: MarkHeader): Promise<Found> {
  const marks = join(folder, MARKS);
  await rm(marks, { force: true });
  await rm(join(folder, CONTENT), { recursive: true, force: true });
  const fresh = `${marks}.new`;
  const line = encodeLine(header);
  const handle = await open(fresh, 'w', FILE_MODE);
  try {
    await handle.write(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, marks);
  await syncFolder(folder);
  await syncFolder(dirname(folder));
  return { doneBytes: 0, directories: [], validBytes: line.byteLength };
}
