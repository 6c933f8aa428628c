import type { IncomingMessage } from 'node:http';

import { ExitCode, StowError } from '../../core/errors.ts';
import type { Hex } from '../../market/messages.ts';
import { CACHE_IDLE_MS } from '../limits.ts';
import { type CacheContents, cachedShardSchema } from './cache-messages.ts';
import type { ShardCache } from './shard-cache.ts';

const PATH = /^\/cache(?:\/(0x[0-9a-f]{64})(\?.*)?)?$/;

export interface CacheDeskComponents {
  /** Undefined when this provider caches nothing. */
  readonly cache: ShardCache | undefined;
  /** Whether it holds the shard under an agreement: then it is read there, at that agreement's price. */
  readonly isHeld: (root: Hex) => boolean;
}

export interface CacheDeskInit {
  readonly provider: number;
  /** Token wei. */
  readonly pricePerMiB: bigint;
}

/** The admin endpoint's part that is about the cache: `GET /cache`, `PUT` and `DELETE /cache/ROOT`. */
export class CacheDesk {
  readonly #components: CacheDeskComponents;
  readonly #init: CacheDeskInit;

  constructor(components: CacheDeskComponents, init: CacheDeskInit) {
    this.#components = components;
    this.#init = init;
  }

  /** @returns the answer; undefined for a request that is not about the cache. @throws StowError `cache-off`, `cache-held`, and those of adding */
  async answer(request: IncomingMessage): Promise<unknown> {
    const [isOurs, root, query = ''] = PATH.exec(request.url ?? '') ?? [];
    if (isOurs === undefined) return undefined;
    const { cache } = this.#components;
    if (cache === undefined) throw cacheOff();
    const { method } = request;
    if (method === 'GET' && root === undefined) return this.#contents(cache);
    if (method === 'PUT' && root !== undefined) return this.#add(cache, root, query, request);
    if (method === 'DELETE' && root !== undefined) return { removed: await cache.remove(`0x${root.slice(2)}`) };
    return undefined;
  }

  #contents(cache: ShardCache): CacheContents {
    const { provider, pricePerMiB } = this.#init;
    const { capacityUnits } = cache;
    return { provider, capacityUnits, pricePerMiB: String(pricePerMiB), shards: [...cache.list()] };
  }

  async #add(cache: ShardCache, root: string, query: string, request: IncomingMessage): Promise<CacheContents> {
    const shard = cachedShardSchema.parse({ root, ...Object.fromEntries(new URLSearchParams(query)) });
    if (this.#components.isHeld(shard.root)) throw held(shard.root);
    request.setTimeout(CACHE_IDLE_MS, () => request.destroy(new Error('the shard stopped coming')));
    await cache.add(shard, request);
    return this.#contents(cache);
  }
}

function cacheOff(): StowError {
  return new StowError({
    code: 'cache-off',
    message: 'this provider caches nothing',
    hint: 'set cache.size and start it again',
    exitCode: ExitCode.usage,
  });
}

function held(root: Hex): StowError {
  return new StowError({
    code: 'cache-held',
    message: `shard ${root} is held here under an agreement, whose price for reads counts`,
    hint: 'there is nothing to cache',
    exitCode: ExitCode.usage,
  });
}
