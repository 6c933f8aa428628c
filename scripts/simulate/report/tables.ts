import type { CheatResult } from '../cheats/reference.ts';
import { earnsLess } from '../cheats/reference.ts';
import type { Figures } from '../market/figures.ts';
import { estimateOf } from '../statistics.ts';
import { textTable } from './text-table.ts';

export interface MarketLine {
  readonly name: string;
  /** One a seed. */
  readonly figures: readonly Figures[];
}

interface Column {
  readonly title: string;
  readonly of: keyof Figures;
  readonly digits: number;
}

const COLUMNS: readonly Column[] = [
  { title: 'fill', of: 'fill', digits: 3 },
  { title: 'boom', of: 'fillBoom', digits: 2 },
  { title: 'bust', of: 'fillBust', digits: 2 },
  { title: 'price', of: 'priceBase', digits: 2 },
  { title: 'boom', of: 'priceBoom', digits: 2 },
  { title: 'bust', of: 'priceBust', digits: 2 },
  { title: 'weekly vol', of: 'volatility', digits: 3 },
  { title: 'welfare', of: 'welfare', digits: 1 },
  { title: 'providers', of: 'providers', digits: 1 },
  { title: 'buyers', of: 'buyers', digits: 1 },
  { title: 'Gini', of: 'gini', digits: 3 },
  { title: 'let', of: 'utilisation', digits: 2 },
];

/** Every mechanism's figures: mean ± standard error over the seeds. */
export function marketTable(lines: readonly MarketLine[]): string {
  return textTable([
    ['mechanism', ...COLUMNS.map(({ title }) => title)],
    ...lines.map(({ name, figures }) => [
      name,
      ...COLUMNS.map(({ of, digits }) => {
        const { mean, error } = estimateOf(figures.map((run) => run[of]));
        return `${mean.toFixed(digits)}±${error.toFixed(digits)}`;
      }),
    ]),
  ]);
}

/** What each cheat makes beside what honesty makes. */
export function cheatTable(results: readonly CheatResult[]): string {
  return textTable([
    ['strategy', 'honest', 'cheat', 'margin', '±', 'less than honesty'],
    ...results.map((result) => [
      result.name,
      result.honest.toFixed(3),
      result.cheat.toFixed(3),
      (result.honest - result.cheat).toFixed(3),
      result.error === 0 ? '' : result.error.toFixed(3),
      earnsLess(result) ? 'met' : 'NOT met',
    ]),
  ]);
}

/** What the figures of each cheat say, a line each. */
export function cheatNotes(results: readonly CheatResult[]): string {
  return results.map(({ name, note }) => `- ${name}: ${note}.`).join('\n');
}
