import { assert } from '../core/assert.ts';
import { MAX_CREDIT_BYTES, MIN_CREDIT_BYTES } from './limits.ts';
import type { Debt } from './read-book.ts';

/** Costs are counted in token wei times this, so that no read is too small to count: prices are for a MiB. */
const SCALE = 1_048_576n;

/** What a client owes over one channel, and how much it may: by what it paid so far. Pure: both sides, and tests, reckon with it. */
export class Credit {
  /** Scaled. */
  #due: bigint;
  #paid: bigint;
  /** Of what was paid, how much does not count as good history. */
  #discounted = 0n;

  /**
   * @param paid token wei that were promised before
   * @param debt what was served beyond that
   */
  constructor(paid: bigint, debt: Debt = { served: 0n, discounted: 0n }) {
    this.#paid = paid;
    this.#due = (debt.served > paid ? debt.served : paid) * SCALE;
    this.#discounted = debt.discounted < paid ? debt.discounted : paid;
  }

  /** What is not paid, a part of a wei left out; undefined when all is, and nothing counts against the client. */
  get debt(): Debt | undefined {
    const served = this.#due / SCALE;
    return served > this.#paid || this.#discounted > 0n ? { served, discounted: this.#discounted } : undefined;
  }

  /** Token wei that were promised so far. */
  get paid(): bigint {
    return this.#paid;
  }

  /** Token wei that were served so far, rounded up. */
  get due(): bigint {
    return (this.#due + SCALE - 1n) / SCALE;
  }

  /** Token wei, rounded up. */
  get owed(): bigint {
    return this.due - this.#paid;
  }

  /** Token wei that were served and not promised, rounded down: what a voucher may promise without anything in advance. */
  get payable(): bigint {
    return this.#due / SCALE - this.#paid;
  }

  /** Token wei that may be owed at a price: as much as was paid before, within bounds. So it doubles with each that is used up and paid. */
  limit(pricePerMiB: bigint): bigint {
    return this.#limit(pricePerMiB) / SCALE;
  }

  /** Bytes that may be owed at a price; 0 where they cost nothing. */
  limitBytes(pricePerMiB: bigint): bigint {
    return pricePerMiB === 0n ? 0n : this.#limit(pricePerMiB) / pricePerMiB;
  }

  /** Whether `bytes` more may be served for `pricePerMiB`. */
  covers(bytes: bigint, pricePerMiB: bigint): boolean {
    return this.#due + bytes * pricePerMiB - this.#paid * SCALE <= this.#limit(pricePerMiB);
  }

  /** Whether a deposit is enough for `bytes` more, at a price for a MiB. */
  fits(bytes: bigint, pricePerMiB: bigint, deposit: bigint): boolean {
    return this.#due + bytes * pricePerMiB <= deposit * SCALE;
  }

  /** The same of reads at once, of which each is paid for `bytes` at a price of its own. */
  fitsAll(reads: Iterable<{ readonly bytes: bigint; readonly pricePerMiB: bigint }>, deposit: bigint): boolean {
    let cost = 0n;
    for (const { bytes, pricePerMiB } of reads) cost += bytes * pricePerMiB;
    return this.#due + cost <= deposit * SCALE;
  }

  serve(bytes: bigint, pricePerMiB: bigint): void {
    assert(bytes >= 0n && pricePerMiB >= 0n, 'nothing is taken back');
    this.#due += bytes * pricePerMiB;
  }

  /**
   * A voucher for `amount` in all came. One for more than was served is for reads that this process does not know of, before a crash: nobody pays in advance.
   * @returns whether it promises anything new
   */
  pay(amount: bigint): boolean {
    if (amount <= this.#paid) return false;
    this.#paid = amount;
    if (this.#due < amount * SCALE) this.#due = amount * SCALE;
    return true;
  }

  /** The client stopped paying: it begins anew with the least credit. */
  distrust(): void {
    this.#discounted = this.#paid;
  }

  #limit(pricePerMiB: bigint): bigint {
    const least = BigInt(MIN_CREDIT_BYTES) * pricePerMiB;
    const most = BigInt(MAX_CREDIT_BYTES) * pricePerMiB;
    const earned = least + (this.#paid - this.#discounted) * SCALE;
    return earned < most ? earned : most;
  }
}
