import {
  type Moment,
  type PlaceFinder,
  planRetender,
  type RetenderPlan,
  type ShapedObject,
  termsWanted,
} from './plan-retender.ts';
import type { RetenderRule } from './rule.ts';

/** Decides what is done with the shards of an object. */
export interface ObjectPlanner {
  /** Take no ask above this price, token wei for one unit and period. */
  readonly maxPricePerUnitPeriod: bigint | undefined;
  /** The terms, in periods, for which the plan looks for places. */
  terms(object: ShapedObject, moment: Moment): number[];
  plan(object: ShapedObject, finder: PlaceFinder, moment: Moment): RetenderPlan;
}

/** Follows the market as the rule says. */
export function retenderPlanner(rule: RetenderRule): ObjectPlanner {
  return {
    maxPricePerUnitPeriod: rule.maxPricePerUnitPeriod,
    terms: (object, moment) => termsWanted(object, rule, moment),
    plan: (object, finder, moment) => planRetender(object, finder, rule, moment),
  };
}
