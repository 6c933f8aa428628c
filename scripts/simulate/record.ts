import type { CheatResult } from './cheats/reference.ts';
import type { Case } from './cases.ts';
import type { Figures } from './market/figures.ts';
import type { Manipulation } from './market/manipulation.ts';
import type { DayRecord, MarketRun } from './market/run-market.ts';
import type { Outcome, SimulationInit } from './simulation.ts';
import { meanOf } from './statistics.ts';
import type { Verdict } from './verdicts.ts';

/** Weeks from the first, each the mean over its days and all seeds. */
export type Weekly = readonly number[];

export interface CaseRecord {
  readonly name: string;
  readonly role: Case['role'];
  /** By seed. */
  readonly figures: readonly Figures[];
  readonly price: Weekly;
}

export interface IndexRecord {
  /** honest: nobody moved it. */
  readonly kind: Manipulation['kind'] | 'honest';
  /** What the index wants, and what was paid. */
  readonly quote: Weekly;
  readonly price: Weekly;
}

/** What a simulation leaves: all that its tables and plots show. */
export interface SimulationRecord {
  readonly init: SimulationInit;
  readonly cases: readonly CaseRecord[];
  readonly index: readonly IndexRecord[];
  readonly cheats: readonly CheatResult[];
  readonly verdicts: readonly Verdict[];
}

const WEEK = 7;
/** Enough for every digit that is shown anywhere. */
const DIGITS = 7;

export function recordOf(init: SimulationInit, { cases, manipulated, cheats, verdicts }: Outcome): SimulationRecord {
  const ours = cases.find(({ role }) => role === 'ours')?.runs ?? [];
  const record = {
    init,
    cases: cases.map(({ name, role, figures, runs }) => ({ name, role, figures, price: weeklyOf(runs, 'price') })),
    index: [indexRecordOf('honest', ours), ...manipulated.map(({ kind, runs }) => indexRecordOf(kind, runs))],
    cheats,
    verdicts,
  };
  return rounded(record);
}

function indexRecordOf(kind: IndexRecord['kind'], runs: readonly MarketRun[]): IndexRecord {
  return { kind, quote: weeklyOf(runs, 'quote'), price: weeklyOf(runs, 'price') };
}

function weeklyOf(runs: readonly MarketRun[], field: keyof DayRecord): number[] {
  const days = runs[0]?.days.length ?? 0;
  return Array.from({ length: Math.floor(days / WEEK) }, (_, week) =>
    meanOf(runs.flatMap((run) => run.days.slice(week * WEEK, (week + 1) * WEEK).map((day) => day[field]))),
  );
}

/** The same with numbers of few digits: what is written to a file and read again is what was printed. */
function rounded(record: SimulationRecord): SimulationRecord {
  const text = JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value,
  );
  return JSON.parse(text) as SimulationRecord;
}
