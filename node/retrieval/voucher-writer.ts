import type { SignedVoucher } from '../market/messages.ts';
import type { ReceivedVouchers } from './voucher-store.ts';

interface Waiting {
  voucher: SignedVoucher;
  done: PromiseWithResolvers<void>;
}

/** Writes the vouchers that came in one turn of the event loop together: one flush to disk for all of them. */
export class VoucherWriter {
  readonly #vouchers: ReceivedVouchers;
  #waiting: Waiting[] = [];

  constructor(vouchers: ReceivedVouchers) {
    this.#vouchers = vouchers;
  }

  /** Resolves once the voucher, or a higher one of its channel, is on disk. */
  async keep(voucher: SignedVoucher): Promise<void> {
    const done = Promise.withResolvers<void>();
    if (this.#waiting.length === 0) setImmediate(() => this.#write());
    this.#waiting.push({ voucher, done });
    await done.promise;
  }

  #write(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      this.#vouchers.keep(batch.map(({ voucher }) => voucher));
    } catch (error) {
      for (const { done } of batch) done.reject(error);
      return;
    }
    for (const { done } of batch) done.resolve();
  }
}
