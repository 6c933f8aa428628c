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

/** A preference, never money: a floating-point number will do. */
function mean(sum: bigint, weight: bigint): number {
  return Number(sum) / Number(weight);
}
