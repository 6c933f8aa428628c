import { collusionCheats } from './cheats/collusion.ts';
import { droppingCheats } from './cheats/dropping.ts';
import { MANIPULATIONS, indexCheat } from './cheats/index-moving.ts';
import type { CheatResult } from './cheats/reference.ts';
import { reputationCheats } from './cheats/reputation.ts';
import { walkAwayCheats } from './cheats/walking-away.ts';
import { CASES, type Case, OUR_CASE } from './cases.ts';
import { type Figures, figuresOf } from './market/figures.ts';
import type { Manipulation } from './market/manipulation.ts';
import type { MarketInit, MarketRun } from './market/run-market.ts';
import { JUDGED, type Verdict, judgeCheat, judgeFigure } from './verdicts.ts';

export const PARTS = ['market', 'cheats', 'index'] as const;
export type Part = (typeof PARTS)[number];

export interface SimulationInit {
  readonly parts: readonly Part[];
  readonly seeds: number;
  readonly days: number;
  readonly providers: number;
  /** Years of a provider for each of the strategies that are drawn. */
  readonly years: number;
}

export interface CaseRuns extends Case {
  /** By seed. */
  readonly runs: readonly MarketRun[];
  readonly figures: readonly Figures[];
}

export interface ManipulatedRuns {
  readonly kind: Manipulation['kind'];
  readonly runs: readonly MarketRun[];
}

export interface Outcome {
  readonly cases: readonly CaseRuns[];
  readonly manipulated: readonly ManipulatedRuns[];
  readonly cheats: readonly CheatResult[];
  readonly verdicts: readonly Verdict[];
}

/** A market of one case, and of one attempt on the index if any, with every seed. */
interface Batch {
  readonly case: Case;
  readonly manipulation?: Manipulation;
}

/** How the markets are run: on all cores, or one after the other. */
export type Runner = (inits: readonly MarketInit[]) => Promise<MarketRun[]>;

/** The markets that the parts need. */
function batchesOf(parts: readonly Part[]): Batch[] {
  const cases = parts.includes('market') ? CASES : [OUR_CASE];
  const manipulations = parts.includes('index') ? MANIPULATIONS : [];
  return [
    ...cases.map((each) => ({ case: each })),
    ...manipulations.map((manipulation) => ({ case: OUR_CASE, manipulation })),
  ];
}

/** How many markets a simulation runs. */
export function marketsOf({ parts, seeds }: SimulationInit): number {
  return batchesOf(parts).length * seeds;
}

/** Runs everything and judges it. The same init gives the same outcome to the last digit. */
export async function simulate(init: SimulationInit, run: Runner): Promise<Outcome> {
  const { parts, seeds, days, providers } = init;
  const batches = batchesOf(parts);
  const inits = batches.flatMap(({ case: { mechanism }, manipulation }) =>
    Array.from({ length: seeds }, (_, index) => ({ mechanism, seed: index + 1, days, providers, manipulation })),
  );
  const all = await run(inits);
  const runsOf = (index: number): MarketRun[] => all.slice(index * seeds, (index + 1) * seeds);
  const cases = batches.flatMap(({ case: each, manipulation }, index): CaseRuns[] => {
    if (manipulation !== undefined) return [];
    const runs = runsOf(index);
    return [{ ...each, runs, figures: runs.map(figuresOf) }];
  });
  const manipulated = batches.flatMap(({ manipulation }, index): ManipulatedRuns[] =>
    manipulation === undefined ? [] : [{ kind: manipulation.kind, runs: runsOf(index) }],
  );
  const ours = cases.find(({ role }) => role === 'ours')?.runs ?? [];
  const cheats = cheatsOf(init, ours, manipulated);
  return { cases, manipulated, cheats, verdicts: [...marketVerdicts(cases), ...cheats.map(judgeCheat)] };
}

function cheatsOf(
  { parts, years }: SimulationInit,
  ours: readonly MarketRun[],
  manipulated: readonly ManipulatedRuns[],
): CheatResult[] {
  const reckoned = parts.includes('cheats')
    ? [...droppingCheats(years), ...reputationCheats(), ...walkAwayCheats(ours), ...collusionCheats()]
    : [];
  return [...reckoned, ...manipulated.map(({ kind, runs }) => indexCheat(kind, ours, runs))];
}

function marketVerdicts(cases: readonly CaseRuns[]): Verdict[] {
  const rivals = cases.filter(({ role }) => role === 'rival');
  return cases
    .filter(({ role }) => role === 'ours')
    .flatMap((ours) => rivals.flatMap((rival) => JUDGED.map((figure) => judgeFigure(figure, ours, rival))));
}
