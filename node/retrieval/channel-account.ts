import type { Clock } from '../core/clock.ts';
import type { Credit } from './credit.ts';
import { PAY_TIMEOUT_MS } from './limits.ts';
import { debt, depositSpent } from './refusals.ts';

/** What is asked for at once. */
export interface Wanted {
  readonly pricePerMiB: bigint;
  /** How many of `bytes` cost something: all but what a contract has free. */
  readonly paidOf: (bytes: number) => bigint;
  /** Hears of bytes that count as served, in the moment in which they do. */
  readonly onServed: (bytes: number) => void;
}

export interface ChannelAccountComponents {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Token wei behind the channel, as last seen on the chain. Asked before bytes are let go, and after each wait: throws once nothing more is served over it. */
  readonly deposit: () => bigint;
}

/** What the reads under way under a contract will have to be paid. */
export interface ContractInUse {
  readonly openCost: { readonly bytes: bigint; readonly pricePerMiB: bigint };
}

/** One channel as its provider keeps it: what is owed, and the reads that wait for a payment. */
export class ChannelAccount {
  readonly channel: bigint;
  readonly credit: Credit;
  /** Contracts under which reads are under way. */
  readonly inUse = new Set<ContractInUse>();
  readonly #components: ChannelAccountComponents;
  #paid = new AbortController();

  constructor(components: ChannelAccountComponents, init: { channel: bigint; credit: Credit }) {
    this.#components = components;
    this.channel = init.channel;
    this.credit = init.credit;
  }

  /** A voucher is on disk. */
  pay(amount: bigint): void {
    if (!this.credit.pay(amount)) return;
    this.#paid.abort();
    this.#paid = new AbortController();
  }

  /** Whether the deposit is enough for the reads under way down to their ends: what cannot be served whole is not begun. @throws StowError `channel-closing` */
  coversReads(): boolean {
    return this.credit.fitsAll(
      [...this.inUse].map(({ openCost }) => openCost),
      this.#components.deposit(),
    );
  }

  /** @throws StowError `retrieval-deposit-spent`, `channel-closing` */
  requireReadsCovered(): void {
    if (!this.coversReads()) throw depositSpent(this.channel, this.#components.deposit());
  }

  /**
   * Resolves once there is credit for `bytes`; takes none of it.
   * @throws StowError `retrieval-debt` when nobody pays in time, `retrieval-deposit-spent`, `channel-closing`; the reason of `signal`
   */
  async ready(bytes: number, wanted: Wanted, signal: AbortSignal): Promise<void> {
    await this.#until((deposit) => this.#affords(bytes, wanted, deposit), signal);
  }

  /**
   * Counts bytes as served: as many blocks of `bytes` as there is credit for, one of `block` at least; waits for a payment where there is none.
   * @returns how many bytes
   * @throws StowError `retrieval-debt`, `retrieval-deposit-spent`, `channel-closing`; the reason of `signal`
   */
  async take(bytes: number, block: number, wanted: Wanted, signal: AbortSignal): Promise<number> {
    let granted = 0;
    await this.#until((deposit) => {
      for (granted = bytes; granted > block && !this.#allows(granted, wanted, deposit);)
        granted = (Math.ceil(granted / block) - 1) * block;
      if (!this.#affords(granted, wanted, deposit)) return false;
      this.credit.serve(wanted.paidOf(granted), wanted.pricePerMiB);
      wanted.onServed(granted);
      return true;
    }, signal);
    return granted;
  }

  #allows(bytes: number, { pricePerMiB, paidOf }: Wanted, deposit: bigint): boolean {
    const paidBytes = paidOf(bytes);
    if (paidBytes === 0n) return true;
    return this.credit.fits(paidBytes, pricePerMiB, deposit) && this.credit.covers(paidBytes, pricePerMiB);
  }

  /** Like `allows`, of what could not be less. @throws StowError `retrieval-deposit-spent` */
  #affords(bytes: number, wanted: Wanted, deposit: bigint): boolean {
    if (this.#allows(bytes, wanted, deposit)) return true;
    if (this.credit.fits(wanted.paidOf(bytes), wanted.pricePerMiB, deposit)) return false;
    throw depositSpent(this.channel, deposit);
  }

  /** Asks again after each payment. Whoever hangs up while it waits is not distrusted for that: it may pay yet. */
  async #until(isDone: (deposit: bigint) => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const deposit = this.#components.deposit();
      if (isDone(deposit)) return;
      const paid = this.#paid.signal;
      const woken = AbortSignal.any([paid, signal]);
      await this.#components.clock.sleep(PAY_TIMEOUT_MS, { signal: woken }).catch(() => undefined);
      if (paid.aborted || signal.aborted) continue;
      this.credit.distrust();
      throw debt(this.channel, this.credit.owed);
    }
  }
}
