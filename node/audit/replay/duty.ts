/** What one provider owes. Mirrors `IPossessionProofs.Duty`; the proven periods are a list. */
export interface Duty {
  units: number;
  unitsAtOpen: number;
  touched: number;
  resolvedThrough: number;
  leaves: number;
  leavesAtOpen: number;
  failed: boolean;
  maintained: boolean;
  rent: bigint;
  rentAtOpen: bigint;
  /** In ascending order. */
  proven: number[];
  missed: number;
  maintenance: { fromPeriod: number; untilPeriod: number; lastFrom: number };
}

/** Periods [from, from + count). */
export interface Stretch {
  readonly from: number;
  readonly count: number;
}

export function emptyDuty(): Duty {
  return {
    units: 0,
    unitsAtOpen: 0,
    touched: 0,
    resolvedThrough: 0,
    leaves: 0,
    leavesAtOpen: 0,
    failed: false,
    maintained: false,
    rent: 0n,
    rentAtOpen: 0n,
    proven: [],
    missed: 0,
    maintenance: { fromPeriod: 0, untilPeriod: 0, lastFrom: 0 },
  };
}

/** Units, leaves and rent when the current period opened. */
export function atOpen(duty: Duty, current: number): { units: number; leaves: number; rent: bigint } {
  if (duty.touched !== current) return { units: duty.units, leaves: duty.leaves, rent: duty.rent };
  return { units: duty.unitsAtOpen, leaves: duty.leavesAtOpen, rent: duty.rentAtOpen };
}

/** Keeps what was held when the current period opened, before the first change in it. */
export function touch(duty: Duty, current: number): void {
  if (duty.touched === current) return;
  Object.assign(duty, {
    touched: current,
    unitsAtOpen: duty.units,
    leavesAtOpen: duty.leaves,
    rentAtOpen: duty.rent,
    resolvedThrough: Math.max(duty.resolvedThrough, current - 1),
  });
}

/** Stretches of periods before `current` that were owed, and neither proven, nor recorded, nor declared for maintenance. */
export function missedBefore(duty: Duty, current: number): Stretch[] {
  const first = duty.resolvedThrough + 1;
  if (first >= current) return [];
  // The set changed in this period: its own duty is that of its opening.
  const changed = duty.touched === first;
  const owesFirst = changed ? duty.unitsAtOpen !== 0 : duty.units !== 0;
  const from = owesFirst ? first : first + 1;
  const end = duty.units === 0 ? Math.max(from, changed && owesFirst ? first + 1 : from) : current;
  const { fromPeriod, untilPeriod } = duty.maintenance;
  const quiet = untilPeriod > fromPeriod && fromPeriod < end && untilPeriod > from;
  if (!quiet) return [{ from, count: end - from }].filter(({ count }) => count > 0);
  return [
    { from, count: fromPeriod - from },
    { from: untilPeriod, count: end - untilPeriod },
  ].filter(({ count }) => count > 0);
}

/** Rent of `count` missed periods from `from`, token wei. */
export function rentOver(duty: Duty, { from, count }: Stretch): bigint {
  return duty.touched === from ? duty.rentAtOpen + duty.rent * BigInt(count - 1) : duty.rent * BigInt(count);
}

/** Proven periods in [from, to). */
export function provenBetween({ proven }: Duty, from: number, to: number): number {
  return Math.max(0, countBelow(proven, to) - countBelow(proven, from));
}

/** Elements below `bound` in an ascending list. O(log n). */
function countBelow(list: readonly number[], bound: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((list[middle] ?? bound) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
