import { heldBackOf } from '../../../node/audit/formulas.ts';
import { WARM_UP } from '../market/figures.ts';
import type { MarketRun } from '../market/run-market.ts';
import { DEFAULTS, MONTH } from '../scale.ts';
import { meanOf, quantileOf } from '../statistics.ts';
import { COLLATERAL_PERIODS } from './provider-year.ts';
import type { CheatResult } from './reference.ts';
import { recordCostOf } from './reputation.ts';

/** Share of the rest of the term for which what was freed is let again. */
const REFILLED = 0.8;
const TERMS = [30, 90, 150] as const;
const START_EVERY = 5;
const HOLDBACK_BPS = BigInt(DEFAULTS.agreements.holdbackBps);
/** Rent in this calculation is told in millionths of a day's. */
const DAY_RENT = 1_000_000n;

export interface Walk {
  /** Best gain of walking away on some day of a term, over staying: days of rent; below 0 when staying is best. */
  readonly gain: number;
  /** Least collateral, days of rent, at which no day of the term pays. */
  readonly needed: number;
}

/**
 * Conceding an agreement when prices have risen. With L days left at ρ times its price, who walks away on day e gains 0.8 (ρ - 1) L days of rent, and
 * loses the collateral, what was held back of e days, and by its record.
 * @param prices of the traded market, a day each
 * @param recordCosts days of rent, by the days left
 */
export function bestWalk(
  prices: readonly number[],
  { start, term }: { start: number; term: number },
  recordCosts: readonly number[],
): Walk {
  const agreed = prices[start] ?? 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let elapsed = 1; elapsed < term; elapsed++) {
    const ratio = (prices[start + elapsed] ?? 0) / agreed;
    const heldBack = Number(heldBackOf(DAY_RENT, elapsed, HOLDBACK_BPS)) / Number(DAY_RENT);
    const left = term - elapsed;
    most = Math.max(most, REFILLED * (ratio - 1) * left - heldBack - (recordCosts[left] ?? 0));
  }
  return { gain: most - COLLATERAL_PERIODS, needed: Math.max(0, most) };
}

/** The walk-away option of agreements signed on every fifth day, with the future known: nobody can do better. @param runs of our own mechanism */
export function walkAwayCheats(runs: readonly MarketRun[]): CheatResult[] {
  const recordCosts = Array.from({ length: Math.max(...TERMS) }, (_, left) => recordCostOf(left));
  return TERMS.map((term) => {
    const walks = runs.flatMap(({ days }) => {
      const prices = days.map(({ price }) => price);
      const starts = Array.from(
        { length: Math.max(0, Math.floor((days.length - term - WARM_UP) / START_EVERY)) },
        (_, index) => WARM_UP + index * START_EVERY,
      );
      return starts.map((start) => bestWalk(prices, { start, term }, recordCosts));
    });
    const gains = walks.map(({ gain }) => gain);
    const pays = gains.filter((gain) => gain > 0).length / gains.length;
    const needed = walks.map((walk) => walk.needed);
    return {
      name: `walk away from a ${term}-day agreement in a boom`,
      honest: 0,
      // Who never gains never walks; then the best of all days says by how much it fails.
      cheat: (pays > 0 ? meanOf(gains.map((gain) => Math.max(0, gain))) : Math.max(...gains)) / MONTH,
      error: 0,
      note: `with the future known: pays for ${Math.round(100 * pays)}% of all days of signing${pays > 0 ? ', and the figure is the mean over all' : ', and the figure is the best of all'}. It would take collateral of ${quantileOf(needed, 0.95).toFixed(0)} days' rent to leave 5%, ${Math.max(...needed).toFixed(0)} to leave none; an ask's default is ${COLLATERAL_PERIODS}`,
    };
  });
}
