import { lstat, lutimes, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve, relative, sep } from 'node:path';
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
 * were stored, outside and absolute ones too, which the library would refuse: a folder of somebody's own holds such links, and gets them back.
 */
export class ArchiveLinks {
  readonly #folder: string;
  readonly #links = new Map<string, Link>();

  /** @param folder what the archive is unpacked into */
  constructor(folder: string) {
    this.#folder = resolve(folder);
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

function refused(place: string): LinkRefused {
  return new LinkRefused(
    `the link ${place} would lie outside of the folder, behind another link, or in a folder's place`,
  );
}
