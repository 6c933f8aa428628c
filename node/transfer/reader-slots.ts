import { StowError } from '../core/errors.ts';

/** Counts the reads of each reader, so that one cannot take the place of all others. */
export class ReaderSlots {
  readonly #most: number;
  readonly #taken = new Map<string, number>();

  /** @param most reads of one reader at once */
  constructor(most: number) {
    this.#most = most;
  }

  /** @throws StowError `provider-busy` when the reader has as many in work as it may, and what `work` throws */
  async use(reader: string, work: () => Promise<void>): Promise<void> {
    const taken = this.#taken.get(reader) ?? 0;
    if (taken >= this.#most) throw busy(this.#most);
    this.#taken.set(reader, taken + 1);
    try {
      await work();
    } finally {
      const left = (this.#taken.get(reader) ?? 1) - 1;
      if (left === 0) this.#taken.delete(reader);
      else this.#taken.set(reader, left);
    }
  }
}

function busy(most: number): StowError {
  return new StowError({
    code: 'provider-busy',
    message: `the provider serves ${most} reads of one reader at once, and so many are in work`,
    hint: 'try again in a moment, or read from another holder',
    retryable: true,
  });
}
