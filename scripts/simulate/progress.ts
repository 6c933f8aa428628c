const SECOND = 1_000;
const MINUTE_S = 60;
/** How often a line is printed where there is no terminal to write over it. */
const QUIET_EVERY_MS = 30_000;

/** Says on standard error how far a simulation is, how fast, and how long it will take. */
export class Progress {
  readonly #total: number;
  readonly #started = performance.now();
  #done = 0;
  #lastLine = performance.now();

  /** @param total markets that will be run */
  constructor(total: number) {
    this.#total = total;
  }

  readonly step = (): void => {
    this.#done++;
    const now = performance.now();
    const terminal = process.stderr.isTTY;
    if (!terminal && now - this.#lastLine < QUIET_EVERY_MS) return;
    this.#lastLine = now;
    const line = lineOf(this.#done, this.#total, (now - this.#started) / SECOND);
    process.stderr.write(terminal ? `\r${line.padEnd(70)}` : `${line}\n`);
    if (terminal && this.#done === this.#total) process.stderr.write('\n');
  };
}

/** @param seconds since the first began */
export function lineOf(done: number, total: number, seconds: number): string {
  const perMinute = (done / seconds) * MINUTE_S;
  const left = Math.round(((total - done) / done) * seconds);
  const time = left >= MINUTE_S ? `${Math.floor(left / MINUTE_S)} min ${left % MINUTE_S} s` : `${left} s`;
  return `${done} of ${total} markets, ${perMinute.toFixed(1)} a minute, ${time} left`;
}
