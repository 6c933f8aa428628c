/** Rates are averaged over this much of the past: short enough to follow a change, long enough not to flicker. */
const WINDOW_MS = 5_000;
/** Samples closer than this replace each other, so that memory stays small whatever the caller's pace. */
const SAMPLE_GAP_MS = 100;

/** Bytes per second over the last seconds, and the time left at that rate. */
export class RateMeter {
  readonly #samples: { atMs: number; bytes: number }[] = [];

  /** @param atMs monotonic milliseconds */
  add(bytes: number, atMs: number): void {
    const previous = this.#samples.at(-2);
    if (previous !== undefined && atMs - previous.atMs < SAMPLE_GAP_MS) this.#samples.pop();
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) > WINDOW_MS) this.#samples.shift();
  }

  /** Undefined until two samples lie apart. */
  bytesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
    return ((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs);
  }

  /** Seconds until `totalBytes`; undefined while there is no rate. */
  secondsLeft(totalBytes: number): number | undefined {
    const rate = this.bytesPerSecond();
    const last = this.#samples.at(-1);
    if (rate === undefined || rate <= 0 || last === undefined) return undefined;
    return Math.max(0, totalBytes - last.bytes) / rate;
  }
}
