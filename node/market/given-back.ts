import { compensates, type CompensationFacts } from './compensation.ts';
import { BPS } from './money.ts';
import { endOf } from './term.ts';

/** A failed agreement. Money in token wei. */
export interface FailedAgreement extends CompensationFacts {
  readonly pricePerUnitPeriod: bigint;
  readonly units: number;
  readonly startPeriod: number;
  readonly periods: number;
  /** Periods before this one are settled. */
  readonly settledTo: number;
  readonly heldBack: bigint;
  readonly collateral: bigint;
}

/** What its client got back, token wei. */
export interface GivenBack {
  /** The client's share of the collateral, all slashes together; each of them is rounded down, so that it may be a few wei less. */
  compensation: bigint;
  /** Rent of periods that were not served, and what was held back of the others. */
  rent: bigint;
}

/** What a failure gives back, as `Agreements._close` and `Collateral._payOut` reckon it. */
export function givenBack(failed: FailedAgreement, compensationBps: bigint): GivenBack {
  const unserved = failed.pricePerUnitPeriod * BigInt(failed.units) * BigInt(endOf(failed) - failed.settledTo);
  const compensation = compensates(failed) ? (failed.collateral * compensationBps) / BPS : 0n;
  return { compensation, rent: unserved + failed.heldBack };
}
