/** A month of days on a public network: what makes cheating on proofs a loss, however short the term. */
const LEAST_PERIODS = 30;

/**
 * Collateral behind an agreement that may last for `maxPeriods`, in periods of its rent: max(30, half the term), so that nobody gains by walking away when
 * prices rise (docs/economics.md, "Walking away").
 */
export function collateralPeriodsFor(maxPeriods: number): number {
  return Math.max(LEAST_PERIODS, Math.ceil(maxPeriods / 2));
}
