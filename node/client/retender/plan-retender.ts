import type { AgreementRow } from '../../chain/market-index.ts';
import { endOf } from '../../market/term.ts';
import type { StoredObject } from '../stored-object.ts';
import {
  type Comparison,
  compare,
  costOfKeeping,
  costOfMoving,
  costOfRenewing,
  type CostTerms,
  isWorthMoving,
} from './cost.ts';
import type { RetenderRule } from './rule.ts';
import { type Standing, standingOf } from './standing.ts';

/** Periods between the ends of shards that may not be without an agreement together: one to move in, one in case that fails. */
const TURN_PERIODS = 2;

/** A place for a shard, at what the market asks now. */
export interface Place {
  provider: number;
  operator: string;
  /** Token wei for one unit and period. */
  pricePerUnitPeriod: bigint;
}

/** What a plan asks of the market: pure look-ups. */
export interface PlaceFinder {
  /** The best place for a shard for so many periods, at an operator that holds no other shard of the object. */
  place(row: AgreementRow, periods: number, takenOperators: ReadonlySet<string>): Place | undefined;
  /** The ask by which its provider lets it go on at its own price, or why there is none. */
  consent(row: AgreementRow, periods: number): bigint | string;
  operatorOf(provider: number): string | undefined;
}

export interface Moment {
  period: number;
  noticePeriods: number;
  costs: CostTerms;
}

/**
 * What to do with a shard now. `keep`: nothing. `renew`: a longer term at its own price, for all that is bought or (`until: 'turn'`) until its
 * turn to move comes. `notice`: end it early, to move it then. `wait`: it ends by itself or by notice, and is moved then. `move`: its term is
 * over. `queue`: moving it pays, once others have moved. `stuck`: it cannot be kept for longer.
 */
export type ShardStep =
  | { action: 'keep' | 'notice' | 'move' | 'queue' }
  | { action: 'wait'; untilPeriod: number; atRisk: boolean }
  | { action: 'renew'; until: 'term' | 'turn'; periods: number; askId: bigint }
  | { action: 'stuck'; reason: string };

export interface ShardPlan {
  row: AgreementRow;
  step: ShardStep;
  /** Keeping it beside moving it; undefined when there is no place for it now, or nothing to compare with. */
  comparison: Comparison | undefined;
  place: Place | undefined;
}

export interface RetenderPlan {
  shards: ShardPlan[];
  /** How many periods a shard is bought for that moves now. */
  movePeriods: number;
  /** Over those shards that move now, later, or in their turn, token wei. */
  keep: bigint;
  move: bigint;
  saving: bigint;
}

export type ShapedObject = Pick<StoredObject, 'agreements'> & { k: number; n: number };

/**
 * What a rule does with each shard of a live object in this period. Never more than n − k shards are without an agreement, or on their way
 * there before their time: if the client vanishes at any point, k shards stay until the end of the terms that were bought, and the object
 * can be read. Shards whose terms end together are made to end in turns, those that are not yet to go being renewed for a few periods.
 */
export function planRetender(
  object: ShapedObject,
  finder: PlaceFinder,
  rule: RetenderRule,
  moment: Moment,
): RetenderPlan {
  return new Planner(object, finder, rule, moment).plan();
}

/** The terms, in periods, for which a plan looks for places: what the market is asked beforehand. */
export function termsWanted(object: ShapedObject, rule: RetenderRule, moment: Moment): number[] {
  const look = horizonOf(rule, moment);
  const terms = object.agreements.flatMap((row) => {
    const standing = standingOf(row, look, moment.period);
    if (standing === 'due') return newTerm(object, rule, moment, endOf(row));
    if (standing === 'over') return newTerm(object, rule, moment, moment.period);
    const rest = restAfterNotice(row, moment);
    return standing === 'running' && rule.policy === 're-tender' && rest > look ? rest : [];
  });
  return [...new Set(terms)];
}

/** How far a plan looks ahead: at least a notice, as what was given notice of is about to end whatever the rule says. */
function horizonOf({ within }: RetenderRule, { noticePeriods }: Moment): number {
  return Math.max(within, noticePeriods + 1);
}

/** Periods of a term that are left when a notice given now is over. */
function restAfterNotice(row: AgreementRow, { period, noticePeriods }: Moment): number {
  return endOf(row) - (period + 1 + noticePeriods);
}

/** A shard that ends before the others gets what is left of their term; one that ends with the last of them, a new term. */
function newTerm(object: ShapedObject, rule: RetenderRule, moment: Moment, from: number): number {
  const look = horizonOf(rule, moment);
  const running = object.agreements.filter((row) => standingOf(row, look, moment.period) === 'running');
  const rest = Math.max(0, ...running.map(endOf)) - from;
  return rest > look ? rest : rule.periods;
}

