import { equal } from '../../core/bytes.ts';
import type { Logger } from '../../core/logger.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import { unitRoot } from '../../pipeline/merkle/unit-tree.ts';
import type { Quota, Reservation } from '../quota.ts';
import { readFully, withFile, type FileLayer, type OpenFile } from './file-layer.ts';
import { uploadOf, type StorePaths } from './paths.ts';

/** The header comes last, so what is kept of an upload begins at unit 1. */
export const FIRST_UNIT = 1;
/** Units read at once when what is kept is hashed again. */
const REHASH_UNITS = 16;

/** The two files of an upload, open for the rest of it. */
export interface UploadFiles {
  part: OpenFile;
  roots: OpenFile;
  /** Packed roots of the units that are there. */
  keptRoots: Uint8Array;
}

interface Kept {
  units: number;
  /** Whether every one of them is known to be what was sent: it was kept by this process, or hashed again by it. */
  checked: boolean;
  room: Reservation;
}

/**
 * What is on disk of uploads that broke off. Beside its bytes, each has a file with the roots of its units as they came. After a crash only
 * units count whose bytes still have their root: whatever a power cut tore, lost or swapped, it is not taken for what was sent.
 */
export class KeptUploads {
  readonly #files: FileLayer;
  readonly #paths: StorePaths;
  readonly #quota: Quota;
  readonly #kept = new Map<string, Kept>();

  constructor(files: FileLayer, paths: StorePaths, quota: Quota) {
    this.#files = files;
    this.#paths = paths;
    this.#quota = quota;
  }

  /** Finds what earlier runs left, and removes what nothing can be made of. */
  async recover(logger: Logger): Promise<void> {
    const names = new Set((await this.#files.listFolder(this.#paths.uploads)).map(uploadOf));
    for (const name of names) {
      if (name === undefined) continue;
      const units = await this.#unitsOnDisk(name);
      if (units > 0) this.#kept.set(name, { units, checked: false, room: this.#quota.hold(units) });
      else await this.#remove(name);
    }
    if (this.#kept.size > 0) logger.info({ count: this.#kept.size }, 'found uploads that broke off');
  }

  names(): string[] {
    return [...this.#kept.keys()];
  }

  /** Units 1, 2, … that are there as they were sent. */
  async units(name: string): Promise<number> {
    const kept = this.#kept.get(name);
    if (kept === undefined) return 0;
    if (!kept.checked) {
      const units = await this.#goodUnits(name, kept.units);
      kept.room.release();
      this.#kept.set(name, { units, checked: true, room: this.#quota.hold(units) });
    }
    return this.#kept.get(name)?.units ?? 0;
  }

  /** Takes an upload over: its files, cut to whole units that are known to be right, and the room that they fill. */
  async take(name: string): Promise<UploadFiles> {
    const units = await this.units(name);
    const part = await this.#files.open(this.#paths.partOf(name), 'change', { direct: true });
    try {
      const roots = await this.#files.open(this.#paths.rootsOf(name), 'change');
      try {
        const keptRoots = await readFully(roots, units * DIGEST_BYTES, 0);
        // Whatever lies behind was torn, or belongs to a longer shard that is not sent any more.
        await part.truncate(units === 0 ? 0 : (FIRST_UNIT + units) * UNIT_BYTES);
        await roots.truncate(units * DIGEST_BYTES);
        this.#forget(name);
        return { part, roots, keptRoots };
      } catch (error) {
        await roots.close().catch(() => undefined);
        throw error;
      }
    } catch (error) {
      await part.close().catch(() => undefined);
      throw error;
    }
  }

  /** Notes that an upload broke off with so many units on disk. */
  put(name: string, units: number): void {
    this.#kept.set(name, { units, checked: true, room: this.#quota.hold(units) });
  }

  async drop(name: string): Promise<void> {
    await this.#remove(name);
    this.#forget(name);
  }

  #forget(name: string): void {
    this.#kept.get(name)?.room.release();
    this.#kept.delete(name);
  }

  async #remove(name: string): Promise<void> {
    await this.#files.remove(this.#paths.partOf(name));
    await this.#files.remove(this.#paths.rootsOf(name));
  }

  async #unitsOnDisk(name: string): Promise<number> {
    const bytes = (await this.#files.fileSize(this.#paths.partOf(name))) ?? 0;
    const roots = (await this.#files.fileSize(this.#paths.rootsOf(name))) ?? 0;
    return Math.min(Math.floor(bytes / UNIT_BYTES) - FIRST_UNIT, Math.floor(roots / DIGEST_BYTES));
  }

  async #goodUnits(name: string, units: number): Promise<number> {
    return withFile(this.#files, this.#paths.rootsOf(name), 'read', async (rootsFile) => {
      const roots = await readFully(rootsFile, units * DIGEST_BYTES, 0);
      return withFile(this.#files, this.#paths.partOf(name), 'read', async (part) => {
        for (let done = 0; done < units; done += REHASH_UNITS) {
          const count = Math.min(REHASH_UNITS, units - done);
          const bytes = await readFully(part, count * UNIT_BYTES, (FIRST_UNIT + done) * UNIT_BYTES);
          for (let i = 0; i < count; i++) {
            const root = roots.subarray((done + i) * DIGEST_BYTES, (done + i + 1) * DIGEST_BYTES);
            if (!equal(unitRoot(bytes.subarray(i * UNIT_BYTES, (i + 1) * UNIT_BYTES)), root)) return done + i;
          }
        }
        return units;
      });
    });
  }
}
