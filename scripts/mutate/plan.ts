/** Which mutants are tried, in which order, and on which suites first. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Baseline, Suite } from './baseline.ts';
import type { ContractId } from './compile.ts';
import type { Mutant } from './mutants.ts';

/**
 * A random order that only the seed and the mutants decide, in which the files take turns: however early a run stops,
 * it has seen as much of each file.
 *
 * @param sample at most so many of each file
 */
export function shuffled(mutants: readonly Mutant[], seed: string, sample: number): Mutant[] {
  const rank = ({ id }: Mutant): string => createHash('sha256').update(`${seed} ${id}`).digest('hex');
  const byFile = Map.groupBy(mutants, ({ file }) => file);
  const queues = [...byFile.values()].map((ofFile) =>
    ofFile
      .map((mutant) => ({ mutant, key: rank(mutant) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, sample),
  );
  const turns = queues.flatMap((queue) => queue.map(({ mutant }, turn) => ({ mutant, turn })));
  return turns.toSorted((a, b) => a.turn - b.turn).map(({ mutant }) => mutant);
}

/** Orders suites so that a mutant dies soon, and learns from the mutants that died before. */
export class SuiteOrder {
  readonly #baseline: Baseline;
  readonly #durationsMs: ReadonlyMap<ContractId, number>;
  readonly #kills = new Map<string, number>();
  readonly #relevant = new Map<string, Suite[]>();

  /** @param durationsMs of the suites that are to be run */
  constructor(baseline: Baseline, durationsMs: ReadonlyMap<ContractId, number>) {
    this.#baseline = baseline;
    this.#durationsMs = durationsMs;
  }

  noteKill({ file, place }: Mutant, suite: ContractId): void {
    for (const key of [`${file} ${suite}`, `${file} ${place} ${suite}`])
      this.#kills.set(key, (this.#kills.get(key) ?? 0) + 1);
  }

  /** All suites that run any of the mutant's code: first those that noticed others in the same function, then in the same file. */
  of({ file, place }: Mutant): ContractId[] {
    const kills = (key: string): number => this.#kills.get(key) ?? 0;
    const noun = basename(file, '.sol');
    const cost = ({ id }: Suite): number => this.#durationsMs.get(id) ?? 0;
    const named = ({ id }: Suite): number => Number(basename(id).startsWith(`${noun}.`));
    return this.#relevantTo(file)
      .toSorted(
        (a, b) =>
          kills(`${file} ${place} ${b.id}`) - kills(`${file} ${place} ${a.id}`) ||
          named(b) - named(a) ||
          kills(`${file} ${b.id}`) - kills(`${file} ${a.id}`) ||
          cost(a) - cost(b),
      )
      .map(({ id }) => id);
  }

  #relevantTo(file: string): Suite[] {
    const known = this.#relevant.get(file);
    if (known !== undefined) return known;
    const { suites, sources } = this.#baseline;
    const relevant = suites.filter(
      (suite) =>
        this.#durationsMs.has(suite.id) &&
        (suite.sources.includes(file) || suite.embedded.some((id) => sources[id]?.includes(file))),
    );
    this.#relevant.set(file, relevant);
    return relevant;
  }
}
