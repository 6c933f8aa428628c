import { profitOf } from '../market/figures.ts';
import { type Manipulation, coalitionOf } from '../market/manipulation.ts';
import type { MarketRun } from '../market/run-market.ts';
import { DEFAULTS, moneyOf, priceOf } from '../scale.ts';
import { estimateOf, meanOf } from '../statistics.ts';
import { YEAR } from './provider-year.ts';
import type { CheatResult } from './reference.ts';

/** Attempts on the index: between two shocks, for three months, by a tenth of all capacity. */
const BETWEEN_SHOCKS = { share: 0.1, from: 150, until: 240 } as const;
export const MANIPULATIONS: readonly Manipulation[] = (['sham', 'terms', 'priced', 'withhold'] as const).map(
  (kind) => ({
    kind,
    ...BETWEEN_SHOCKS,
  }),
);

const NAMES: Record<Manipulation['kind'], string> = {
  sham: 'pump the index: sham sales at the least price',
  terms: 'pump the index: few units, the longest term',
  priced: "pump the index: sham sales at the index's price",
  withhold: 'pump the index: declare less capacity',
};

/**
 * What a coalition made of moving the index.
 * @param honest and `moved` by seed, in the same order
 */
export function indexCheat(
  kind: Manipulation['kind'],
  honest: readonly MarketRun[],
  moved: readonly MarketRun[],
): CheatResult {
  const pairs = honest.map((run, index) => {
    const other = moved[index] ?? run;
    return {
      honest: coalitionProfit(run, 0n),
      cheat: coalitionProfit(other, 1n),
      cost: shamCosts(other),
      rise: riseOf(run, other),
    };
  });
  const difference = estimateOf(pairs.map((pair) => pair.cheat - pair.honest));
  return {
    name: NAMES[kind],
    honest: meanOf(pairs.map((pair) => pair.honest)),
    cheat: meanOf(pairs.map((pair) => pair.cheat)),
    error: difference.error,
    note: `${Math.round(100 * BETWEEN_SHOCKS.share)}% of all capacity, in the last block of each period for ${BETWEEN_SHOCKS.until - BETWEEN_SHOCKS.from} days; burned for it: ${meanOf(pairs.map(({ cost }) => cost)).toFixed(4)}. The quote was ${meanOf(pairs.map(({ rise }) => rise)).toFixed(2)} times the honest one when it ended`,
  };
}

/** Months of the coalition's own mean rent, a year. @param burns whether what it burned counts */
function coalitionProfit(run: MarketRun, burns: 0n | 1n): number {
  const members = coalitionOf(run.providers, BETWEEN_SHOCKS.share);
  const profit = members.reduce(
    (sum, member) => sum + profitOf(member, run.init.days) - moneyOf(member.shamCosts * burns),
    0,
  );
  return profit / rentOf(run);
}

function shamCosts(run: MarketRun): number {
  const members = coalitionOf(run.providers, BETWEEN_SHOCKS.share);
  return members.reduce((sum, member) => sum + moneyOf(member.shamCosts), 0) / rentOf(run);
}

/** The model's money: what the coalition's disks would bring in a month at the index's start, for each year of the run. */
function rentOf(run: MarketRun): number {
  const members = coalitionOf(run.providers, BETWEEN_SHOCKS.share);
  const tib = members.reduce((sum, { kind }) => sum + kind.tib, 0);
  return (tib * priceOf(DEFAULTS.priceIndex.startPrice) * run.init.days) / YEAR;
}

function riseOf(honest: MarketRun, moved: MarketRun): number {
  const last = BETWEEN_SHOCKS.until;
  return (moved.days[last]?.quote ?? Number.NaN) / (honest.days[last]?.quote ?? Number.NaN);
}
