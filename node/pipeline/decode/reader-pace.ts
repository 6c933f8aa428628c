import type { Clock } from '../../core/clock.ts';

/** How much of what was measured before still counts at each new reading: about the last five decide. */
const MEMORY = 0.8;

/** How fast a reader has been of late, and what it still has to bring. */
export class ReaderPace {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #units = 0;
  #busyMs = 0;
  #waitedFor = 0;
  /** Since when something is waited for, or the last came. */
  #sinceMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  begin(units: number): void {
    if (this.#waitedFor === 0) this.#sinceMs = this.#clock.monotonicMs();
    this.#waitedFor += units;
  }

  /** Of readings at the same time, each counts from when the one before was there. */
  end(units: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#units = this.#units * MEMORY + units;
    this.#busyMs = this.#busyMs * MEMORY + nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#waitedFor -= units;
  }

  /** Until so many more units are there, after all that it was asked for before; 0 while nothing was measured. */
  expectedMs(units: number): number {
    const waitedMs = this.#waitedFor === 0 ? 0 : this.#clock.monotonicMs() - this.#sinceMs;
    const msPerUnit = this.#units === 0 ? 0 : this.#busyMs / this.#units;
    // Who has been waited for for longer than it ever took is as slow as that shows.
    return Math.max(msPerUnit * (this.#waitedFor + units), waitedMs);
  }
}
