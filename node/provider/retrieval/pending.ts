import { closesAtOf } from '../../market/channel.ts';
import { ceilDiv, COIN } from '../../market/money.ts';
import type { PaidChannel } from '../ledger/channels.ts';
import type { PendingVoucher } from '../ledger/vouchers.ts';
import { REDEEM_GAS, REDEEM_GAS_EACH } from '../limits.ts';

/** What can still be redeemed, and what came too late for that. */
export interface PendingVouchers {
  readonly open: readonly PendingVoucher[];
  /** Over channels that take no vouchers any more, or are closed. */
  readonly missed: readonly PendingVoucher[];
}

/** @param now unix seconds of the chain's clock */
export function splitPending(
  all: readonly PendingVoucher[],
  { now, disputeSeconds }: { now: number; disputeSeconds: number },
): PendingVouchers {
  const isOpen = ({ channel }: PendingVoucher): boolean => !channel.closed && now < closesAtOf(channel, disputeSeconds);
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
