import { expect } from 'chai';

import { chiSquare } from '../../deep/proofs/chi-square.ts';

describe('Chi-square test', () => {
  it('gives the tables’ figures', () => {
    // Statistic, degrees of freedom, and the chance of more.
    for (const [statistic, degrees, p] of [
      [3.8415, 1, 0.05],
      [124.342, 100, 0.05],
      [61.98, 100, 0.9989],
      [1143.92, 1000, 0.001],
    ] as const) {
      const mean = 1e6;
      const counts = Array.from({ length: degrees + 1 }, () => mean);
      const shift = Math.sqrt((statistic * mean) / 2);
      const moved = counts.with(0, mean + shift).with(1, mean - shift);
      expect(Math.abs(chiSquare(moved, counts).p - p)).to.be.below(2e-4);
    }
  });

  it('tells a loaded die', () => {
    const even = [1_000, 1_000, 1_000, 1_000, 1_000, 1_000];
    expect(chiSquare([1_100, 980, 980, 980, 980, 980], even).p).to.be.below(0.05);
    expect(chiSquare([1_200, 960, 960, 960, 960, 960], even).p).to.be.below(0.001);
    expect(chiSquare(even, even).p).to.equal(1);
  });
});
