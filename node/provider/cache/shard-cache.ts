import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ServedObject } from '../../agreements/read-rules.ts';
import { fromHex, to0x } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Hex } from '../../market/messages.ts';
import { FsShardStore } from '../../store/fs/fs-shard-store.ts';
import type { ShardStore } from '../../store/shard-store.ts';
import type { ShardSource } from '../../transfer/read-handler.ts';
import { ShardDisk } from '../shard-disk.ts';
import { type CachedShard, CacheIndex } from './cache-index.ts';

const INDEX_FILE = 'cache.sqlite';

export interface ShardCacheInit {
  /** Of the cache alone; made when it is not there. */
  folder: string;
  capacityUnits: number;
  logger: Logger;
}

/** Who announces what is cached. */
export interface CacheWatcher {
  added(root: Uint8Array): void;
  evicted(root: Uint8Array): void;
}

/**
 * Shards of others, whole, kept to sell reads of them without an agreement. Owed to nobody: the least recently read makes room for what is
 * added, and a lost folder costs nothing else.
 */
export class ShardCache implements ShardSource {
  readonly #store: ShardStore;
  readonly #index: CacheIndex;
  readonly #disk: ShardDisk;
  readonly #logger: Logger;
  /** The least recently read first. */
  readonly #shards: Map<Hex, CachedShard>;
  #watcher: CacheWatcher | undefined;
  /** One shard comes in at a time, so that two do not make the same room. */
  #adding: Promise<unknown> = Promise.resolve();

  private constructor(store: ShardStore, index: CacheIndex, logger: Logger) {
    this.#store = store;
    this.#index = index;
    this.#disk = new ShardDisk(store);
    this.#logger = logger;
    this.#shards = new Map(index.all().map((shard) => [shard.root, shard]));
  }

  /** Opens or makes the cache; what lies in it beyond its capacity, or without saying whose it is, goes. @throws StowError `cache-unusable`, `store-…` */
  static async open({ folder, capacityUnits, logger }: ShardCacheInit): Promise<ShardCache> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = await FsShardStore.open({ folder, capacityUnits, logger });
    const cache = new ShardCache(store, new CacheIndex(join(folder, INDEX_FILE)), logger);
    try {
      await cache.#tidy();
      await cache.#makeRoom(0);
      return cache;
    } catch (error) {
      cache.close();
      throw error;
    }
  }

  /** Tells of each change from now on. */
  watch(watcher: CacheWatcher): void {
    this.#watcher = watcher;
  }

  /** The most recently read first. */
  list(): readonly CachedShard[] {
    return [...this.#shards.values()].toReversed();
  }

  get capacityUnits(): number {
    return this.#store.usage().capacityUnits;
  }

  has(root: Hex): boolean {
    return this.#shards.has(root);
  }

  /** The object that a cached shard belongs to, for those who decide who may read it. */
  objectsOf(root: Hex): readonly ServedObject[] {
    const shard = this.#shards.get(root);
    return shard === undefined ? [] : [shard];
  }

  /**
   * Keeps a shard, and gives up those least recently read as far as there is no room for it.
   * @param body its units in order, all of them; their root is checked
   * @throws StowError `cache-too-small`, `root-mismatch`, `shard-incomplete`, `store-…`, and what the body throws
   */
  async add(shard: CachedShard, body: AsyncIterable<Uint8Array>): Promise<void> {
    const adding = this.#adding.then(async () => this.#add(shard, body));
    this.#adding = adding.catch(() => undefined);
    await adding;
  }

  /** @returns whether it was there */
  async remove(root: Hex): Promise<boolean> {
    if (!this.#shards.delete(root)) return false;
    // Not known before it is gone: what is cut off in between is tidied up.
    this.#index.delete(root);
    this.#watcher?.evicted(fromHex(root));
    await this.#store.delete(fromHex(root));
    return true;
  }

  async units(root: Uint8Array): Promise<number | undefined> {
    return this.#shards.get(to0x(root))?.units;
  }

  readUnits(root: Uint8Array, from: number, count: number): AsyncIterable<Uint8Array> {
    this.#touch(to0x(root));
    return this.#disk.readUnits(root, from, count);
  }

  async unitRoots(root: Uint8Array): Promise<Uint8Array> {
    return this.#disk.unitRoots(root);
  }

  close(): void {
    this.#index.close();
  }

  async #add(shard: CachedShard, body: AsyncIterable<Uint8Array>): Promise<void> {
    if (shard.units > this.capacityUnits) throw tooSmall(shard, this.capacityUnits);
    await this.#makeRoom(shard.units);
    const writer = await this.#store.create(shard.units);
    try {
      for await (const bytes of body) await writer.write(bytes);
      await writer.commit(fromHex(shard.root));
    } finally {
      await writer.abort();
    }
    this.#index.put(shard);
    this.#shards.delete(shard.root);
    this.#shards.set(shard.root, shard);
    this.#watcher?.added(fromHex(shard.root));
    this.#logger.info({ shard: shard.root, units: shard.units }, 'shard cached');
  }

  async #makeRoom(units: number): Promise<void> {
    for (const { root } of this.#shards.values()) {
      const { capacityUnits, usedUnits, reservedUnits } = this.#store.usage();
      if (capacityUnits - usedUnits - reservedUnits >= units) return;
      await this.remove(root);
      this.#logger.info({ shard: root }, 'shard evicted from the cache: it was read least recently');
    }
  }

  /** After a crash: a shard without its line, and a line without its shard. */
  async #tidy(): Promise<void> {
    const stored = new Set<Hex>();
    for await (const { root } of this.#store.list()) {
      if (this.#shards.has(to0x(root))) stored.add(to0x(root));
      else await this.#store.delete(root);
    }
    for (const root of this.#shards.keys()) {
      if (stored.has(root)) continue;
      this.#shards.delete(root);
      this.#index.delete(root);
    }
  }

  #touch(root: Hex): void {
    const shard = this.#shards.get(root);
    if (shard === undefined) return;
    this.#shards.delete(root);
    this.#shards.set(root, shard);
    this.#index.touch(root);
  }
}

function tooSmall({ units }: CachedShard, capacityUnits: number): StowError {
  return new StowError({
    code: 'cache-too-small',
    message: `a shard of ${units} units does not fit in a cache of ${capacityUnits}`,
    hint: 'raise cache.size, or cache smaller objects',
    exitCode: ExitCode.usage,
  });
}
