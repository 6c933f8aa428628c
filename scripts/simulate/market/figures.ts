import { MONTH } from '../scale.ts';
import { deviationOf, giniOf, meanOf } from '../statistics.ts';
import { BOOM, BUST } from './demand.ts';
import type { ProviderState } from './provider.ts';
import type { DayRecord, MarketRun } from './run-market.ts';

/** What one run is told by. Prices are the model's, sums thousands of its money (a price of 1 for a TiB and month). */
export interface Figures {
  /** TiB-days served over asked: of the whole run, the boom, the bust. */
  readonly fill: number;
  readonly fillBoom: number;
  readonly fillBust: number;
  readonly priceBase: number;
  readonly priceBoom: number;
  readonly priceBust: number;
  /** Deviation of the logarithm of the price's weekly change, after the warm-up. */
  readonly volatility: number;
  /** What all got together: buyers' and providers' surplus. The burn counts as lost. */
  readonly welfare: number;
  /** Rent less all costs, those of idle disks included. */
  readonly providers: number;
  readonly buyers: number;
  /** Of revenue over capacity, among the first day's providers. */
  readonly gini: number;
  readonly utilisation: number;
}

/** Until then everything fills up for the first time. */
export const WARM_UP = 120;
const WEEK = 7;
const THOUSAND = 1_000;

export function figuresOf({ init, days, providers, buyerSurplus }: MarketRun): Figures {
  const boom = days.slice(BOOM.from, BOOM.until);
  const bust = days.slice(BUST.from, BUST.until);
  const net = providers.reduce((sum, provider) => sum + profitOf(provider, init.days), 0);
  const first = providers.filter(({ born }) => born === 0);
  return {
    fill: fillOf(days),
    fillBoom: fillOf(boom),
    fillBust: fillOf(bust),
    priceBase: priceOf(days.slice(WARM_UP, BOOM.from)),
    priceBoom: priceOf(boom),
    priceBust: priceOf(bust),
    volatility: volatilityOf(days.slice(WARM_UP)),
    welfare: (net + buyerSurplus) / THOUSAND,
    providers: net / THOUSAND,
    buyers: buyerSurplus / THOUSAND,
    gini: giniOf(first.map(({ revenue, kind }) => revenue / kind.tib)),
    utilisation: meanOf(days.slice(WARM_UP).map(({ utilisation }) => utilisation)),
  };
}

/** Rent less costs, over the horizon: the model's money. What it burned for agreements with itself is not in it. */
export function profitOf({ kind, born, died, revenue, variableCosts }: ProviderState, horizon: number): number {
  return revenue - variableCosts - (kind.fixedCost * kind.tib * ((died ?? horizon) - born)) / MONTH;
}

function fillOf(days: readonly DayRecord[]): number {
  const sum = (field: 'asked' | 'served') => days.reduce((total, day) => total + day[field], 0);
  return sum('served') / sum('asked');
}

function priceOf(days: readonly DayRecord[]): number {
  return meanOf(days.map(({ price }) => price));
}

function volatilityOf(days: readonly DayRecord[]): number {
  const weeks = Array.from({ length: Math.floor(days.length / WEEK) }, (_, week) =>
    priceOf(days.slice(week * WEEK, (week + 1) * WEEK)),
  );
  return deviationOf(weeks.slice(1).map((price, index) => Math.log(price / (weeks[index] ?? price))));
}
