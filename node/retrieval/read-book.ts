import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { KEEP_BOOK_MS } from './limits.ts';

/** What a reader read for nothing. */
export interface FreeReads {
  /** Of the chain's clock. */
  readonly day: number;
  readonly bytes: bigint;
}

/** What a channel's client has not paid for. Token wei. */
export interface Debt {
  /** Served in all. */
  readonly served: bigint;
  /** Promised, and of no weight for its credit. */
  readonly discounted: bigint;
}

/** What outlives the process of free reads and debts. */
export interface KeptBook {
  freeReads(reader: string): FreeReads | undefined;
  debt(channel: bigint): Debt | undefined;
  /** Undefined for debts that are paid. Durable when it returns. */
  keep(news: { freeReads: ReadonlyMap<string, FreeReads>; debts: ReadonlyMap<bigint, Debt | undefined> }): void;
}

/** A debt as it stands when it is written: paid ones are not. */
type Owed = () => Debt | undefined;

/**
 * Notes what is given for nothing and what is owed, so that a restart neither gives a new allowance nor forgives a debt. It is on the disk a moment later, and not
 * before a byte leaves: a crash forgets what that moment gave away, and nobody but this provider's operator can bring one about.
 */
export class ReadBook {
  readonly #components: { kept: KeptBook; clock: Pick<Clock, 'sleep'>; logger: Logger };
  #freeReads = new Map<string, FreeReads>();
  #debts = new Map<bigint, Owed>();
  #isWaiting = false;

  constructor(components: { kept: KeptBook; clock: Pick<Clock, 'sleep'>; logger: Logger }) {
    this.#components = components;
  }

  freeReads(reader: string): FreeReads | undefined {
    return this.#freeReads.get(reader) ?? this.#components.kept.freeReads(reader);
  }

  debt(channel: bigint): Debt | undefined {
    const noted = this.#debts.get(channel);
    return noted === undefined ? this.#components.kept.debt(channel) : noted();
  }

  noteFreeReads(reader: string, used: FreeReads): void {
    this.#freeReads.set(reader, used);
    void this.#keepSoon();
  }

  /** No read over the channel is under way any more. */
  noteDebt(channel: bigint, owed: Owed): void {
    // Most reads are paid, and were before.
    if (owed() === undefined && this.debt(channel) === undefined) return;
    this.#debts.set(channel, owed);
    void this.#keepSoon();
  }

  /** Writes what is noted. Never throws: what cannot be written stays noted. */
  flush(): void {
    const [freeReads, noted] = [this.#freeReads, this.#debts];
    if (freeReads.size === 0 && noted.size === 0) return;
    try {
      const debts = new Map([...noted].map(([channel, owed]) => [channel, owed()]));
      this.#components.kept.keep({ freeReads, debts });
      [this.#freeReads, this.#debts] = [new Map(), new Map()];
    } catch (error) {
      this.#components.logger.warn({ reason: messageOf(error) }, 'free reads and debts are not on the disk');
    }
  }

  async #keepSoon(): Promise<void> {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    await this.#components.clock.sleep(KEEP_BOOK_MS);
    this.#isWaiting = false;
    this.flush();
  }
}
