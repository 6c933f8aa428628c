import { closesAtOf } from '../../market/channel.ts';
import type { SignedVoucher } from '../../market/messages.ts';
import { ceilDiv, COIN } from '../../market/money.ts';
import type { PaidChannel } from '../ledger/channels.ts';
import { REDEEM_GAS, REDEEM_GAS_EACH } from '../limits.ts';

/** A voucher that promises more than was redeemed. */
export interface Pending {
  readonly channel: PaidChannel;
  readonly signed: SignedVoucher;
  /** Token wei beyond what was redeemed, the part to be burned included. */
  readonly amount: bigint;
}

/** What can still be redeemed, and what came too late for that. */
export interface PendingVouchers {
  readonly open: readonly Pending[];
  /** Over channels that take no vouchers any more, or are closed. */
  readonly missed: readonly Pending[];
}

/** @param now unix seconds of the chain's clock */
export function pendingOf(
  vouchers: readonly SignedVoucher[],
  channelOf: (channel: bigint) => PaidChannel | undefined,
  { now, disputeSeconds }: { now: number; disputeSeconds: number },
): PendingVouchers {
  const all = vouchers.flatMap((signed): Pending[] => {
    const channel = channelOf(signed.voucher.channel);
    if (channel === undefined || signed.voucher.amount <= channel.redeemed) return [];
    return [{ channel, signed, amount: signed.voucher.amount - channel.redeemed }];
  });
  const isOpen = ({ channel }: Pending): boolean => !channel.closed && now < closesAtOf(channel, disputeSeconds);
  return { open: all.filter(isOpen), missed: all.filter((pending) => !isOpen(pending)) };
}

/** Whether a channel's end is so near that what is promised over it is redeemed without waiting for more: its client closes it, or it expires within a dispute window. */
export function isEnding({ closesAt, expiry }: PaidChannel, now: number, disputeSeconds: number): boolean {
  return closesAt !== undefined || now + disputeSeconds >= expiry;
}

/** Token wei of the gas for redeeming so many vouchers together. */
export function redeemingCost(vouchers: number, gasPrice: bigint, tokensPerCoin: bigint): bigint {
  const gas = REDEEM_GAS + REDEEM_GAS_EACH * BigInt(vouchers - 1);
  return ceilDiv(gas * gasPrice * tokensPerCoin, COIN);
}
