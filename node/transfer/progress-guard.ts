import { MIN_WINDOW_BYTES, PROGRESS_WINDOW_MS } from './limits.ts';

/** The slowest peer that is served. */
export interface ProgressLimits {
  windowMs: number;
  minBytes: number;
}

export const PROGRESS_LIMITS: ProgressLimits = { windowMs: PROGRESS_WINDOW_MS, minBytes: MIN_WINDOW_BYTES };

export interface ProgressGuardInit extends ProgressLimits {
  onStall: () => void;
}

/**
 * Calls `onStall` once when the peer moves less than `minBytes` within a window of `windowMs` of its own time. While paused,
 * because we keep the peer waiting, the clock stands still.
 */
export class ProgressGuard {
  readonly #onStall: () => void;
  readonly #windowMs: number;
  readonly #minBytes: number;
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #leftMs: number;
  #startedMs = 0;

  constructor(init: ProgressGuardInit) {
    this.#onStall = init.onStall;
    this.#windowMs = init.windowMs;
    this.#minBytes = init.minBytes;
    this.#leftMs = this.#windowMs;
    this.resume();
  }

  /** Counts bytes that the peer sent, or took. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  pause(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#startedMs;
  }

  resume(): void {
    if (this.#timer !== undefined) return;
    this.#startedMs = performance.now();
    this.#timer = setTimeout(() => this.#check(), Math.max(this.#leftMs, 0));
  }

  /** Ends the watch. Safe to call twice. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    this.#leftMs = this.#windowMs;
    if (this.#bytes < this.#minBytes) return this.#onStall();
    this.#bytes = 0;
    this.resume();
  }
}
