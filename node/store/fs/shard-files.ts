import { dirname } from 'node:path';

import { assert } from '../../core/assert.ts';
import { equal, toHex } from '../../core/bytes.ts';
import { isStowError, systemCode } from '../../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import { unitRoot } from '../../pipeline/merkle/unit-tree.ts';
import { AlignedBlocks } from '../aligned-blocks.ts';
import { shardCorrupt, shardMissing } from '../store-errors.ts';
import { readFully, withFile, writeFully, type FileLayer, type OpenFile, type OpenOptions } from './file-layer.ts';
import type { FinishedShard } from './fs-shard-writer.ts';
import type { StorePaths } from './paths.ts';
import { encodeTree, TreeFile } from './tree-file.ts';

/** Units read at once when a whole shard is hashed again. */
const REHASH_UNITS = 16;
/** Around the page cache: looking at everything that is stored would push everything else out of it. */
const blocks = new AlignedBlocks({ blockBytes: REHASH_UNITS * UNIT_BYTES, maxKept: 1 });

/** The two files of each shard: its bytes, and the tree above its units. */
export class ShardFiles {
  readonly #files: FileLayer;
  readonly #paths: StorePaths;

  constructor(files: FileLayer, paths: StorePaths) {
    this.#files = files;
    this.#paths = paths;
  }

  /** Units of a stored shard; undefined when it is not there. */
  async units(root: Uint8Array): Promise<number | undefined> {
    const size = await this.#files.fileSize(this.#paths.shardOf(root));
    return size === undefined ? undefined : Math.floor(size / UNIT_BYTES);
  }

  /**
   * Gives a finished shard its name: tree first, so that a shard that is seen can be proven. Undone when a step fails,
   * unless it `replaces` a copy that somebody may rely on: both are the same bytes.
   */
  async publish(shard: FinishedShard, { replaces }: { replaces: boolean }): Promise<void> {
    const shardPath = this.#paths.shardOf(shard.root);
    try {
      await this.#writeTree(shard.root, shard.unitRoots);
      await this.#files.rename(shard.temporary, shardPath);
      await this.#files.syncFolder(dirname(shardPath));
    } catch (error) {
      if (!replaces) {
        await this.#files.remove(shardPath).catch(() => undefined);
        await this.#files.remove(this.#paths.treeOf(shard.root)).catch(() => undefined);
      }
      throw error;
    }
  }

  /** Removes both files, bytes first: a tree without a shard is rubbish, a shard without a tree would look stored. */
  async remove(root: Uint8Array): Promise<void> {
    await this.#files.remove(this.#paths.shardOf(root));
    await this.#files.remove(this.#paths.treeOf(root));
    await this.#files.syncFolder(this.#paths.folderOf(root));
  }

  /** The shard's bytes, and how many units they are. Whoever opens it closes it. */
  async open(root: Uint8Array, options?: OpenOptions): Promise<{ file: OpenFile; units: number }> {
    const file = await this.#open(root, options);
    try {
      return { file, units: Math.floor((await file.size()) / UNIT_BYTES) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Reads from the tree, which is made again from the shard when it is missing or damaged. */
  async withTree<T>(root: Uint8Array, units: number, use: (tree: TreeFile) => Promise<T>): Promise<T> {
    const open = async (): Promise<T> =>
      withFile(this.#files, this.#paths.treeOf(root), 'read', async (file) => use(await TreeFile.read(file, units)));
    try {
      return await open();
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' && !isStowError(error, 'tree-damaged')) throw error;
      await this.rebuildTree(root, units);
      return open();
    }
  }

  /** Throws `shard-corrupt` when the shard no longer has its root. */
  async rebuildTree(root: Uint8Array, units: number): Promise<void> {
    await this.#writeTree(root, await this.hashUnits(root, units));
    await this.#files.syncFolder(this.#paths.folderOf(root));
  }

  /** Packed unit roots of what is on disk now. */
  async hashUnits(root: Uint8Array, units: number): Promise<Uint8Array> {
    const roots = new Uint8Array(units * DIGEST_BYTES);
    await this.#withShard(root, async (file) => {
      const block = blocks.take();
      for (let unit = 0; unit < units; unit += REHASH_UNITS) {
        const count = Math.min(REHASH_UNITS, units - unit);
        const length = count * UNIT_BYTES;
        const bytes = await readFully(file, length, unit * UNIT_BYTES, block.subarray(0, length));
        for (let i = 0; i < count; i++) {
          roots.set(unitRoot(bytes.subarray(i * UNIT_BYTES, (i + 1) * UNIT_BYTES)), (unit + i) * DIGEST_BYTES);
        }
      }
      blocks.give(block);
    });
    return roots;
  }

  async #writeTree(root: Uint8Array, unitRoots: Uint8Array): Promise<void> {
    const tree = encodeTree(unitRoots);
    if (!equal(tree.root, root)) throw shardCorrupt(root, `its bytes have the root ${toHex(tree.root).slice(0, 16)}…`);
    const temporary = this.#paths.newTemporary();
    try {
      await withFile(this.#files, temporary, 'create', async (file) => {
        await writeFully(file, tree.bytes, 0);
        await file.sync();
      });
      await this.#files.rename(temporary, this.#paths.treeOf(root));
    } catch (error) {
      await this.#files.remove(temporary).catch(() => undefined);
      throw error;
    }
  }

  async #withShard<T>(root: Uint8Array, use: (file: OpenFile) => Promise<T>): Promise<T> {
    const file = await this.#open(root, { direct: true });
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  }

  async #open(root: Uint8Array, options?: OpenOptions): Promise<OpenFile> {
    const path = this.#paths.shardOf(root);
    assert(path.startsWith(this.#paths.folder), 'paths stay within the store');
    try {
      return await this.#files.open(path, 'read', options);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') throw shardMissing(root);
      throw error;
    }
  }
}
