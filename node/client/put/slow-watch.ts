import { assert } from '../../core/assert.ts';
import type { Clock } from '../../core/clock.ts';

/** How often the watch looks who is waited for. */
const LOOK_MS = 100;
/**
 * So long in all may a provider hold up the others before it is dropped for a spare: many times what a disk that syncs or a line that
 * wavers takes, and little beside the time that a slow provider would cost.
 */
export const PATIENCE_MS = 5_000;
/**
 * Of each shard, what spares are sent, too. Twice what windows of HTTP/2 and buffers of kernels swallow before a slow reader shows; what an
 * object has beyond it would only cost traffic and work.
 */
export const HEAT_BYTES = 32 * 1_048_576;
/** Between two looks at the pace after that: longer than a disk that syncs or a line that wavers takes. */
export const PACE_MS = 10_000;
/** A spare that waits has to be sent with another reading of the source, which a pace below this share (1/n) of that before is worth. */
const CRAWL_DIVISOR = 4;

export interface SlowWatchInit {
  /** Shards whose readers hold up all others now. */
  heldUpBy: () => readonly number[];
  /** Bytes of each shard that were made so far. */
  madeBytes: () => number;
  /** Shards that are still being sent, and those that are stored. */
  alive: () => ReadonlySet<number>;
  /** Shards that are needed. */
  wanted: number;
  /** Ends a shard that others make up for. */
  drop: (shard: number) => void;
  /** Stops a shard that may be gone on with should another fail. Absent where the source cannot be read again. */
  park?: ((shard: number) => void) | undefined;
  /** Ends a shard in whose place one that is parked is sent later. */
  replace: (shard: number) => void;
  clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * The heat of an upload: more shards than are needed begin. Those that hold up the others for too long are dropped as long as enough are left, and
 * once each has shown how fast it is, the slowest wait until they are needed. From then on one is replaced only if the whole upload crawls
 * because of it.
 */
export class SlowWatch {
  readonly #init: SlowWatchInit;
  readonly #heldMs = new Map<number, number>();
  readonly #startMs: number;
  #lastMs: number;
  #timer: NodeJS.Timeout | undefined;
  #parked = 0;
  #pace: { bytesPerMs: number; sinceMs: number; fromBytes: number } | undefined;

  constructor(init: SlowWatchInit) {
    this.#init = init;
    this.#startMs = init.clock.monotonicMs();
    this.#lastMs = this.#startMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Counts the time since the last look for those that are waited for now, and acts on it. */
  look(): void {
    const { wanted, clock } = this.#init;
    const nowMs = clock.monotonicMs();
    const passedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    const alive = this.#init.alive();
    const slow = this.#init.heldUpBy().filter((shard) => alive.has(shard));
    // Waiting for those without whom there are too few is no fault of theirs.
    if (slow.length > 0 && alive.size + this.#parked - slow.length >= wanted)
      for (const shard of slow) this.#heldMs.set(shard, this.#heldFor(shard) + passedMs);
    if (this.#pace !== undefined) this.#lookAtPace(nowMs, slow);
    else if (!this.#endHeat(nowMs, alive))
      for (const shard of slow) if (this.#heldFor(shard) >= PATIENCE_MS) this.#init.drop(shard);
  }

  #heldFor(shard: number): number {
    return this.#heldMs.get(shard) ?? 0;
  }

  /** @returns whether the heat is over, and the slowest were parked */
  #endHeat(nowMs: number, alive: ReadonlySet<number>): boolean {
    const { madeBytes, wanted, park } = this.#init;
    const made = madeBytes();
    const left = alive.size - wanted;
    if (park === undefined || made < HEAT_BYTES || left <= 0) return false;
    const slowest = [...alive].toSorted((a, b) => this.#heldFor(b) - this.#heldFor(a) || b - a).slice(0, left);
    for (const shard of slowest) park(shard);
    this.#parked = slowest.length;
    this.#heldMs.clear();
    this.#pace = { bytesPerMs: made / Math.max(1, nowMs - this.#startMs), sinceMs: nowMs, fromBytes: made };
    return true;
  }

  #lookAtPace(nowMs: number, slow: readonly number[]): void {
    assert(this.#pace !== undefined, 'the heat is over');
    const { bytesPerMs, sinceMs, fromBytes } = this.#pace;
    const passedMs = nowMs - sinceMs;
    if (passedMs < PACE_MS) return;
    const made = this.#init.madeBytes();
    const isCrawling = (made - fromBytes) / passedMs < bytesPerMs / CRAWL_DIVISOR;
    for (const shard of slow) {
      if (!isCrawling || this.#parked === 0 || this.#heldFor(shard) < passedMs / 2) continue;
      this.#parked--;
      this.#init.replace(shard);
    }
    this.#heldMs.clear();
    this.#pace = { bytesPerMs, sinceMs: nowMs, fromBytes: made };
  }
}
