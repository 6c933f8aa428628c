import type { Clock } from '../../../node/core/clock.ts';

/** Time that passes only when everybody waits for it. */
export class ManualClock implements Clock {
  now = 0;
  readonly #waiting = new Set<{ at: number; wake: () => void }>();

  /** How many wait for a time to come. */
  get sleepers(): number {
    return this.#waiting.size;
  }

  nowMs(): number {
    return this.now;
  }

  monotonicMs(): number {
    return this.now;
  }

  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (options?.signal?.aborted === true) reject(options.signal.reason);
    const entry = { at: this.now + ms, wake: resolve };
    this.#waiting.add(entry);
    options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
    return promise.finally(() => this.#waiting.delete(entry));
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      // Whatever follows from what was there goes first.
      await new Promise((resolve) => setImmediate(resolve));
      const next = [...this.#waiting].toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.now = next.at;
      next.wake();
    }
    this.now = end;
  }
}
