import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../lib/paths.ts';
import type { Mutant } from './mutants.ts';

/** A survivor that no test can or need notice, and why. */
interface Explained {
  file: string;
  /** `Contract.function` */
  place: string;
  /** The changed lines before and after the change, with single spaces; the lines' numbers would move with every edit. */
  original: string;
  mutated: string;
  reason: string;
}

export const SURVIVORS_FILE = 'test/contracts/mutation/survivors.json';

/** Names a mutant whatever line it stands in. */
export const keyOf = ({ file, place, original, mutated }: Omit<Explained, 'reason'>): string =>
  JSON.stringify([file, place, original, mutated]);

export class Explanations {
  readonly #reasons: ReadonlyMap<string, string>;

  private constructor(explained: readonly Explained[]) {
    this.#reasons = new Map(explained.map((entry) => [keyOf(entry), entry.reason]));
  }

  static read(): Explanations {
    const path = join(ROOT, SURVIVORS_FILE);
    return new Explanations(existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Explained[]) : []);
  }

  reasonFor(mutant: Mutant): string | undefined {
    return this.#reasons.get(keyOf(mutant));
  }

  /** How many explanations belong to none of the mutants: the code that they speak of has changed. */
  staleAmong(mutants: readonly Mutant[]): number {
    const keys = new Set(mutants.map(keyOf));
    return [...this.#reasons.keys()].filter((key) => !keys.has(key)).length;
  }
}
