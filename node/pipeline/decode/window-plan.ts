import { assert } from '../../core/assert.ts';
import { CELL_BYTES, UNIT_BYTES } from '../../core/units.ts';
import { cellBytesOf, firstUnitOf, type Layout } from '../layout.ts';

/** Bytes [from, to). */
export interface Span {
  from: number;
  to: number;
}

/** The piece of one stripe that a read needs: per data cell the bytes within it, undefined where nothing is needed. */
export interface StripeNeed {
  stripe: number;
  cells: readonly (Span | undefined)[];
}

/** Units [from, to) of a shard. */
export type UnitSpan = Span;

/** What ciphertext bytes [from, to) need of a stripe. */
export function stripeNeed(layout: Layout, stripe: number, range: Span): StripeNeed {
  const cellBytes = cellBytesOf(layout, stripe);
  const stripeStart = stripe * layout.k * CELL_BYTES;
  const cells = Array.from({ length: layout.k }, (_, index) => {
    const start = stripeStart + index * cellBytes;
    const from = Math.max(range.from, start);
    const to = Math.min(range.to, layout.cipherBytes, start + cellBytes);
    return from < to ? { from: from - start, to: to - start } : undefined;
  });
  return { stripe, cells };
}

/** First and last stripe + 1 that ciphertext bytes [from, to) touch. */
export function stripesOf(layout: Layout, range: Span): Span {
  assert(range.from < range.to && range.to <= layout.cipherBytes, 'a range within the ciphertext');
  const stripeBytes = layout.k * CELL_BYTES;
  return { from: Math.floor(range.from / stripeBytes), to: Math.ceil(range.to / stripeBytes) };
}

/** Whole units of the data cell `index` that the stripes need, as one run; undefined when nothing. */
export function unitsOfCell(needs: readonly StripeNeed[], index: number): UnitSpan | undefined {
  return needs.reduce<UnitSpan | undefined>((hull, { stripe, cells }) => {
    const span = cells[index];
    if (span === undefined) return hull;
    const first = firstUnitOf(stripe);
    return hullOf(hull, {
      from: first + Math.floor(span.from / UNIT_BYTES),
      to: first + Math.ceil(span.to / UNIT_BYTES),
    });
  }, undefined);
}

/**
 * Units to read of each shard in `present` (k of them): its own needed ones if it is a data shard, and those that help
 * to rebuild the needed data cells of shards that are not present.
 */
export function unitsToRead(
  layout: Layout,
  needs: readonly StripeNeed[],
  present: readonly number[],
): { missing: number[]; reads: ReadonlyMap<number, UnitSpan> } {
  let missingUnits: UnitSpan | undefined;
  const missing: number[] = [];
  for (let index = 0; index < layout.k; index++) {
    const units = present.includes(index) ? undefined : unitsOfCell(needs, index);
    if (units === undefined) continue;
    missing.push(index);
    missingUnits = hullOf(missingUnits, units);
  }
  const reads = new Map<number, UnitSpan>();
  for (const index of present) {
    const own = index < layout.k ? unitsOfCell(needs, index) : undefined;
    const span = own === undefined ? missingUnits : hullOf(missingUnits, own);
    if (span !== undefined) reads.set(index, span);
  }
  return { missing, reads };
}

function hullOf(a: UnitSpan | undefined, b: UnitSpan): UnitSpan {
  return a === undefined ? b : { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}
