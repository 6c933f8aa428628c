import { endOf } from '../../market/term.ts';
import { costOfMoving } from './cost.ts';
import type { ObjectPlanner } from './object-planner.ts';
import type { Moment, PlaceFinder, RetenderPlan, ShapedObject, ShardPlan } from './plan-retender.ts';
import { repairNeed } from './repair-need.ts';

/** When lost shards are rebuilt, and what may be paid. */
export interface RepairRule {
  /** Healthy shards at which it is done; undefined for what suits the code. */
  threshold: number | undefined;
  /** Pay no more, token wei for one unit and period. */
  maxPricePerUnitPeriod: bigint | undefined;
}

/** Buys lost shards anew at other providers, until the last of the others' terms ends. */
export function repairPlanner({ threshold, maxPricePerUnitPeriod }: RepairRule): ObjectPlanner {
  return {
    maxPricePerUnitPeriod,
    terms: (object, { period }) => {
      const periods = restOfTerm(object, period);
      return periods < 1 ? [] : [periods];
    },
    plan: (object, finder, moment) => planRepair(object, finder, threshold, moment),
  };
}

/** Periods from the next one to the end of the last term that runs; below 1 when none is left to be bought. */
function restOfTerm({ agreements }: ShapedObject, period: number): number {
  return Math.max(0, ...agreements.filter(({ status }) => status === 'active').map(endOf)) - period - 1;
}

/**
 * Lost shards move, all at once, to operators that neither hold another shard of the object nor let this one down; the others stay as they are. `move` of
 * the plan is what that costs with the asks that stand now; shards for which there is none count nothing.
 */
function planRepair(
  object: ShapedObject,
  finder: PlaceFinder,
  threshold: number | undefined,
  moment: Moment,
): RetenderPlan {
  const need = repairNeed(object, moment.period, threshold);
  const movePeriods = restOfTerm(object, moment.period);
  const involved = object.agreements.filter(({ status }) => status === 'active' || status === 'failed');
  const taken = new Set(involved.flatMap(({ provider }) => finder.operatorOf(provider)?.toLowerCase() ?? []));
  let move = 0n;
  const shards = object.agreements.map((row): ShardPlan => {
    const plan = { row, comparison: undefined, place: undefined };
    if (!need.isDue || !need.lost.includes(row)) return { ...plan, step: { action: 'keep' } };
    if (movePeriods < 1) {
      const reason = 'no whole period is left of the terms of the others: `stowmarket renew` makes them longer';
      return { ...plan, step: { action: 'stuck', reason } };
    }
    const place = finder.place(row, movePeriods, taken);
    if (place !== undefined) {
      taken.add(place.operator.toLowerCase());
      move += costOfMoving({ ...row, ...place, periods: movePeriods }, false, moment.costs).total;
    }
    return { ...plan, place, step: { action: 'move' } };
  });
  return { shards, movePeriods, keep: 0n, move, saving: 0n };
}
