import { randomOf } from '../random.ts';

/** Somebody who wants to store something. */
export interface Request {
  /** Counts from 0 through a run. */
  readonly number: number;
  readonly day: number;
  readonly tib: number;
  readonly days: number;
  /** Most that it is worth, the burn included: a price of the model. */
  readonly value: number;
  /** Days for which it keeps trying. */
  readonly patience: number;
}

/** Stream of the random numbers of demand. */
const STREAM = 1;
/** So many requests a day for each 450 TiB: about as much as fills 85% of the disks at the price of their costs. */
const REQUESTS_PER_TIB = 40 / 18_000;
const WEEKEND_SWING = 0.15;
const MEAN_EXTRA_TIB = 5;
const MIN_DAYS = 30;
const MAX_EXTRA_DAYS = 120;
const MEDIAN_VALUE = 1.5;
const VALUE_SPREAD = 0.45;
const IMPATIENT_SHARE = 0.4;
const MAX_PATIENCE = 6;

export const BOOM = { from: 240, until: 330, factor: 2.2 } as const;
export const BUST = { from: 480, until: 570, factor: 0.45 } as const;
/** A month after the last shock: fewer days have no figures for it. */
export const SHORTEST_RUN = BUST.until + 30;

/** What demand is multiplied by: nobody is told when it changes. */
export function shockOf(day: number): number {
  if (day >= BOOM.from && day < BOOM.until) return BOOM.factor;
  return day >= BUST.from && day < BUST.until ? BUST.factor : 1;
}

/** Everything that is ever asked for, by day: it does not depend on what the market does. */
export function demandOf(seed: number, days: number, startTib: number): Request[][] {
  const random = randomOf(seed, STREAM);
  let number = 0;
  return Array.from({ length: days }, (_, day) => {
    const swing = 1 + WEEKEND_SWING * Math.sin((2 * Math.PI * day) / 7);
    const count = random.poisson(REQUESTS_PER_TIB * startTib * shockOf(day) * swing);
    return Array.from({ length: count }, () => ({
      number: number++,
      day,
      tib: 1 + Math.floor(random.exponential(MEAN_EXTRA_TIB)),
      days: MIN_DAYS + Math.floor(random.uniform() * MAX_EXTRA_DAYS),
      value: MEDIAN_VALUE * Math.exp(VALUE_SPREAD * random.normal()),
      patience: random.uniform() < IMPATIENT_SHARE ? 0 : 1 + Math.floor(random.uniform() * MAX_PATIENCE),
    }));
  });
}