class Planner {
  readonly #object: ShapedObject;
  readonly #finder: PlaceFinder;
  readonly #rule: RetenderRule;
  readonly #moment: Moment;
  readonly #horizon: number;
  /** Operators that hold a shard. */
  readonly #holding: Set<string>;
  /** Operators that are to hold one. */
  readonly #claimed = new Set<string>();
  /** Shards that are lost until they are repaired. */
  #lost = 0;
  /** Shards that are without an agreement now, and move. */
  #open = 0;
  /** Ends of the agreements that are let end, so that their shards move. */
  readonly #ends: number[] = [];

  constructor(object: ShapedObject, finder: PlaceFinder, rule: RetenderRule, moment: Moment) {
    this.#object = object;
    this.#finder = finder;
    this.#rule = rule;
    this.#moment = moment;
    this.#horizon = horizonOf(rule, moment);
    const holding = object.agreements.filter((row) => this.#standing(row) !== 'over' && row.status === 'active');
    this.#holding = new Set(holding.flatMap(({ provider }) => finder.operatorOf(provider)?.toLowerCase() ?? []));
  }

  plan(): RetenderPlan {
    const rows = Object.groupBy(this.#object.agreements, (row) => this.#standing(row));
    const { over = [], failed = [], due = [], running = [] } = rows;
    this.#lost = failed.length;
    this.#open = over.length;
    const movePeriods = newTerm(this.#object, this.#rule, this.#moment, this.#moment.period);
    const shards = [
      ...failed.map((row) => bare(row, { action: 'stuck', reason: 'its provider failed it' })),
      ...over.map((row) => ({ ...bare(row, { action: 'move' }), place: this.#claim(this.#find(row, movePeriods)) })),
      ...this.#planDue(due),
      ...this.#planRunning(running),
    ].toSorted((a, b) => a.row.shardIndex - b.row.shardIndex);
    const moving = shards.filter(
      ({ step }) => step.action !== 'keep' && !(step.action === 'renew' && step.until === 'term'),
    );
    const sum = (of: (compared: Comparison) => bigint): bigint =>
      moving.reduce((total, { comparison }) => total + (comparison === undefined ? 0n : of(comparison)), 0n);
    return {
      shards,
      movePeriods,
      keep: sum(({ keep }) => keep.total),
      move: sum(({ move }) => move.total),
      saving: sum(({ saving }) => saving),
    };
  }

  #standing(row: AgreementRow): Standing {
    return standingOf(row, this.#horizon, this.#moment.period);
  }

  /** Agreements that are about to end: renewed or let end. Those that end first come first, then those that save most. */
  #planDue(rows: readonly AgreementRow[]): ShardPlan[] {
    const { costs } = this.#moment;
    const compared = rows.map((row) => {
      const periods = newTerm(this.#object, this.#rule, this.#moment, endOf(row));
      const consent = this.#consent(row, periods);
      const place = this.#find(row, periods);
      if (place === undefined) return { row, periods, consent, place, comparison: undefined };
      const keep = costOfRenewing({ ...row, periods }, costs);
      const comparison = compare(periods, keep, costOfMoving({ ...row, ...place, periods }, false, costs));
      if (typeof consent === 'string' || this.#isWorth({ comparison })) this.#claim(place);
      return { row, periods, consent, place, comparison };
    });
    return compared
      .toSorted((a, b) => endOf(a.row) - endOf(b.row) || bySaving(a, b))
      .map(({ periods, consent, ...shard }) => ({ ...shard, step: this.#dueStep(shard, periods, consent) }));
  }

  #dueStep({ row, place, comparison }: Omit<ShardPlan, 'step'>, periods: number, consent: bigint | string): ShardStep {
    if (typeof consent === 'bigint' && !this.#isWorth({ comparison }))
      return { action: 'renew', until: 'term', periods, askId: consent };
    const end = endOf(row);
    if (place === undefined) {
      this.#ends.push(end);
      return { action: 'stuck', reason: `${consent}, and no other provider takes it` };
    }
    if (this.#fits(end)) return this.#letEnd(end, false);
    const turn = this.#nextTurn(end);
    const bridge = turn === undefined ? undefined : this.#consent(row, turn - end);
    if (turn !== undefined && typeof bridge === 'bigint') {
      this.#ends.push(turn);
      return { action: 'renew', until: 'turn', periods: turn - end, askId: bridge };
    }
    // No shard can be spared, or its provider does not take so short a term: at its own price it is safe at least.
    if (typeof consent === 'bigint') return { action: 'renew', until: 'term', periods, askId: consent };
    return this.#letEnd(end, true);
  }

  #letEnd(end: number, atRisk: boolean): ShardStep {
    this.#ends.push(end);
    return { action: 'wait', untilPeriod: end, atRisk };
  }

  /** Whether one more shard may be without an agreement from a period on. */
  #fits(end: number): boolean {
    const open = end < this.#moment.period + TURN_PERIODS ? this.#open : 0;
    return open + this.#ends.filter((other) => Math.abs(other - end) < TURN_PERIODS).length < this.#spare;
  }

  /** Shards that may be without an agreement at a time, beside those that are lost. */
  get #spare(): number {
    return this.#object.n - this.#object.k - this.#lost;
  }

  #nextTurn(end: number): number | undefined {
    if (this.#spare <= 0) return undefined;
    let turn = end + 1;
    while (!this.#fits(turn)) turn++;
    return turn;
  }

  /** Agreements with long to run: those that save most get notice, as many as can be spared; the others wait for their turn. */
  #planRunning(rows: readonly AgreementRow[]): ShardPlan[] {
    if (this.#rule.policy !== 're-tender') return rows.map((row) => bare(row, { action: 'keep' }));
    const spare = this.#spare;
    // Who pays most may choose first.
    const compared = rows.toSorted(byPrice).map((row) => this.#compareEarly(row, 0));
    let before = this.#open + this.#ends.length;
    return compared.toSorted(bySaving).map((shard) => {
      if (!this.#isWorth(shard)) return { ...shard, step: { action: 'keep' } };
      if (before < spare) {
        before++;
        return { ...shard, step: { action: 'notice' } };
      }
      if (spare <= 0) return { ...shard, step: { action: 'keep' } };
      // Later there is less left to save.
      const queued = this.#compareEarly(shard.row, Math.floor(before / spare), shard.place);
      if (!this.#isWorth(queued)) return { ...queued, step: { action: 'keep' } };
      before++;
      return { ...queued, step: { action: 'queue' } };
    });
  }

  /** @param turns how many other moves come before */
  #compareEarly(row: AgreementRow, turns: number, known?: Place): Omit<ShardPlan, 'step'> {
    const { noticePeriods, costs } = this.#moment;
    const periods = restAfterNotice(row, this.#moment) - turns * (noticePeriods + TURN_PERIODS);
    const place = periods > this.#horizon ? (known ?? this.#find(row, periods)) : undefined;
    if (place === undefined) return { row, place, comparison: undefined };
    const keep = costOfKeeping({ ...row, periods });
    const comparison = compare(periods, keep, costOfMoving({ ...row, ...place, periods }, true, costs));
    if (this.#isWorth({ comparison })) this.#claim(place);
    return { row, place, comparison };
  }

  #isWorth({ comparison }: Pick<ShardPlan, 'comparison'>): boolean {
    return comparison !== undefined && isWorthMoving(comparison, this.#rule.marginBps);
  }

  /** The best place that no other shard has or is to have; its own provider's is one. */
  #find(row: AgreementRow, periods: number): Place | undefined {
    const own = this.#finder.operatorOf(row.provider)?.toLowerCase();
    const others = new Set([...this.#holding].filter((operator) => operator !== own));
    return this.#finder.place(row, periods, others.union(this.#claimed));
  }

  /** Keeps a place for one shard. */
  #claim(place: Place | undefined): Place | undefined {
    if (place !== undefined) this.#claimed.add(place.operator.toLowerCase());
    return place;
  }

  #consent(row: AgreementRow, periods: number): bigint | string {
    const max = this.#rule.maxPricePerUnitPeriod;
    if (max !== undefined && row.pricePerUnitPeriod > max) return 'it costs more than --max-price';
    return this.#finder.consent(row, periods);
  }
}

function bare(row: AgreementRow, step: ShardStep): ShardPlan {
  return { row, step, comparison: undefined, place: undefined };
}

function bySaving(a: Pick<ShardPlan, 'comparison' | 'row'>, b: Pick<ShardPlan, 'comparison' | 'row'>): number {
  const [left, right] = [a.comparison?.saving, b.comparison?.saving];
  if (left === right) return a.row.shardIndex - b.row.shardIndex;
  if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
  return left > right ? -1 : 1;
}

function byPrice(a: AgreementRow, b: AgreementRow): number {
  if (a.pricePerUnitPeriod === b.pricePerUnitPeriod) return a.shardIndex - b.shardIndex;
  return a.pricePerUnitPeriod > b.pricePerUnitPeriod ? -1 : 1;
}
