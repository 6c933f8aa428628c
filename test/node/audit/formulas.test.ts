import { expect } from 'chai';
import fc from 'fast-check';

import {
  FAILED_STRIKES,
  type LadderState,
  WHOLE,
  burnOf,
  heldBackOf,
  nextStrike,
  remainingOf,
  shareSlash,
} from '../../../node/audit/formulas.ts';
import { BPS } from '../../../node/market/money.ts';

const wei = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n });
const bps = fc.bigInt({ min: 0n, max: BPS });
const LADDER = { ladderBps: [100n, 500n, 2_500n, 10_000n], healPeriods: 7 };

describe("the audit's formulas", () => {
  it('burn at least the share, and less than a wei more', () => {
    fc.assert(
      fc.property(wei, bps, (value, share) => {
        const excess = burnOf(value, share) * BPS - value * share;
        expect(excess >= 0n && excess < BPS).to.equal(true);
      }),
    );
  });

  it('hold back the same in however many pieces periods are settled', () => {
    fc.assert(
      fc.property(wei, bps, fc.array(fc.nat(50), { maxLength: 20 }), (rent, share, pieces) => {
        let [proven, sum] = [0, 0n];
        for (const piece of pieces) {
          const heldBack = heldBackOf(rent, proven + piece, share) - heldBackOf(rent, proven, share);
          expect(heldBack >= 0n && heldBack <= rent * BigInt(piece)).to.equal(true);
          [proven, sum] = [proven + piece, sum + heldBack];
        }
        expect(sum).to.equal(heldBackOf(rent, proven, share));
      }),
    );
  });

  it('share a slash without losing a wei', () => {
    fc.assert(
      fc.property(wei, bps, (lost, share) => {
        const { toClient, burned } = shareSlash(lost, share);
        expect(toClient + burned).to.equal(lost);
        expect(toClient >= 0n && burned >= 0n).to.equal(true);
      }),
    );
  });

  /** Misses with these gaps before them. */
  function missesOf(gaps: readonly number[]): { period: number; remaining: bigint }[] {
    const slashes: { period: number; remaining: bigint }[] = [];
    let state: LadderState = { strikes: 0, lastMiss: 0, index: WHOLE };
    for (const gap of gaps) {
      if (state.strikes === FAILED_STRIKES) break;
      state = nextStrike(state, state.lastMiss + gap, LADDER);
      slashes.push({ period: state.lastMiss, remaining: state.index });
    }
    return slashes;
  }

  it('climb the ladder in a run of misses, and start over after the healing window', () => {
    const run = missesOf([10, 1, 1, 1, 1]);
    expect(run.map(({ remaining }) => remaining)).to.deep.equal([
      (WHOLE * 99n) / 100n,
      (WHOLE * 99n * 95n) / 10_000n,
      (WHOLE * 99n * 95n * 75n) / 1_000_000n,
      0n,
    ]);
    const healed = missesOf([10, 8]);
    expect(healed[1]?.remaining).to.equal((WHOLE * 99n * 99n) / 10_000n);
    expect(missesOf([10, 7])[1]?.remaining).to.equal((WHOLE * 99n * 95n) / 10_000n);
  });

  it('take what collateral loses in pieces that add up to the wei', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 });
    const cuts = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 10 });
    fc.assert(
      fc.property(wei, gaps, fc.integer({ min: 1, max: 100 }), cuts, (amount, gap, start, cut) => {
        const slashes = missesOf(gap);
        const ends = [start, ...cut.filter((period) => period > start).toSorted((a, b) => a - b)];
        let left = amount;
        for (const [i, end] of ends.entries()) {
          const before = remainingOf(slashes, start, ends[i - 1] ?? start, amount);
          const after = remainingOf(slashes, start, end, amount);
          expect(after <= before).to.equal(true);
          left -= before - after;
        }
        expect(left).to.equal(remainingOf(slashes, start, ends.at(-1) ?? start, amount));
        expect(left >= 0n).to.equal(true);
      }),
    );
  });
});
