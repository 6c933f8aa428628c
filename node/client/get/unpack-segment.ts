import { once } from 'node:events';
import { dirname, join, relative, resolve } from 'node:path';
import { open } from 'node:fs/promises';
import { ReadEntry, Unpack } from 'tar';

import { ExitCode, messageOf, StowError, systemCode } from '../../core/errors.ts';
import { syncFolder } from '../../store/sync-folder.ts';
import { ArchiveLinks } from './archive-links.ts';
import { missing } from './missing.ts';
import type { DirectoryMark } from './partial-marks.ts';

/** Permission bits that a stranger's archive may set: never set-user-id, set-group-id and sticky. */
const FOREIGN_MODE_MASK = 0o777;

/**
 * Unpacks a run of whole entries of an archive into a folder. Entries that would land outside, through `..`, absolute paths or links,
 * are dropped by the library; `strict` makes each an error. Symbolic links come last. Owners are not restored.
 */
export class UnpackSegment {
  readonly #folder: string;
  readonly #unpacker: Unpack;
  readonly #failed = new AbortController();
  readonly #closed: Promise<unknown>;
  readonly #files: string[] = [];
  readonly #directories: DirectoryMark[] = [];
  readonly #links: ArchiveLinks;
  #linkFolders: ReadonlySet<string> = new Set();

  /** @param init.foreign whether a stranger made the archive: then no entry is set-user-id and the like, and no link leads outside */
  constructor(folder: string, { foreign }: { foreign: boolean }) {
    this.#folder = folder;
    this.#links = new ArchiveLinks(folder, { foreign });
    this.#unpacker = new Unpack({
      cwd: folder,
      strict: true,
      preserveOwner: false,
      preservePaths: false,
      filter: (_path, entry) => {
        if (!(entry instanceof ReadEntry)) return false;
        if (foreign && entry.mode !== undefined) entry.mode &= FOREIGN_MODE_MASK;
        return !this.#links.take(entry);
      },
      onReadEntry: (entry) => this.#note(entry),
    });
    this.#unpacker.on('error', (error: unknown) => this.#failed.abort(error));
    this.#closed = once(this.#unpacker, 'close', { signal: this.#failed.signal });
    this.#closed.catch(() => undefined);
  }

  /** Takes the next bytes. The library may keep them. @throws StowError `folder-malformed` */
  async write(chunk: Uint8Array): Promise<void> {
    await this.#telling(async () => {
      this.#failed.signal.throwIfAborted();
      if (!this.#unpacker.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
        await once(this.#unpacker, 'drain', { signal: this.#failed.signal });
      }
    });
  }

  /** Resolves when every entry is unpacked. @returns the folders among them */
  async end(): Promise<readonly DirectoryMark[]> {
    await this.#telling(async () => {
      this.#unpacker.end();
      await this.#closed;
      this.#linkFolders = await this.#links.make();
    });
    return this.#directories;
  }

  /** Makes what was unpacked survive a power cut. After `end`. */
  async sync(): Promise<void> {
    for (const path of this.#files) {
      const file = await open(path, 'r').catch(missing);
      await file?.sync();
      await file?.close();
    }
    const folders = new Set([...this.#files.map((path) => dirname(path)), ...this.#linkFolders, this.#folder]);
    for (const { path } of this.#directories) folders.add(join(this.#folder, path));
    for (const folder of folders) await syncFolder(folder);
  }

  #note(entry: ReadEntry): void {
    const path = resolve(this.#folder, entry.path);
    const inside = relative(this.#folder, path);
    if (inside.startsWith('..')) return;
    if (entry.type === 'File') this.#files.push(path);
    if (entry.type === 'Directory' && entry.mtime !== undefined)
      this.#directories.push({ path: inside, mtimeMs: entry.mtime.getTime() });
  }

  async #telling(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (caught) {
      const error: unknown = this.#failed.signal.aborted ? this.#failed.signal.reason : caught;
      if (!(systemCode(error) ?? '').startsWith('TAR_')) throw error;
      throw new StowError({
        code: 'folder-malformed',
        message: `the stored folder cannot be unpacked safely: ${messageOf(error)}`,
        hint: 'write the archive itself to a file and look inside: `stowmarket get OBJECT -o - > folder.tar`',
        exitCode: ExitCode.integrity,
        cause: error,
      });
    }
  }
}
