import { decay } from './reputation.ts';

/** What a client says of the reads that a voucher pays for; the provider stands for it by redeeming (`contracts/types/Voucher.sol`). */
export interface Receipt {
  /** Median time to the first byte, milliseconds. */
  readonly firstByteMs: number;
  /** Median throughput, KiB/s, as floor(log2); 0 when too little was read to tell. */
  readonly kibPerSecond: number;
}

/**
 * What receipts say of a provider, each counted by the tokens that were paid under it: bytes and times cost nothing to make up, but of what is paid
 * a part is burned. Decayed, as reputation is.
 */
export interface ServiceRecord {
  /** Token wei that were paid for reads. */
  readonly servedPaid: bigint;
  /** The same, times milliseconds to the first byte. */
  readonly servedDelay: bigint;
  /** Token wei that were paid for reads of which a throughput is told. */
  readonly ratedPaid: bigint;
  /** The same, times the throughput as floor(log2 KiB/s). */
  readonly ratedSpeed: bigint;
  /** Block of the last receipt. */
  readonly servedAtBlock: number;
}

/** Where every provider begins. */
export const NEW_SERVICE: ServiceRecord = {
  servedPaid: 0n,
  servedDelay: 0n,
  ratedPaid: 0n,
  ratedSpeed: 0n,
  servedAtBlock: 0,
};

/** How well reads were served on the whole. */
export interface Service {
  /** Token wei behind it, decayed. */
  readonly paid: bigint;
  readonly firstByteMs: number;
  /** KiB/s; undefined while no receipt tells one. */
  readonly kibPerSecond: number | undefined;
}

/** The record after `paid` token wei were paid under a receipt. @param halfLifeBlocks blocks in which what was paid counts half */
export function withReceipt(
  record: ServiceRecord,
  { paid, block, firstByteMs, kibPerSecond }: Receipt & { paid: bigint; block: number },
  halfLifeBlocks: bigint,
): ServiceRecord {
  const { servedPaid, servedDelay, ratedPaid, ratedSpeed } = serviceAt(record, block, halfLifeBlocks);
  const rated = kibPerSecond === 0 ? 0n : paid;
  return {
    servedPaid: servedPaid + paid,
    servedDelay: servedDelay + paid * BigInt(firstByteMs),
    ratedPaid: ratedPaid + rated,
    ratedSpeed: ratedSpeed + rated * BigInt(kibPerSecond),
    servedAtBlock: Math.max(record.servedAtBlock, block),
  };
}

/** What the record comes to; undefined where nothing was paid for, or too long ago to count. */
export function serviceOf({ servedPaid, servedDelay, ratedPaid, ratedSpeed }: ServiceRecord): Service | undefined {
  if (servedPaid === 0n) return undefined;
  return {
    paid: servedPaid,
    firstByteMs: mean(servedDelay, servedPaid),
    kibPerSecond: ratedPaid === 0n ? undefined : 2 ** mean(ratedSpeed, ratedPaid),
  };
}

/** The record as of a block. */
export function serviceAt(record: ServiceRecord, block: number, halfLifeBlocks: bigint): ServiceRecord {
  const faded = (value: bigint): bigint => decay(value, record.servedAtBlock, block, halfLifeBlocks);
  return {
    servedPaid: faded(record.servedPaid),
    servedDelay: faded(record.servedDelay),
    ratedPaid: faded(record.ratedPaid),
    ratedSpeed: faded(record.ratedSpeed),
    servedAtBlock: Math.max(record.servedAtBlock, block),
  };
}

/** What counts as the slowest and as the fastest: half the way round the world and back a few times, and a line of 1 MiB/s against one of 128 MiB/s. */
const [FAST_MS, SLOW_MS] = [0, 500];
const [SLOW_SPEED, FAST_SPEED] = [10, 17];

/** The middle: neither a reward for hiding nor a penalty for being new. */
export const UNKNOWN_SLOWNESS = 0.5;

/**
 * How slow reads of a provider are, from 0 to 1, by the time to the first byte and the throughput in equal parts.
 * @param beside token wei that what was paid has to weigh up before it counts half: a newcomer's, and the rent that was earned of late. So a record costs as
 *   much more to fake as it brings more
 */
export function slownessOf(service: Service | undefined, beside: bigint): number {
  if (service === undefined) return UNKNOWN_SLOWNESS;
  const delay = shareOf(service.firstByteMs, FAST_MS, SLOW_MS);
  const { kibPerSecond } = service;
  const speed =
    kibPerSecond === undefined ? UNKNOWN_SLOWNESS : shareOf(-Math.log2(kibPerSecond), -FAST_SPEED, -SLOW_SPEED);
  const weight = Number(service.paid) / Number(service.paid + beside);
  return weight * ((delay + speed) / 2) + (1 - weight) * UNKNOWN_SLOWNESS;
}

/** `12.3 MiB/s`. */
export function formatSpeed(kibPerSecond: number): string {
  return `${(kibPerSecond / 1_024).toFixed(1)} MiB/s`;
}

/** Where a value lies between the best and the worst, from 0 to 1. */
function shareOf(value: number, best: number, worst: number): number {
  return Math.min(1, Math.max(0, (value - best) / (worst - best)));
}

/** A preference, never money: a floating-point number will do. */
function mean(sum: bigint, weight: bigint): number {
  return Number(sum) / Number(weight);
}
