/** A score is a fraction of this. Source: `Reputation.sol`. */
const SCORE_ONE = 10n ** 18n;
/** Good and bad stop at the width of their fields. Source: `Reputation.sol`. */
const MAX_RENT = 2n ** 96n - 1n;
/** Clients whose account numbers agree modulo this are taken for one. Source: `Reputation.sol`. */
export const SKETCH_BITS = 112;

/** Constants of a deployment that scores follow from. */
export interface ReputationTerms {
  /** Token wei of rent that a new provider starts against. */
  readonly newcomer: bigint;
  /** Periods in which good and bad count half. */
  readonly halfLifePeriods: bigint;
  /** How many tokens of proven rent make up for one of missed rent. */
  readonly badWeight: bigint;
  /** Number of distinct clients with which all good counts. */
  readonly fullClients: number;
}

/** What a score follows from, as of the period of its last change; the fields of `Reputation.sol`. */
export interface Standing {
  /** Decayed rent of proven and of missed periods, token wei. */
  readonly good: bigint;
  readonly bad: bigint;
  /** Period of the last decay. */
  readonly updated: number;
  /** Whole half-lives since period 0 in which a client was last counted. */
  readonly epoch: number;
  /** Sketches of the clients that were counted in that half-life, and in the one before: a bit for each. */
  readonly recentClients: bigint;
  readonly clientsBefore: bigint;
}

/** Where every provider begins. */
export const NEW_STANDING: Standing = {
  good: 0n,
  bad: 0n,
  updated: 0,
  epoch: 0,
  recentClients: 0n,
  clientsBefore: 0n,
};

/**
 * `value` as of period `from`, carried to `to`: times f(to) / f(from), where f halves at each multiple of the half-life and falls in a
 * straight line between. Rounded down; unchanged when `to` does not lie ahead.
 */
export function decay(value: bigint, from: number, to: number, halfLife: bigint): bigint {
  if (to <= from || value === 0n) return value;
  const [start, end] = [BigInt(from), BigInt(to)];
  const halvings = end / halfLife - start / halfLife;
  return ((value * (2n * halfLife - (end % halfLife))) / (2n * halfLife - (start % halfLife))) >> halvings;
}

/** What a record of rent grows to by `added`. */
export function addRent(value: bigint, added: bigint): bigint {
  return value + added > MAX_RENT ? MAX_RENT : value + added;
}

/** Score in [0, 1e18] of good and bad as of one period. */
export function scoreOf(good: bigint, bad: bigint, weights: { badWeight: bigint; newcomer: bigint }): bigint {
  return (good * SCORE_ONE) / (good + bad * weights.badWeight + weights.newcomer);
}

/** The standing after rent was proven or missed in a period. */
export function withRent(
  standing: Standing,
  { period, good = 0n, bad = 0n }: { period: number; good?: bigint; bad?: bigint },
  halfLife: bigint,
): Standing {
  const { updated } = standing;
  return {
    ...standing,
    good: addRent(decay(standing.good, updated, period, halfLife), good),
    bad: addRent(decay(standing.bad, updated, period, halfLife), bad),
    updated: Math.max(updated, period),
  };
}

/** The standing after a client was counted in a period. */
export function withClient(standing: Standing, account: number, period: number, halfLife: bigint): Standing {
  const now = clientsAt(standing, period, halfLife);
  return { ...standing, ...now, recentClients: now.recentClients | (1n << BigInt(account % SKETCH_BITS)) };
}

/** Score from 0 (new, or bad) to 1, decayed to a period: the contract's digits. A preference, never money: a floating-point number will do. */
export function scoreAt(standing: Standing, { fullClients, ...terms }: ReputationTerms, period: number): number {
  const { good, bad, updated } = standing;
  const { recentClients, clientsBefore } = clientsAt(standing, period, terms.halfLifePeriods);
  const counted = Math.min(Math.max(1, bitsOf(recentClients | clientsBefore)), fullClients);
  const counting = (decay(good, updated, period, terms.halfLifePeriods) * BigInt(counted)) / BigInt(fullClients);
  return Number(scoreOf(counting, decay(bad, updated, period, terms.halfLifePeriods), terms)) / Number(SCORE_ONE);
}

/** The sketches as of a period; one that lies behind changes nothing. */
export function clientsAt(
  standing: Standing,
  period: number,
  halfLife: bigint,
): Pick<Standing, 'epoch' | 'recentClients' | 'clientsBefore'> {
  const epoch = Math.floor(period / Number(halfLife));
  const { recentClients, clientsBefore } = standing;
  if (epoch <= standing.epoch) return { epoch: standing.epoch, recentClients, clientsBefore };
  return { epoch, recentClients: 0n, clientsBefore: epoch - standing.epoch === 1 ? recentClients : 0n };
}

function bitsOf(sketch: bigint): number {
  let count = 0;
  for (let rest = sketch; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}
