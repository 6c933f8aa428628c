import { expect } from 'chai';
import fc from 'fast-check';

import {
  type Duty,
  atOpen,
  emptyDuty,
  missedBefore,
  provenBetween,
  rentOver,
  touch,
} from '../../../node/audit/replay/duty.ts';

describe("the audit's duties", () => {
  it('are owed for the periods that open with units, and are neither proven nor quiet', () => {
    const doing = fc.record({ adds: fc.integer({ min: -2, max: 2 }), proves: fc.boolean() });
    const quiet = fc.record({ from: fc.integer({ min: 2, max: 30 }), count: fc.nat(4) });
    fc.assert(
      fc.property(fc.array(doing, { maxLength: 30 }), quiet, (doings, { from, count }) => {
        const duty = emptyDuty();
        duty.maintenance = { fromPeriod: from, untilPeriod: from + count, lastFrom: 0 };
        const isQuiet = (period: number): boolean => period >= from && period < from + count;
        const owed = new Map<number, number>();
        let units = 0;
        for (const [i, { adds, proves }] of doings.entries()) {
          const current = i + 1;
          if (adds !== 0 || proves) compare(duty, current, owed, isQuiet);
          // The last period's change opens this one.
          owed.set(current, units);
          if (proves && units !== 0) {
            expect(atOpen(duty, current).units).to.equal(units);
            duty.proven.push(current);
            duty.resolvedThrough = current;
            owed.delete(current);
          }
          const change = Math.max(adds, -units);
          if (change === 0) continue;
          touch(duty, current);
          duty.units += change;
          duty.rent += BigInt(change);
          units += change;
        }
        compare(duty, doings.length + 1, owed, isQuiet);
        expect(provenBetween(duty, 5, 15)).to.equal(duty.proven.filter((p) => p >= 5 && p < 15).length);
      }),
    );
  });
});

/** Records what is missed, and expects it to be what a plain list says. */
function compare(duty: Duty, current: number, owed: Map<number, number>, isQuiet: (period: number) => boolean): void {
  const due = [...owed].filter(([period, units]) => units !== 0 && !isQuiet(period));
  const missed: number[] = [];
  let rent = 0n;
  for (const stretch of missedBefore(duty, current)) {
    missed.push(...Array.from({ length: stretch.count }, (_, i) => stretch.from + i));
    rent += rentOver(duty, stretch);
  }
  expect(missed).to.deep.equal(due.map(([period]) => period));
  expect(rent).to.equal(due.reduce((sum, [, units]) => sum + BigInt(units), 0n));
  duty.resolvedThrough = Math.max(duty.resolvedThrough, current - 1);
  owed.clear();
}
