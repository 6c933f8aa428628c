import { PROMISE_GRACE_PERIODS } from '../agreements/limits.ts';
import type { UploadIntake } from '../agreements/upload-intake.ts';
import { to0x, toHex } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ShardStore } from '../store/shard-store.ts';
import type { AgreementMirror } from './agreement-mirror.ts';
import type { ChainClock } from './chain-clock.ts';
import type { Ledger } from './ledger/ledger.ts';
import { COLLECT_EVERY_MS } from './limits.ts';

export interface CollectorComponents {
  store: Pick<ShardStore, 'list' | 'delete'>;
  ledger: Pick<Ledger, 'reservations' | 'holdings'>;
  uploads: Pick<UploadIntake, 'isActive' | 'whileNoneCommits' | 'dropStrays'>;
  chainClock: Pick<ChainClock, 'head' | 'silentMs'>;
  mirror: Pick<AgreementMirror, 'sync' | 'nextBlock'>;
  onDeleted: (root: Uint8Array) => void;
  clock: Clock;
  logger: Logger;
}

/**
 * Frees what nobody pays for: reservations that lapsed, promises that can no longer come true, shards that neither an agreement
 * nor a reservation needs. Deletes only on the word of a chain that is in view and read to its end.
 */
export class Collector {
  readonly #components: CollectorComponents;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(components: CollectorComponents) {
    this.#components = components;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#running = this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#components;
    while (!signal.aborted) {
      try {
        await this.sweep();
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'sweep not finished; the next one goes on');
      }
      await clock.sleep(COLLECT_EVERY_MS, { signal }).catch(() => undefined);
    }
  }

  /** One pass over reservations and shards. */
  async sweep(): Promise<void> {
    const { chainClock, mirror, store } = this.#components;
    // Bytes on their way are nobody's shard yet: the ledger alone says whose they are.
    await this.#components.uploads.dropStrays();
    // An agreement formed in a block that was not read yet must not lose its shard.
    await mirror.sync();
    const head = chainClock.head;
    if (mirror.nextBlock <= head.block) return;
    this.#dropLapsed(head.timestampS);
    this.#dropBroken(head.timestampS, head.period);
    for await (const { root } of store.list()) await this.#consider(root, head.period);
  }

  #dropLapsed(nowS: number): void {
    const { ledger, uploads, logger } = this.#components;
    for (const { id } of ledger.reservations.lapsed(nowS)) {
      if (uploads.isActive(id)) continue;
      ledger.reservations.remove(id);
      logger.info({ reservation: id }, 'reservation lapsed');
    }
  }

  /** A promise is void when its deadline and then whole periods have passed, and no agreement of it is on chain. */
  #dropBroken(nowS: number, period: number): void {
    const { ledger, logger } = this.#components;
    for (const { id, overduePeriod } of ledger.reservations.overdue(nowS, period)) {
      if (period <= overduePeriod + PROMISE_GRACE_PERIODS) continue;
      ledger.reservations.remove(id);
      logger.info({ reservation: id }, 'signed agreement was never formed');
    }
  }

  async #consider(root: Uint8Array, period: number): Promise<void> {
    const { ledger, store, uploads, onDeleted, logger } = this.#components;
    const name = to0x(root);
    await uploads.whileNoneCommits(async () => {
      // An end counts from the period in which it was seen; one whole period passes between that one and this.
      if (ledger.reservations.needs(name) || ledger.holdings.needs(name, period - 1)) return;
      await store.delete(root);
      onDeleted(root);
      logger.info({ shard: toHex(root) }, 'shard deleted: no agreement needs it');
    });
  }
}
