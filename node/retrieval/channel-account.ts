import type { Clock } from '../core/clock.ts';
import type { Credit } from './credit.ts';
import { PAY_TIMEOUT_MS } from './limits.ts';
import { debt, depositSpent } from './refusals.ts';

/** What is asked for at once. */
export interface Wanted {
  readonly pricePerMiB: bigint;
  /** How many of `bytes` cost something: all but what a contract has free. */
  readonly paidOf: (bytes: number) => bigint;
}

/** One channel as its provider keeps it: what is owed, and the reads that wait for a payment. */
export class ChannelAccount {
  readonly channel: bigint;
  readonly credit: Credit;
  /** Token wei, as last seen on the chain. */
  deposit: bigint;
  readonly #clock: Pick<Clock, 'sleep'>;
  #paid = new AbortController();

  constructor({ clock }: { clock: Pick<Clock, 'sleep'> }, init: { channel: bigint; credit: Credit; deposit: bigint }) {
    this.#clock = clock;
    this.channel = init.channel;
    this.credit = init.credit;
    this.deposit = init.deposit;
  }

  /** A voucher is on disk. */
  pay(amount: bigint): void {
    if (!this.credit.pay(amount)) return;
    this.#paid.abort();
    this.#paid = new AbortController();
  }

  /** Resolves once there is credit for `bytes`; takes none of it. @throws StowError `retrieval-debt` when nobody pays in time, `retrieval-deposit-spent` */
  async ready(bytes: number, wanted: Wanted): Promise<void> {
    await this.#until(() => this.#affords(bytes, wanted), new AbortController().signal);
  }

  /**
   * Counts bytes as served: as many blocks of `bytes` as there is credit for, one of `block` at least; waits for a payment where there is none.
   * @returns how many bytes
   * @throws StowError `retrieval-debt`, `retrieval-deposit-spent`; the reason of `signal`
   */
  async take(bytes: number, block: number, wanted: Wanted, signal: AbortSignal): Promise<number> {
    let granted = 0;
    await this.#until(() => {
      for (granted = bytes; granted > block && !this.#affords(granted, wanted);)
        granted = (Math.ceil(granted / block) - 1) * block;
      if (!this.#affords(granted, wanted)) return false;
      this.credit.serve(wanted.paidOf(granted), wanted.pricePerMiB);
      return true;
    }, signal);
    return granted;
  }

  #affords(bytes: number, { pricePerMiB, paidOf }: Wanted): boolean {
    const paidBytes = paidOf(bytes);
    if (paidBytes === 0n) return true;
    if (!this.credit.fits(paidBytes, pricePerMiB, this.deposit)) throw depositSpent(this.channel, this.deposit);
    return this.credit.covers(paidBytes, pricePerMiB);
  }

  /** Asks again after each payment. */
  async #until(isDone: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isDone()) {
      const paid = this.#paid.signal;
      const woken = AbortSignal.any([paid, signal]);
      await this.#clock.sleep(PAY_TIMEOUT_MS, { signal: woken }).catch(() => undefined);
      signal.throwIfAborted();
      if (paid.aborted) continue;
      this.credit.distrust();
      throw debt(this.channel, this.credit.owed);
    }
  }
}
