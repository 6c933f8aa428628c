import { LRUCache } from 'lru-cache';

import { MAX_ALLOWANCES } from './limits.ts';

const DAY_S = 86_400;

/** Bytes that each client reads for nothing in a day of the chain's clock. */
export class Allowance {
  readonly bytesPerDay: bigint;
  readonly #nowS: () => number;
  readonly #used = new LRUCache<string, { day: number; bytes: bigint }>({ max: MAX_ALLOWANCES });

  constructor({ nowS }: { nowS: () => number }, { bytesPerDay }: { bytesPerDay: bigint }) {
    this.#nowS = nowS;
    this.bytesPerDay = bytesPerDay;
  }

  left(client: string): bigint {
    const used = this.#used.get(client.toLowerCase());
    if (used?.day !== this.#today()) return this.bytesPerDay;
    return this.bytesPerDay - used.bytes;
  }

  /** @returns whether there was so much left; if not, nothing is used */
  use(client: string, bytes: bigint): boolean {
    const left = this.left(client);
    if (bytes > left) return false;
    if (bytes > 0n)
      this.#used.set(client.toLowerCase(), { day: this.#today(), bytes: this.bytesPerDay - left + bytes });
    return true;
  }

  #today(): number {
    return Math.floor(this.#nowS() / DAY_S);
  }
}
