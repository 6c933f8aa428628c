import { setTimeout as delay } from 'node:timers/promises';

/** Time as a collaborator, so that tests decide it. Deadlines of agreements follow the chain's clock, never this one. */
export interface Clock {
  /** Milliseconds since the epoch. May jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start. Never goes back. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, options) {
    const signal = options?.signal;
    if (signal === undefined) return delay(ms);
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};
