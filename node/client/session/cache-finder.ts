import type { PeerId } from '@libp2p/interface';

import { to0x } from '../../core/bytes.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { readRank } from '../../market/preference.ts';
import type { Dht } from '../../network/dht.ts';
import { shardCid } from '../../network/shard-cid.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import type { KnownProvider } from '../market-view.ts';
import type { BulkTransfer } from './bulk-transfer.ts';
import { mapLimited } from './map-limited.ts';

/** All of it: by then, holders that are down are known to be. */
const FIND_MS = 6_000;
/** The DHT's part of it: where peers are down, a lookup takes its whole time. */
const LOOKUP_MS = 4_000;
/** Shards that are looked for, those of the lowest rank: more than are read as a rule. */
const MAX_SHARDS = 16;
/** Peers of one shard that are asked what they take: whoever fills the DHT with names costs no more. */
const MAX_CACHES = 4;
const PARALLEL_LOOKUPS = 8;

export interface CacheFinderComponents {
  dht: Pick<Dht, 'findProviders'>;
  /** The provider that a peer is; undefined when it is not registered. */
  providerOf: (peer: PeerId) => Promise<KnownProvider | undefined>;
  transfer: Pick<BulkTransfer, 'offer'>;
  /** The most that is paid at a cache, by the client's rule and what binds the shard's holder: token wei for a MiB. */
  mostOf: (holder: Holder) => Promise<bigint>;
  logger: Logger;
}

interface CallOptions {
  signal: AbortSignal;
}

/** Looks in the DHT for others than the holders who have shards of an object, and sell reads of them for no more than the holders may. */
export class CacheFinder {
  readonly #components: CacheFinderComponents;
  readonly #known = new Map<string, Promise<KnownProvider | undefined>>();

  constructor(components: CacheFinderComponents) {
    this.#components = { ...components, logger: components.logger.child({ part: 'cache-finder' }) };
  }

  /** Never throws but for the caller's signal: without caches there are the holders. */
  async find(holders: readonly Holder[], options: CallOptions): Promise<readonly Holder[]> {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(FIND_MS)]);
    const wanted = holders.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0)).slice(0, MAX_SHARDS);
    const found = await mapLimited(wanted, PARALLEL_LOOKUPS, async (holder) => this.#ofShard(holder, signal));
    options.signal.throwIfAborted();
    return found.flat();
  }

  async #ofShard(holder: Holder, signal: AbortSignal): Promise<Holder[]> {
    const lookup = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_MS)]);
    // One more, as the holder is among them.
    const peers = await this.#components.dht
      .findProviders(shardCid(holder.root), { signal: lookup, limit: MAX_CACHES + 1 })
      .catch(() => []);
    const others = peers.filter(({ id }) => id.toString() !== holder.provider.peerId).slice(0, MAX_CACHES);
    const caches = await Promise.all(others.map(async ({ id }) => this.#judge(id, holder, signal)));
    return caches.filter((cache) => cache !== undefined);
  }

  async #judge(peer: PeerId, holder: Holder, signal: AbortSignal): Promise<Holder | undefined> {
    const { transfer, mostOf, logger } = this.#components;
    try {
      const provider = await this.#providerOf(peer);
      if (provider === undefined) return undefined;
      const cache = { ...holder, provider, isCache: true };
      const { pricePerMiB } = await transfer.offer(cache, { signal });
      if (pricePerMiB > (await mostOf(holder))) return undefined;
      return { ...cache, rank: readRank(pricePerMiB, provider.slowness) };
    } catch (error) {
      const shard = to0x(holder.root);
      logger.debug(
        { peer: peer.toString(), shard, reason: messageOf(error) },
        'a peer that says it has a shard sells none of it',
      );
      return undefined;
    }
  }

  async #providerOf(peer: PeerId): Promise<KnownProvider | undefined> {
    const name = peer.toString();
    const known = this.#known.get(name) ?? this.#components.providerOf(peer);
    this.#known.set(name, known);
    return known;
  }
}
