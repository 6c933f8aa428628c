import { lstat, mkdir, open, realpath, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

import { ExitCode, StowError, systemCode } from '../../core/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { freeBytesOf, requireSpace, type FreeBytes } from '../get/disk-space.ts';
import { fileTarget, moveInto } from '../get/file-target.ts';
import { folderTarget } from '../get/folder-target.ts';
import { missing } from '../get/missing.ts';
import { bytesLeftOver, partialFileOf, partialFolderOf } from '../get/partial-download.ts';
import type { GetTarget, TargetKind } from '../get/target.ts';
import { outputError, outputExists } from '../get/target-errors.ts';
import { toHex } from '../../core/bytes.ts';
import type { FileRecord } from '../../pipeline/pack/segment-index.ts';
import { placesOf, type Placeable } from './recovery-places.ts';

/** Something that gets a place of its own in the folder. */
export interface Item extends Placeable {
  kind: TargetKind;
  plainBytes: number;
  /** The object that it is, or whose segment has it. */
  objectKey: Uint8Array;
  /** Where it is a file of the pack. */
  packed: FileRecord | undefined;
}

export interface RecoveryFolderInit {
  path: string;
  items: readonly Item[];
  catalogue: Pick<Catalogue, 'written' | 'setWritten'>;
  /** Hears what became of parts that an earlier run left. */
  onNote: (text: string) => void;
  freeBytes?: FreeBytes | undefined;
}

/** A folder that objects are written into, each under its name, and none twice. */
export class RecoveryFolder {
  readonly path: string;
  readonly #init: RecoveryFolderInit;
  readonly #places: ReadonlyMap<Item, string>;
  /** By the key of their object. */
  readonly #items: ReadonlyMap<string, readonly Item[]>;
  /** Folders that are there and lead nowhere else. */
  readonly #safe = new Set<string>();

  /** Makes the folder. @throws StowError `output-failed` */
  static async open(init: RecoveryFolderInit): Promise<RecoveryFolder> {
    const path = resolve(init.path);
    try {
      await mkdir(path, { recursive: true });
      return new RecoveryFolder(init, await realpath(path));
    } catch (error) {
      throw outputError(path, 0, error);
    }
  }

  private constructor(init: RecoveryFolderInit, path: string) {
    this.#init = init;
    this.path = path;
    this.#places = placesOf(init.items);
    this.#items = Map.groupBy(init.items, ({ objectKey }) => toHex(objectKey));
  }

  /** What of an object has a place here. */
  itemsOf(objectKey: Uint8Array): readonly Item[] {
    return this.#items.get(toHex(objectKey)) ?? [];
  }

  /** Refuses early what would not fit. @throws StowError `output-disk-full` */
  async requireSpace(): Promise<void> {
    let neededBytes = 0;
    for (const item of this.#init.items) {
      if ((await this.existing(item)) !== undefined) continue;
      const leftOver = item.packed === undefined ? await bytesLeftOver(this.#pathOf(item)) : 0;
      neededBytes += Math.max(0, item.plainBytes - leftOver);
    }
    await requireSpace(this.path, this.path, neededBytes, this.#init.freeBytes ?? freeBytesOf);
  }

  /** Where an earlier run put the item, if it is there yet. */
  async existing(item: Item): Promise<string | undefined> {
    const path = this.#pathOf(item);
    const there = await lstat(path).catch(unlessBroken);
    if (there === undefined) return undefined;
    const { packed } = item;
    if (packed !== undefined) {
      // Times are set as fractions of seconds, which no number of milliseconds is exactly.
      const isSame = there.isFile() && there.size === packed.sizeBytes && Math.abs(there.mtimeMs - packed.mtimeMs) < 1;
      return isSame ? path : undefined;
    }
    const state = this.#init.catalogue.written(path, item.objectKey);
    if (state === undefined) return undefined;
    if (state === 'done') return path;
    // Nothing was there when it was begun, and it is moved there in one step: killed just after that, it is whole.
    const cleanedUp = (await lstat(partialFolderOf(path)).catch(unlessBroken)) === undefined;
    const isWhole = item.kind === 'tar' ? there.isDirectory() : there.isFile() && there.size === item.plainBytes;
    return cleanedUp && isWhole ? this.finish(item) : undefined;
  }

  /**
   * The target of an object that is not there.
   * @throws StowError `output-exists` for what this wallet's recovery did not write, `output-outside`, `output-failed`
   */
  async begin(item: Item): Promise<GetTarget> {
    const { catalogue, onNote } = this.#init;
    const path = this.#pathOf(item);
    const { objectKey, kind } = item;
    try {
      await this.#makeParent(path);
      if (catalogue.written(path, objectKey) === undefined) {
        if ((await lstat(path).catch(missing)) !== undefined) throw outputExists(path);
        catalogue.setWritten(path, objectKey, 'begun');
      }
    } catch (error) {
      throw outputError(path, 0, error);
    }
    const target = kind === 'tar' ? folderTarget : fileTarget;
    return target({ path, force: false, object: toHex(objectKey), resume: true, onNote });
  }

  /** The object is where it belongs. @returns its path */
  finish(item: Item): string {
    const path = this.#pathOf(item);
    this.#init.catalogue.setWritten(path, item.objectKey, 'done');
    return path;
  }

  /**
   * Writes a file of the pack: beside its place, then there in one step. Its size and time tell a later run that it is there.
   * @throws StowError `output-exists`, `output-outside`, `output-disk-full`, `output-failed`
   */
  async writeFile(
    item: Item,
    { mode, mtimeMs }: Pick<FileRecord, 'mode' | 'mtimeMs'>,
    bytes: Uint8Array,
  ): Promise<void> {
    const path = this.#pathOf(item);
    const partial = partialFileOf(path);
    try {
      await this.#makeParent(path);
      // A killed run may have left one.
      await rm(partial, { force: true });
      await using file = await open(partial, 'wx', 0o600);
      await file.writeFile(bytes);
      await file.chmod(mode & 0o777 & ~process.umask());
      await file.utimes(new Date(), new Date(mtimeMs));
      await file.sync();
      await moveInto(partial, path, false);
    } catch (error) {
      await rm(partial, { force: true });
      throw outputError(path, bytes.byteLength, error);
    }
  }

  async #makeParent(path: string): Promise<void> {
    const folder = dirname(path);
    if (this.#safe.has(folder)) return;
    const parent = await existingParent(path);
    if (parent !== this.path && !parent.startsWith(this.path + sep)) throw outside(path, parent);
    await mkdir(folder, { recursive: true });
    this.#safe.add(folder);
  }

  #pathOf(item: Item): string {
    return join(this.path, this.#places.get(item) ?? item.shortKey);
  }
}

/** Where the innermost folder above a path that is there really lies: a link on the way, such as out of a folder that was recovered before, may lead elsewhere. */
async function existingParent(path: string): Promise<string> {
  const parent = dirname(path);
  const there = await realpath(parent).catch(missing);
  return there ?? existingParent(parent);
}

/** A file where a folder is needed is said when the object is written. */
function unlessBroken(error: unknown): undefined {
  return systemCode(error) === 'ENOTDIR' ? undefined : missing(error);
}

function outside(path: string, parent: string): StowError {
  return new StowError({
    code: 'output-outside',
    message: `${path} would be written to ${parent}, outside the folder that is recovered into`,
    hint: 'remove the link that leads there, or recover into an empty folder',
    exitCode: ExitCode.usage,
  });
}
