import { addRent, decay, scoreOf } from '../../../node/market/reputation.ts';
import { DEFAULTS } from '../scale.ts';

/** What a provider's score follows from, as `Reputation.sol` keeps it; token wei. */
export interface Standing {
  readonly good: bigint;
  readonly bad: bigint;
  /** Period of the last change. */
  readonly updated: number;
}

export const NEW_STANDING: Standing = { good: 0n, bad: 0n, updated: 0 };

const { newcomer, halfLifePeriods, badWeight, fullClients } = DEFAULTS.reputation;
const HALF_LIFE = BigInt(halfLifePeriods);
const WEIGHTS = { newcomer, badWeight: BigInt(badWeight) };
const SCORE_ONE = 1e18;

/** After rent was proven or missed. */
export function withRent(standing: Standing, period: number, rent: { good?: bigint; bad?: bigint }): Standing {
  return {
    good: addRent(decay(standing.good, standing.updated, period, HALF_LIFE), rent.good ?? 0n),
    bad: addRent(decay(standing.bad, standing.updated, period, HALF_LIFE), rent.bad ?? 0n),
    updated: period,
  };
}

/**
 * Score from 0 to 1.
 * @param clients distinct ones that were counted
 */
export function scoreAt({ good, bad, updated }: Standing, period: number, clients: number): number {
  const counted = Math.min(Math.max(1, clients), fullClients);
  const counting = (decay(good, updated, period, HALF_LIFE) * BigInt(counted)) / BigInt(fullClients);
  return Number(scoreOf(counting, decay(bad, updated, period, HALF_LIFE), WEIGHTS)) / SCORE_ONE;
}
