import { LRUCache } from 'lru-cache';

import { MAX_ALLOWANCES } from './limits.ts';
import type { FreeReads, ReadBook } from './read-book.ts';

const DAY_S = 86_400;

export interface AllowanceComponents {
  readonly nowS: () => number;
  readonly book: Pick<ReadBook, 'freeReads' | 'noteFreeReads'>;
}

/** Bytes that each client reads for nothing in a day of the chain's clock. */
export class Allowance {
  readonly bytesPerDay: bigint;
  readonly #components: AllowanceComponents;
  readonly #used = new LRUCache<string, FreeReads>({ max: MAX_ALLOWANCES });

  constructor(components: AllowanceComponents, { bytesPerDay }: { bytesPerDay: bigint }) {
    this.#components = components;
    this.bytesPerDay = bytesPerDay;
  }

  left(client: string): bigint {
    const used = this.#usedBy(client.toLowerCase());
    if (used?.day !== this.#today()) return this.bytesPerDay;
    // The operator may have lowered it today.
    return used.bytes < this.bytesPerDay ? this.bytesPerDay - used.bytes : 0n;
  }

  /** @returns whether there was so much left; if not, nothing is used */
  use(client: string, bytes: bigint): boolean {
    const left = this.left(client);
    if (bytes > left) return false;
    if (bytes > 0n) {
      const used = { day: this.#today(), bytes: this.bytesPerDay - left + bytes };
      this.#used.set(client.toLowerCase(), used);
      this.#components.book.noteFreeReads(client.toLowerCase(), used);
    }
    return true;
  }

  #usedBy(reader: string): FreeReads | undefined {
    const known = this.#used.get(reader) ?? this.#components.book.freeReads(reader);
    if (known !== undefined) this.#used.set(reader, known);
    return known;
  }

  #today(): number {
    return Math.floor(this.#components.nowS() / DAY_S);
  }
}
