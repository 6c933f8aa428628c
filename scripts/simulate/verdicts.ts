import type { Figures } from './market/figures.ts';
import { type Estimate, estimateOf } from './statistics.ts';
import { type CheatResult, earnsLess } from './cheats/reference.ts';

/** Whether something that is claimed holds. */
export interface Verdict {
  readonly claim: string;
  readonly met: boolean;
  /** With the margin, and how sure it is. */
  readonly sentence: string;
}

/** In these, ours is to be at least as good. */
export const JUDGED = ['fill', 'welfare', 'providers'] as const;
export type Judged = (typeof JUDGED)[number];

const NAMES: Record<Judged, string> = { fill: 'fill', welfare: 'welfare', providers: 'provider surplus' };
const DIGITS: Record<Judged, number> = { fill: 3, welfare: 1, providers: 1 };
/** Differences within so many standard errors could be chance. */
const SURE = 2;

interface NamedFigures {
  readonly name: string;
  /** By seed. */
  readonly figures: readonly Figures[];
}

/** Ours against a rival in one figure. Both ran with the same seeds, so it is their differences that are averaged. */
export function judgeFigure(figure: Judged, ours: NamedFigures, rival: NamedFigures): Verdict {
  const differences = ours.figures.map((run, index) => run[figure] - (rival.figures[index]?.[figure] ?? Number.NaN));
  const difference = estimateOf(differences);
  const met = difference.mean >= 0;
  const shown = (value: number): string => value.toFixed(DIGITS[figure]);
  const [a, b] = [ours.figures, rival.figures].map((runs) => shown(estimateOf(runs.map((run) => run[figure])).mean));
  return {
    claim: `${NAMES[figure]}: ${ours.name} at least ${rival.name}`,
    met,
    sentence: `${NAMES[figure]}: ${ours.name} ${a} ${met ? '≥' : '<'} ${rival.name} ${b} — ${metOrNot(met)} (difference ${signed(difference, shown)}${chance(difference)})`,
  };
}

export function judgeCheat(result: CheatResult): Verdict {
  const met = earnsLess(result);
  const margin = { mean: result.honest - result.cheat, error: result.error };
  return {
    claim: `${result.name} earns less than honesty`,
    met,
    sentence: `${result.name}: ${result.cheat.toFixed(3)} ${met ? '<' : '≥'} honest ${result.honest.toFixed(3)} — ${metOrNot(met)} (margin ${signed(margin, (value) => value.toFixed(3))}${chance(margin)})`,
  };
}

function metOrNot(met: boolean): string {
  return met ? 'met' : 'NOT met';
}

function signed({ mean, error }: Estimate, shown: (value: number) => string): string {
  return `${mean < 0 ? '−' : '+'}${shown(Math.abs(mean))}${error === 0 ? '' : ` ± ${shown(error)}`}`;
}

function chance({ mean, error }: Estimate): string {
  return error > 0 && Math.abs(mean) < SURE * error ? ', could be chance' : '';
}
