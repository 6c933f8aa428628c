import type { AgreementRow } from '../chain/market-index.ts';
import { endOf } from '../market/term.ts';
import type { StoredObject } from './stored-object.ts';

/** When and up to what price agreements are renewed. */
export interface RenewalRule {
  /** Those that end within so many periods from now. */
  within: number;
  /** Only those that cost at most this much, token wei for one unit and period; any price when undefined. */
  maxPricePerUnitPeriod: bigint | undefined;
}

/** An object with agreements that are about to end. */
export interface DueObject {
  /** With those agreements only that are to be renewed. */
  object: StoredObject;
  /** Running agreements that cost more than the rule allows: they are left to end. */
  tooDear: AgreementRow[];
  /** Periods until the first of all these ends. */
  endsIn: number;
}

/**
 * What a rule renews in a period: of every live object the agreements that end soon, cheap ones apart from dear ones; the most urgent first.
 * An agreement that its client gave notice of is not renewed: its object is leaving.
 */
export function dueObjects(objects: readonly StoredObject[], period: number, rule: RenewalRule): DueObject[] {
  const { within, maxPricePerUnitPeriod: max } = rule;
  return objects
    .filter(({ state }) => state === 'live')
    .flatMap((object) => {
      const due = object.agreements.filter((row) => row.status === 'active' && endOf(row) - period <= within);
      if (due.length === 0) return [];
      const tooDear = due.filter((row) => max !== undefined && row.pricePerUnitPeriod > max);
      const agreements = due.filter((row) => !tooDear.includes(row));
      return [{ object: { ...object, agreements }, tooDear, endsIn: Math.min(...due.map(endOf)) - period }];
    })
    .toSorted((a, b) => a.endsIn - b.endsIn);
}

/** Providers give out what they kept for one period past the end of its term, and delete it then. */
const GIVEN_OUT_PERIODS = 1;

/** Whether all agreements over an object have ended, so lately that its shards can still be had, and nobody removed it: it can be bought anew. */
export function isJustOver({ state, entry, agreements }: StoredObject, period: number): boolean {
  const kept = agreements.filter((row) => row.status === 'kept' && period - endOf(row) <= GIVEN_OUT_PERIODS);
  return state === 'over' && entry?.state === 'stored' && kept.length > 0;
}
