import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { ROOT } from '../../../../scripts/lib/paths.ts';
import type { Figures } from '../../../../scripts/simulate/market/figures.ts';
import { runMarket } from '../../../../scripts/simulate/market/run-market.ts';
import { plotsOf } from '../../../../scripts/simulate/plots/plots.ts';
import { lineOf } from '../../../../scripts/simulate/progress.ts';
import { type SimulationRecord, recordOf } from '../../../../scripts/simulate/record.ts';
import { reportOf } from '../../../../scripts/simulate/report/report.ts';
import { cheatTable, marketTable } from '../../../../scripts/simulate/report/tables.ts';
import { PARTS, type SimulationInit, simulate } from '../../../../scripts/simulate/simulation.ts';
import { estimateOf, giniOf, quantileOf } from '../../../../scripts/simulate/statistics.ts';
import { judgeCheat, judgeFigure } from '../../../../scripts/simulate/verdicts.ts';

const MAX_PLOT_BYTES = 150 * 1024;
const SMALL: SimulationInit = { parts: PARTS, seeds: 1, days: 600, providers: 8, years: 20 };

const withFill = (...fills: number[]): Figures[] => fills.map((fill) => ({ fill }) as Figures);

async function smallRecord(): Promise<SimulationRecord> {
  return recordOf(SMALL, await simulate(SMALL, (inits) => Promise.resolve(inits.map(runMarket))));
}

describe('simulation', () => {
  it('judges means, by the differences seed for seed', () => {
    const ours = { name: 'ours', figures: withFill(0.5, 0.7) };
    const worse = judgeFigure('fill', ours, { name: 'x', figures: withFill(0.4, 0.6) });
    expect([worse.met, worse.sentence]).to.deep.equal([true, 'fill: ours 0.600 ≥ x 0.500 — met (difference +0.100)']);
    const better = judgeFigure('fill', ours, { name: 'y', figures: withFill(0.6, 0.9) });
    expect([better.met, better.sentence]).to.deep.equal([
      false,
      'fill: ours 0.600 < y 0.750 — NOT met (difference −0.150 ± 0.050)',
    ]);
    expect(judgeFigure('fill', ours, { name: 'z', figures: withFill(0.4, 0.79) }).sentence).to.contain(
      'could be chance',
    );
    expect(judgeFigure('fill', ours, ours).met).to.equal(true);
  });

  it('holds a cheat to less than honesty', () => {
    const result = { name: 'c', honest: 1, cheat: 0.5, error: 0, note: '' };
    expect([judgeCheat(result).met, judgeCheat(result).sentence]).to.deep.equal([
      true,
      'c: 0.500 < honest 1.000 — met (margin +0.500)',
    ]);
    expect(judgeCheat({ ...result, cheat: 1 }).met).to.equal(false);
    expect(judgeCheat({ ...result, cheat: 2, error: 0.1 }).sentence).to.equal(
      'c: 2.000 ≥ honest 1.000 — NOT met (margin −1.000 ± 0.100)',
    );
  });

  it('reckons means, errors, shares and inequality', () => {
    expect(estimateOf([1, 3])).to.deep.equal({ mean: 2, error: 1 });
    expect(estimateOf([5])).to.deep.equal({ mean: 5, error: 0 });
    expect([giniOf([1, 1, 1]), giniOf([0, 0, 1]), giniOf([])]).to.deep.equal([0, 2 / 3, 0]);
    expect(quantileOf([4, 1, 3, 2], 0.5)).to.equal(3);
  });

  it('says how far it is', () => {
    expect(lineOf(2, 10, 30)).to.equal('2 of 10 markets, 4.0 a minute, 2 min 0 s left');
    expect(lineOf(9, 10, 90)).to.equal('9 of 10 markets, 6.0 a minute, 10 s left');
  });

  it('gives the same tables and the same bytes of every plot twice', async () => {
    const [a, b] = [await smallRecord(), await smallRecord()];
    expect(reportOf(a)).to.equal(reportOf(b));
    const plots = plotsOf(a);
    expect(plots).to.deep.equal(plotsOf(b));
    expect(plots.map(({ name }) => name)).to.deep.equal([
      'simulated-prices',
      'simulated-welfare',
      'simulated-cheats',
      'simulated-index',
    ]);
    for (const { svg } of plots) {
      expect(svg.startsWith('<svg')).to.equal(true);
      expect(svg).to.not.contain('NaN');
      expect(Buffer.byteLength(svg)).to.be.below(MAX_PLOT_BYTES);
    }
  }).timeout(120_000);

  it('is what the documentation shows', async () => {
    const folder = join(ROOT, 'docs/plots');
    const record = JSON.parse(await readFile(join(folder, 'simulation.json'), 'utf8')) as SimulationRecord;
    const page = await readFile(join(ROOT, 'docs/economics.md'), 'utf8');
    expect(page).to.contain(marketTable(record.cases));
    expect(page).to.contain(cheatTable(record.cheats));
    for (const { name, svg } of plotsOf(record)) {
      expect(page).to.contain(`plots/${name}.svg`);
      expect(svg === (await readFile(join(folder, `${name}.svg`), 'utf8')), name).to.equal(true);
    }
  });
});
