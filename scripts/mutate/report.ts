import type { Outcome } from './pool.ts';
import type { Explanations } from './survivors.ts';

/** The least share of mutants that must be noticed. */
const REQUIRED = 0.95;

export interface Tally {
  tried: number;
  killed: number;
  survived: number;
  /** Survivors with a reason in survivors.json. */
  explained: number;
  equivalent: number;
  invalid: number;
}

/** What the tests noticed of what they could notice. */
function scoreOf({ killed, survived }: Tally): number {
  return killed + survived === 0 ? 1 : killed / (killed + survived);
}

function tallyOf(outcomes: readonly Outcome[], explanations: Explanations): Tally {
  const tally: Tally = { tried: 0, killed: 0, survived: 0, explained: 0, equivalent: 0, invalid: 0 };
  for (const { outcome, mutant } of outcomes) {
    tally.tried += 1;
    if (outcome === 'killed' || outcome === 'timed out') tally.killed += 1;
    else if (outcome !== 'survived') tally[outcome] += 1;
    else if (explanations.reasonFor(mutant) === undefined) tally.survived += 1;
    else tally.explained += 1;
  }
  return tally;
}

function lineOf(name: string, tally: Tally): string {
  const { tried, killed, survived, explained, equivalent, invalid } = tally;
  const cells = [tried, killed, survived, explained, equivalent, invalid].map((count) => String(count).padStart(10));
  return `${name.padEnd(38)}${cells.join('')}${`${(100 * scoreOf(tally)).toFixed(1)}%`.padStart(9)}`;
}

export class Report {
  readonly outcomes: Outcome[] = [];
  readonly #explanations: Explanations;

  constructor(explanations: Explanations) {
    this.#explanations = explanations;
  }

  add(outcome: Outcome): void {
    this.outcomes.push(outcome);
  }

  /** A survivor without an explanation. */
  isOpen({ outcome, mutant }: Outcome): boolean {
    return outcome === 'survived' && this.#explanations.reasonFor(mutant) === undefined;
  }

  get total(): Tally {
    return tallyOf(this.outcomes, this.#explanations);
  }

  /** One line for each file, and one for each survivor. */
  lines(): string[] {
    const byFile = Map.groupBy(this.outcomes, ({ mutant }) => mutant.file);
    const heads = ['tried', 'killed', 'survived', 'explained', 'same code', 'invalid'];
    const survivors = this.outcomes.filter((outcome) => this.isOpen(outcome));
    return [
      `${'file'.padEnd(38)}${heads.map((head) => head.padStart(10)).join('')}${'killed'.padStart(9)}`,
      ...[...byFile]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([file, outcomes]) => lineOf(file, tallyOf(outcomes, this.#explanations))),
      lineOf('total', this.total),
      '',
      ...survivors
        .toSorted((a, b) => (a.mutant.file < b.mutant.file ? -1 : 1) || a.mutant.start - b.mutant.start)
        .flatMap(({ mutant }) => [
          `survived  ${mutant.file}:${mutant.line}  ${mutant.place}  (${mutant.operator})`,
          `        - ${mutant.original}`,
          `        + ${mutant.mutated}`,
        ]),
    ];
  }

  /** Why the run has failed, if it has. */
  failure(allowedSurvivors: number): string | undefined {
    const { total } = this;
    if (total.killed === 0) return 'no mutant was killed: something is wrong with the run itself';
    const score = scoreOf(total);
    if (score < REQUIRED) return `${(100 * score).toFixed(1)}% killed, less than ${100 * REQUIRED}%`;
    if (total.survived > allowedSurvivors)
      return `${total.survived} survivors without an explanation, more than ${allowedSurvivors}`;
    return undefined;
  }
}
