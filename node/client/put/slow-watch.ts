import type { Clock } from '../../core/clock.ts';

/** How often the watch looks who is waited for. */
const LOOK_MS = 100;
/**
 * So long in all may a provider hold up the others before it is dropped for a spare: many times what a disk that syncs or a line that
 * wavers takes, and little beside the time that a slow provider would cost.
 */
const PATIENCE_MS = 5_000;

export interface SlowWatchInit {
  /** Shards whose readers hold up all others now. */
  heldUpBy: () => readonly number[];
  /** Shards that are still being sent, and those that are stored. */
  alive: () => ReadonlySet<number>;
  /** Shards that are needed. */
  wanted: number;
  drop: (shard: number) => void;
  clock: Pick<Clock, 'monotonicMs'>;
}

/** Drops shards that hold up the others for too long, as long as enough are left that do not. */
export class SlowWatch {
  readonly #init: SlowWatchInit;
  readonly #heldMs = new Map<number, number>();
  #lastMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(init: SlowWatchInit) {
    this.#init = init;
    this.#lastMs = init.clock.monotonicMs();
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Counts the time since the last look for those that are waited for now. */
  look(): void {
    const nowMs = this.#init.clock.monotonicMs();
    const passedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    const alive = this.#init.alive();
    const slow = this.#init.heldUpBy().filter((shard) => alive.has(shard));
    // Waiting for those without whom there are too few is no fault of theirs.
    if (slow.length === 0 || alive.size - slow.length < this.#init.wanted) return;
    for (const shard of slow) {
      const heldMs = (this.#heldMs.get(shard) ?? 0) + passedMs;
      this.#heldMs.set(shard, heldMs);
      if (heldMs >= PATIENCE_MS) this.#init.drop(shard);
    }
  }
}
