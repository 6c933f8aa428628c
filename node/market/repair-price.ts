import { compensates, type CompensationFacts } from './compensation.ts';
import { BPS } from './money.ts';

/** Constants of a deployment that the price of a repair follows from, 1/10,000. */
export interface BountyTerms {
  /** Share of the client's compensation that a repair may be paid. */
  readonly bountyBps: bigint;
  /** The client's share of slashed collateral. */
  readonly compensationBps: bigint;
  readonly burnBps: bigint;
}

/** A failed agreement, as far as the price of its repair follows from it. */
export interface LostAgreement extends CompensationFacts {
  readonly pricePerUnitPeriod: bigint;
  /** Periods of rent that were behind it. */
  readonly collateralPeriods: number;
}

/**
 * The most that a repair is paid, token wei for one unit and period: the rent that was left and the bounty, less the burn. Source: `Repairs._ceilingOf`.
 * @param periods whole periods that are left of the term, above 0
 */
export function repairCeiling(lost: LostAgreement, periods: bigint, terms: BountyTerms): bigint {
  const { bountyBps, compensationBps, burnBps } = terms;
  const { pricePerUnitPeriod: price, collateralPeriods } = lost;
  const compensation = compensates(lost) ? (price * BigInt(collateralPeriods) * compensationBps) / BPS : 0n;
  const most = price * periods + (compensation * bountyBps) / BPS;
  return (most * BPS) / ((BPS + burnBps) * periods);
}

/** What it is paid at first: what the shard was stored for, if that is not more than the most. */
export function repairStart(
  { pricePerUnitPeriod: price }: Pick<LostAgreement, 'pricePerUnitPeriod'>,
  ceiling: bigint,
): bigint {
  return price < ceiling ? price : ceiling;
}
