import { fromHex, to0x } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Dht } from '../network/dht.ts';
import { Reannouncer } from '../network/reannouncer.ts';
import type { ShardCache } from './cache/shard-cache.ts';
import type { Ledger } from './ledger/ledger.ts';

export interface AnnouncerComponents {
  readonly dht: Pick<Dht, 'provide' | 'unprovide'>;
  readonly ledger: { readonly holdings: Pick<Ledger['holdings'], 'activeRoots' | 'isActive'> };
  readonly cache: Pick<ShardCache, 'list' | 'has' | 'watch'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Says in the DHT which shards are here: under agreements, and in the cache. */
export class Announcer {
  readonly #components: AnnouncerComponents;
  readonly #reannouncer: Reannouncer;

  constructor(components: AnnouncerComponents) {
    this.#components = components;
    const { ledger, cache } = components;
    const listRoots = async (): Promise<Uint8Array[]> => {
      const cached = (cache?.list() ?? []).map(({ root }) => root);
      return [...new Set([...ledger.holdings.activeRoots(), ...cached])].map((root) => fromHex(root));
    };
    this.#reannouncer = new Reannouncer({ ...components, listRoots });
  }

  start(): void {
    this.#reannouncer.start();
    this.#components.cache?.watch({ added: (root) => this.added(root), evicted: (root) => this.gone(root) });
  }

  async stop(): Promise<void> {
    await this.#reannouncer.stop();
  }

  added(root: Uint8Array): void {
    this.#reannouncer.announce(root);
  }

  /** A copy is gone; where there is another, it goes on being announced. */
  gone(root: Uint8Array): void {
    const { ledger, cache } = this.#components;
    const name = to0x(root);
    if (cache?.has(name) === true || ledger.holdings.isActive(name)) return;
    void this.#reannouncer.withdraw(root).catch(() => undefined);
  }
}
