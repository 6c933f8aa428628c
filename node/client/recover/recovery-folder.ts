import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

import { ExitCode, StowError } from '../../core/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { freeBytesOf, requireSpace, type FreeBytes } from '../get/disk-space.ts';
import { fileTarget } from '../get/file-target.ts';
import { folderTarget } from '../get/folder-target.ts';
import { missing } from '../get/missing.ts';
import { bytesLeftOver, partialFolderOf } from '../get/partial-download.ts';
import type { GetTarget } from '../get/target.ts';
import { outputError, outputExists } from '../get/target-errors.ts';
import { toHex } from '../../core/bytes.ts';
import type { Recovered } from './outcome.ts';
import { placesOf } from './recovery-places.ts';

export interface RecoveryFolderInit {
  path: string;
  recovered: readonly Recovered[];
  catalogue: Pick<Catalogue, 'written' | 'setWritten'>;
  /** Hears what became of parts that an earlier run left. */
  onNote: (text: string) => void;
  freeBytes?: FreeBytes | undefined;
}

/** A folder that objects are written into, each under its name, and none twice. */
export class RecoveryFolder {
  readonly #init: RecoveryFolderInit;
  readonly #root: string;
  readonly #places: ReadonlyMap<string, string>;

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

  private constructor(init: RecoveryFolderInit, root: string) {
    this.#init = init;
    this.#root = root;
    const entries = init.recovered.map(({ entry }) => entry);
    this.#places = new Map([...placesOf(entries)].map(([{ objectKey }, place]) => [toHex(objectKey), place]));
  }

  /** Refuses early what would not fit. @throws StowError `output-disk-full` */
  async requireSpace(): Promise<void> {
    let neededBytes = 0;
    for (const one of this.#init.recovered) {
      if ((await this.existing(one)) !== undefined) continue;
      neededBytes += Math.max(0, one.entry.plainBytes - (await bytesLeftOver(this.#pathOf(one))));
    }
    await requireSpace(this.#root, this.#root, neededBytes, this.#init.freeBytes ?? freeBytesOf);
  }

  /** Where an earlier run put the object, if it is there yet. */
  async existing(recovered: Recovered): Promise<string | undefined> {
    const { catalogue } = this.#init;
    const path = this.#pathOf(recovered);
    const { objectKey, plainBytes, kind } = recovered.entry;
    const state = catalogue.written(path, objectKey);
    if (state === undefined) return undefined;
    const there = await lstat(path).catch(unlessBroken);
    if (there === undefined) return undefined;
    if (state === 'done') return path;
    // Nothing was there when it was begun, and it is moved there in one step: killed just after that, it is whole.
    const cleanedUp = (await lstat(partialFolderOf(path)).catch(unlessBroken)) === undefined;
    const isWhole = kind === 'tar' ? there.isDirectory() : there.isFile() && there.size === plainBytes;
    if (!cleanedUp || !isWhole) return undefined;
    return this.finish(recovered);
  }

  /**
   * The target of an object that is not there.
   * @throws StowError `output-exists` for what this wallet's recovery did not write, `output-outside`, `output-failed`
   */
  async begin(recovered: Recovered): Promise<GetTarget> {
    const { catalogue, onNote } = this.#init;
    const path = this.#pathOf(recovered);
    const { objectKey, kind } = recovered.entry;
    try {
      const parent = await existingParent(path);
      if (parent !== this.#root && !parent.startsWith(this.#root + sep)) throw outside(path, parent);
      await mkdir(dirname(path), { recursive: true });
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
  finish(recovered: Recovered): string {
    const path = this.#pathOf(recovered);
    this.#init.catalogue.setWritten(path, recovered.entry.objectKey, 'done');
    return path;
  }

  #pathOf({ entry }: Recovered): string {
    return join(this.#root, this.#places.get(toHex(entry.objectKey)) ?? toHex(entry.objectKey));
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOTDIR') return undefined;
  return missing(error);
}

function outside(path: string, parent: string): StowError {
  return new StowError({
    code: 'output-outside',
    message: `${path} would be written to ${parent}, outside the folder that is recovered into`,
    hint: 'remove the link that leads there, or recover into an empty folder',
    exitCode: ExitCode.usage,
  });
}
