import type { SignedVoucher } from '../market/messages.ts';

/** What a provider received: the highest voucher of each channel, which is all that it can redeem. */
export interface ReceivedVouchers {
  get(channel: bigint): SignedVoucher | undefined;
  /** Keeps each that promises more than what is kept for its channel. Durable when it returns: only then is the next byte served. */
  keep(vouchers: readonly SignedVoucher[]): void;
}

/** What was promised over a channel since it was opened. */
export interface Promised {
  /** Token wei. */
  readonly amount: bigint;
  readonly readBytes: bigint;
}

export interface ConcessionBounds {
  /** Token wei that may be promised in all: the deposit. */
  readonly most: bigint;
  readonly mostConceded: (paidFor: bigint) => bigint;
}

/** What a client promised, of all its processes together. */
export interface SentVouchers {
  promised(channel: bigint): Promised;
  /**
   * Adds what was read to what is promised, in one step, so that no two processes promise the same wei twice. Durable when it returns: only then
   * is the voucher signed.
   * @param most token wei that may be promised in all: the deposit
   * @returns what is promised from now on; undefined, and nothing is added, when that were above `most`
   */
  raise(channel: bigint, by: Promised, most: bigint): Promised | undefined;
  /**
   * Gives up a dispute: promises tokens for bytes that the provider says it sent and that never came to be checked, as after a crash.
   * @param mostConceded token wei that may be given up over the channel in all, by what was promised for bytes that came
   * @returns what is promised from now on; undefined, and nothing is added, beyond either bound
   */
  concede(channel: bigint, amount: bigint, bounds: ConcessionBounds): Promised | undefined;
  /** Goes on from a voucher of its own that the provider has and this machine lost, when it promises more than what is known here. */
  adopt({ voucher }: SignedVoucher): void;
}
