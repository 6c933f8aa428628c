import { toHex } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Dht } from './dht.ts';
import { REANNOUNCE_MAX_GAP_MS, REANNOUNCE_MIN_GAP_MS, REANNOUNCE_RETRY_MS, REANNOUNCE_SWEEP_MS } from './limits.ts';
import { shardCid } from './shard-cid.ts';

export interface ReannouncerComponents {
  dht: Pick<Dht, 'provide' | 'unprovide'>;
  /** Roots of the shards held at the moment; asked once per sweep. */
  listRoots: () => Promise<readonly Uint8Array[]>;
  clock: Clock;
  logger: Logger;
}

/**
 * Keeps the records of all held shards alive: one endless sweep, its announcements spread evenly over `REANNOUNCE_SWEEP_MS`,
 * so that a provider of many shards makes a steady trickle in place of a burst. New shards go first.
 */
export class Reannouncer {
  readonly #components: ReannouncerComponents;
  readonly #urgent = new Map<string, Uint8Array>();
  readonly #failed = new Map<string, Uint8Array>();
  /** Roots given up since the sweep took its list, so that it does not announce them again. */
  readonly #withdrawn = new Set<string>();
  #wake: (() => void) | undefined;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(components: ReannouncerComponents) {
    this.#components = components;
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#stopping = new AbortController();
    this.#running = this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#running = undefined;
  }

  /** Announces a new shard as soon as the announcement in progress is done. Returns at once. */
  announce(root: Uint8Array): void {
    const key = toHex(root);
    this.#withdrawn.delete(key);
    this.#urgent.set(key, root);
    this.#wake?.();
  }

  /** Stops renewing a shard that is no longer held. */
  async withdraw(root: Uint8Array): Promise<void> {
    const key = toHex(root);
    this.#urgent.delete(key);
    this.#failed.delete(key);
    this.#withdrawn.add(key);
    await this.#components.dht.unprovide(shardCid(root));
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#withdrawn.clear();
      const roots = await this.#listRoots();
      const gapMs = sweepGapMs(roots.length);
      for (const root of roots) {
        if (signal.aborted) return;
        await this.#announce(root, signal);
        await this.#pause(gapMs, signal);
      }
      if (roots.length === 0) await this.#pause(gapMs, signal);
    }
  }

  /** Waits out the gap, serving urgent roots as they come. */
  async #pause(gapMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#components;
    const endMs = clock.monotonicMs() + gapMs;
    for (;;) {
      await this.#serveUrgent(signal);
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0 || signal.aborted) return;
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await clock.sleep(leftMs, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
      this.#wake = undefined;
    }
  }

  async #serveUrgent(signal: AbortSignal): Promise<void> {
    for (const [key, root] of this.#urgent) {
      if (signal.aborted) return;
      this.#urgent.delete(key);
      await this.#announce(root, signal);
    }
  }

  async #announce(root: Uint8Array, signal: AbortSignal): Promise<void> {
    const { dht, logger } = this.#components;
    const shard = toHex(root);
    if (this.#withdrawn.has(shard)) return;
    try {
      const { stored } = await dht.provide(shardCid(root), { signal });
      logger.debug({ shard, stored }, 'shard announced');
      if (stored === 0) this.#retryLater(root, signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ shard, reason: messageOf(error) }, 'shard not announced; trying again');
      this.#retryLater(root, signal);
    }
  }

  /** One timer for all that failed: offline, every shard of a large provider does. */
  #retryLater(root: Uint8Array, signal: AbortSignal): void {
    this.#failed.set(toHex(root), root);
    if (this.#failed.size > 1) return;
    void this.#components.clock.sleep(REANNOUNCE_RETRY_MS, { signal }).then(
      () => {
        const roots = [...this.#failed.values()];
        this.#failed.clear();
        for (const failed of roots) this.announce(failed);
      },
      () => this.#failed.clear(),
    );
  }

  async #listRoots(): Promise<readonly Uint8Array[]> {
    try {
      return await this.#components.listRoots();
    } catch (error) {
      this.#components.logger.warn({ reason: messageOf(error) }, 'list of shards not read; the sweep waits');
      return [];
    }
  }
}

/** Milliseconds between two announcements of a sweep over `count` roots. */
export function sweepGapMs(count: number): number {
  const even = REANNOUNCE_SWEEP_MS / Math.max(count, 1);
  return Math.min(REANNOUNCE_MAX_GAP_MS, Math.max(REANNOUNCE_MIN_GAP_MS, even));
}
