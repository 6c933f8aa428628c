import { lstat, lutimes, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, relative, sep } from 'node:path';
import type { ReadEntry } from 'tar';

import { missing } from './missing.ts';

/** A tar entry that would land outside of the folder, or behind a link. Codes begin with `TAR_`, like the library's own. */
class LinkRefused extends Error {
  readonly code = 'TAR_LINK_REFUSED';
}

interface Link {
  target: string;
  mtime: Date | undefined;
}

/**
 * The symbolic links of an archive, kept back until everything else is unpacked, so that nothing is ever written through one. They keep their targets as they
 * were stored, outside and absolute ones too, which the library would refuse: a folder of somebody's own holds such links, and gets them back. In a stranger's
 * archive they are refused: whoever writes to the folder later would write there.
 */
export class ArchiveLinks {
  readonly #folder: string;
  readonly #foreign: boolean;
  readonly #links = new Map<string, Link>();

  /**
   * @param folder what the archive is unpacked into
   * @param init.foreign whether a stranger made it
   */
  constructor(folder: string, { foreign }: { foreign: boolean }) {
    this.#folder = resolve(folder);
    this.#foreign = foreign;
  }

  /** @returns true when the entry is a link, which nobody else need unpack */
  take({ type, path, linkpath, mtime }: Pick<ReadEntry, 'type' | 'path' | 'linkpath' | 'mtime'>): boolean {
    const place = resolve(this.#folder, path);
    if (type !== 'SymbolicLink' || linkpath === undefined) {
      // The last of two entries with one path counts.
      this.#links.delete(place);
      return false;
    }
    this.#links.set(place, { target: linkpath, mtime });
    return true;
  }

  /** Makes the links. @returns the folders that they lie in */
  async make(): Promise<Set<string>> {
    const parents = new Set<string>();
    for (const [place, { target, mtime }] of this.#links) {
      const parent = dirname(place);
      await this.#ownFolder(parent, place);
      if (this.#foreign && !staysInside(relative(this.#folder, parent), target)) throw refused(place);
      if ((await lstat(place).catch(missing))?.isDirectory() === true) throw refused(place);
      await rm(place, { force: true });
      await symlink(target, place);
      if (mtime !== undefined) await lutimes(place, new Date(), mtime);
      parents.add(parent);
    }
    return parents;
  }

  /** Makes sure that `parent` is a folder inside of ours that no link leads to. */
  async #ownFolder(parent: string, place: string): Promise<void> {
    const inside = relative(this.#folder, parent);
    if (inside === '..' || inside.startsWith(`..${sep}`)) throw refused(place);
    let at = this.#folder;
    for (const name of inside.split(sep).filter((part) => part !== '')) {
      at = join(at, name);
      const found = await lstat(at).catch(missing);
      if (found === undefined) await mkdir(at);
      else if (!found.isDirectory()) throw refused(place);
    }
  }
}

/**
 * Whether a link in the folder `inside` leads to something within ours, whatever other links of that kind it goes through: it climbs first, no further than to
 * the top, and goes down from there.
 */
function staysInside(inside: string, target: string): boolean {
  if (isAbsolute(target)) return false;
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const down = steps.findIndex((step) => step !== '..');
  const climbed = down === -1 ? steps.length : down;
  const depth = inside.split(sep).filter((step) => step !== '').length;
  return climbed <= depth && !steps.slice(climbed).includes('..');
}

function refused(place: string): LinkRefused {
  return new LinkRefused(
    `the link ${place} would lie or lead outside of the folder, or lie behind another link, or in a folder's place`,
  );
}
