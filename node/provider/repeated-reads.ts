/** Ranges that are remembered, of a megabyte as a rule: what was read among the last 8 GiB. */
const MAX_RANGES = 8_192;
/** An owner reads what it stored once, and perhaps once more to compare; who reads it again is not alone. */
const FEW_READS = 2;

/**
 * Which parts of shards are read again and again, and so are worth the page cache. A provider stores far more than it has memory: what is read once would
 * only push out what is read often.
 */
export class RepeatedReads {
  readonly #times = new Map<string, number>();

  /** Counts a read of a range. @returns whether it was read more than a few times lately */
  note(root: string, from: number, count: number): boolean {
    const key = `${root}:${from}:${count}`;
    const times = (this.#times.get(key) ?? 0) + 1;
    // The last in the order is the one that was read last.
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size > MAX_RANGES) {
      const [oldest] = this.#times.keys();
      if (oldest !== undefined) this.#times.delete(oldest);
    }
    return times > FEW_READS;
  }
}
