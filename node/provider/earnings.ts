import { z } from 'zod';

import { closesAtOf } from '../market/channel.ts';
import { BPS, ceilDiv } from '../market/money.ts';
import type { ChainClock } from './chain-clock.ts';
import { type Holding, unsettledPeriods } from './ledger/holdings.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { PendingVoucher } from './ledger/vouchers.ts';
import { isEnding, splitPending } from './retrieval/pending.ts';

/** Token wei as decimal text: JSON has no integers of that size. */
const wei = z.string().regex(/^\d+$/);
const address = z.templateLiteral(['0x', z.string()]);

const channelEarningsSchema = z.object({
  channel: wei,
  client: address,
  /** What its client locked, the part of it that would be burned included. */
  deposit: wei,
  /** What the chain paid out so far. */
  redeemed: wei,
  /** Promised beyond that. */
  pending: wei,
  /** Whether the channel's end is near, so that what is pending is lost unless it is redeemed until `closesAt`. */
  atRisk: z.boolean(),
  /** Unix seconds from which it takes no vouchers. */
  closesAt: z.int(),
  closed: z.boolean(),
});

/** What `provider earnings` shows. Of reads, what this provider gets: the part that is burned is taken off everywhere, and totals are those of all channels. */
export const earningsSchema = z.object({
  storage: z.object({
    /** Paid out over all agreements. */
    paid: wei,
    /** Held back to the agreements' ends. */
    heldBack: wei,
    /** Rent of periods that are over and not settled, if all of them were proven. */
    unsettled: wei,
  }),
  retrieval: z.object({
    redeemed: wei,
    pending: wei,
    /** Of what is pending: over channels whose end is near. */
    atRisk: wei,
    /** Promised over channels that took no voucher any more before it was redeemed. */
    lost: wei,
    /** Those that are not closed, or over which something was lost. */
    channels: z.array(channelEarningsSchema),
  }),
  reportFees: z.object({ owed: wei, paid: wei }),
});
export type ProviderEarnings = z.output<typeof earningsSchema>;

export interface EarningsComponents {
  ledger: Pick<Ledger, 'holdings' | 'channels' | 'vouchers' | 'reportFees'>;
  chainClock: Pick<ChainClock, 'head'>;
}

export interface EarningsInit {
  holdbackBps: bigint;
  disputeSeconds: number;
  /** Share of what is redeemed that is burned, 1/10,000. */
  burnBps: bigint;
}

/** What was earned, and what is to come. */
export function readEarnings({ ledger, chainClock }: EarningsComponents, init: EarningsInit): ProviderEarnings {
  const { period, timestampS } = chainClock.head;
  const holdings = ledger.holdings.all();
  const { paid, heldBack } = storageEarnings(holdings, init.holdbackBps);
  const fees = ledger.reportFees.totals();
  return {
    storage: { paid: String(paid), heldBack: String(heldBack), unsettled: String(unsettledRent(holdings, period)) },
    retrieval: retrievalEarnings(ledger, timestampS, init),
    reportFees: { owed: String(fees.owed), paid: String(fees.paid) },
  };
}

/** From settled periods, as `Agreements` reckons it: the hold-back is paid with a kept agreement, lost with a failed one, and goes along with one handed over. */
export function storageEarnings(holdings: readonly Holding[], holdbackBps: bigint): { paid: bigint; heldBack: bigint } {
  let paid = 0n;
  let heldBack = 0n;
  for (const holding of holdings) {
    const rent = BigInt(holding.units) * holding.pricePerUnitPeriod;
    const heldOf = (periods: number): bigint => (rent * BigInt(periods) * holdbackBps) / BPS;
    const held = heldOf(holding.provenPeriods);
    const own = rent * BigInt(holding.provenPeriods - holding.inheritedPeriods);
    paid += own - (held - heldOf(holding.inheritedPeriods)) + (holding.status === 'kept' ? held : 0n);
    if (holding.status === 'active') heldBack += held;
  }
  return { paid, heldBack };
}

function unsettledRent(holdings: readonly Holding[], period: number): bigint {
  return holdings
    .filter(({ status }) => status === 'active')
    .reduce(
      (sum, holding) =>
        sum + BigInt(unsettledPeriods(holding, period)) * BigInt(holding.units) * holding.pricePerUnitPeriod,
      0n,
    );
}

function retrievalEarnings(
  { channels, vouchers }: EarningsComponents['ledger'],
  now: number,
  { disputeSeconds, burnBps }: EarningsInit,
): ProviderEarnings['retrieval'] {
  const { open, missed } = splitPending(vouchers.pending(), { now, disputeSeconds });
  const [pending, lost] = [amounts(open), amounts(missed)];
  /** Of each channel, as the burn is rounded up over all that was redeemed of it. */
  const upTo = (amount: bigint): bigint => amount - ceilDiv(amount * burnBps, BPS);
  const rows = channels.all().map((row) => {
    const redeemed = upTo(row.redeemed);
    const more = (by: bigint | undefined): bigint => upTo(row.redeemed + (by ?? 0n)) - redeemed;
    const [isPending, isLost] = [pending.get(row.channel), lost.get(row.channel)];
    const atRisk = isPending !== undefined && isEnding(row, now, disputeSeconds);
    return { row, redeemed, pending: more(isPending), lost: more(isLost), atRisk };
  });
  const total = (of: (earned: (typeof rows)[number]) => bigint): string =>
    String(rows.reduce((sum, earned) => sum + of(earned), 0n));
  return {
    redeemed: total((earned) => earned.redeemed),
    pending: total((earned) => earned.pending),
    atRisk: total((earned) => (earned.atRisk ? earned.pending : 0n)),
    lost: total((earned) => earned.lost),
    channels: rows
      .filter((earned) => !earned.row.closed || lost.has(earned.row.channel))
      .map(({ row, redeemed, pending: rest, atRisk }) => ({
        channel: String(row.channel),
        client: row.client,
        deposit: String(row.deposit),
        redeemed: String(redeemed),
        pending: String(rest),
        atRisk,
        closesAt: closesAtOf(row, disputeSeconds),
        closed: row.closed,
      })),
  };
}

function amounts(pending: readonly PendingVoucher[]): ReadonlyMap<bigint, bigint> {
  return new Map(pending.map(({ channel, amount }) => [channel.channel, amount]));
}
