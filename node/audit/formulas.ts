import { BPS, ceilDiv } from '../market/money.ts';

/** What stays of collateral is a fraction of this. Source: `Collateral.sol`. */
export const WHOLE = 10n ** 18n;
/** Below this fraction a provider has failed for good. Source: `Collateral.sol`. */
const WORN_OUT = 10n ** 9n;
/** Strikes of a provider that failed for good. */
export const FAILED_STRIKES = 255;

/** Token wei burned on `value`, rounded up: rounding is paid by the mover. */
export function burnOf(value: bigint, burnBps: bigint): bigint {
  return ceilDiv(value * burnBps, BPS);
}

/** Token wei kept to the end out of `proven` periods' rent, in all. */
export function heldBackOf(rent: bigint, proven: number, holdbackBps: bigint): bigint {
  return (rent * BigInt(proven) * holdbackBps) / BPS;
}

/** A slashed amount in two: the client's share and what is burned. */
export function shareSlash(lost: bigint, compensationBps: bigint): { toClient: bigint; burned: bigint } {
  const toClient = (lost * compensationBps) / BPS;
  return { toClient, burned: lost - toClient };
}

/** A missed period, and the fraction of everything locked that stays after it, of 1e18. */
export interface Slash {
  readonly period: number;
  readonly remaining: bigint;
}

/** The fraction that stays after the slashes of all periods before `period`. `slashes` are in order of periods. */
export function indexBefore(slashes: readonly Slash[], period: number): bigint {
  return slashes.findLast((slash) => slash.period < period)?.remaining ?? WHOLE;
}

/** What stays, before `period`, of `amount` that was locked for an agreement from `start` on. */
export function remainingOf(slashes: readonly Slash[], start: number, period: number, amount: bigint): bigint {
  const before = indexBefore(slashes, start);
  // The provider had failed before the agreement started: no miss has touched it.
  return before === 0n ? amount : (amount * indexBefore(slashes, period)) / before;
}

/** Where a provider stands on the ladder. */
export interface LadderState {
  readonly strikes: number;
  readonly lastMiss: number;
  readonly index: bigint;
}

/** One more missed period: the next step of the ladder, which starts over once a healing window passed without a miss. */
export function nextStrike(
  state: LadderState,
  period: number,
  { ladderBps, healPeriods }: { ladderBps: readonly bigint[]; healPeriods: number },
): LadderState {
  const strikes = period - state.lastMiss > healPeriods ? 0 : state.strikes;
  const index = (state.index * (BPS - (ladderBps[strikes] ?? BPS))) / BPS;
  const failed = strikes + 1 >= ladderBps.length || index < WORN_OUT;
  return { strikes: failed ? FAILED_STRIKES : strikes + 1, lastMiss: period, index: failed ? 0n : index };
}
