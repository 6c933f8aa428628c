import { DEFAULTS, MONTH, UNITS_PER_TIB } from '../scale.ts';

/** A provider as cheats are reckoned for it: 50 TiB let at the index's start, the median of the market simulation. */
export const REFERENCE_TIB = 50;
/** Token wei a period. */
export const RENT = DEFAULTS.priceIndex.startPrice * BigInt(REFERENCE_TIB * UNITS_PER_TIB);
/** What money costs that lies in a stake, a year. */
export const CAPITAL_RATE = 0.1;
const YEAR_DAYS = 365;

/** How a strategy does. All in months of the reference provider's rent. */
export interface CheatResult {
  readonly name: string;
  /** What honesty earns instead, or nothing where the honest thing is not to do it. */
  readonly honest: number;
  readonly cheat: number;
  /** Standard error of the difference; 0 for what is reckoned and not drawn. */
  readonly error: number;
  /** What the figures say, in a sentence. */
  readonly note: string;
}

/** Whether a strategy earns less than honesty. */
export function earnsLess({ honest, cheat }: CheatResult): boolean {
  return cheat < honest;
}

export function monthsOf(wei: bigint): number {
  return Number(wei) / (Number(RENT) * MONTH);
}

/** What `wei` in a stake cost for so many days, months of rent. */
export function carryOf(wei: bigint, days: number): number {
  return (monthsOf(wei) * CAPITAL_RATE * days) / YEAR_DAYS;
}
