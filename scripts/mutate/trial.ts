import type { Baseline, Suite } from './baseline.ts';
import { CompileError, type Compiled, compileSome, type ContractId, readSource, type Replacement } from './compile.ts';
import { SourceText } from './edit.ts';
import type { TestRunner } from './edr.ts';
import type { Mutant } from './mutants.ts';
import { withTrampolines } from './trampoline.ts';

export type Verdict =
  | { outcome: 'killed'; suite: ContractId; test: string }
  /** No test noticed. */
  | { outcome: 'survived' }
  /** Compiles to the same code as the original. */
  | { outcome: 'equivalent' }
  | { outcome: 'invalid' };

/** Tries one mutant after the other against the same baseline. */
export class Laboratory {
  readonly #baseline: Baseline;
  readonly #runner: TestRunner;
  readonly #indexes: ReadonlyMap<ContractId, number>;
  /** Code of the originals as it is deployed, optimized. */
  readonly #optimized = new Map<ContractId, string>();

  constructor(baseline: Baseline, runner: TestRunner) {
    this.#baseline = baseline;
    this.#runner = runner;
    this.#indexes = new Map(baseline.exchangeable.map(({ id }, index) => [id, index]));
  }

  /** Runs a suite against what it deploys, and against mutants in place of some of it. */
  async runSuite(
    { id, abi, embedded }: Suite,
    code: string,
    mutated: ReadonlyMap<ContractId, string>,
  ): Promise<string[]> {
    const [source = '', name = ''] = id.split(':');
    const creationCodes = new Map<number, string>();
    for (const contract of embedded) {
      const index = this.#indexes.get(contract);
      const original = this.#baseline.linked[contract];
      if (index === undefined || original === undefined) throw new Error(`${contract} has no creation code`);
      creationCodes.set(index, mutated.get(contract) ?? original);
    }
    return this.#runner.run({ source, name, abi, code }, creationCodes);
  }

  /** @param suites what to run, in this order, until a test fails */
  async try(mutant: Mutant, suites: readonly Suite[]): Promise<Verdict> {
    const text = new SourceText(readSource(mutant.file)).apply(mutant);
    const replacement = { file: mutant.file, text };
    try {
      return await this.#tryCompiled(replacement, suites);
    } catch (error) {
      if (error instanceof CompileError) return { outcome: 'invalid' };
      throw error;
    }
  }

  async #tryCompiled(replacement: Replacement, suites: readonly Suite[]): Promise<Verdict> {
    const mutated = new Map<ContractId, string>();
    const unchanged = new Set<ContractId>();
    for (const suite of suites) {
      const wanted = suite.embedded.filter(
        (id) => !mutated.has(id) && !unchanged.has(id) && this.#contains(id, replacement.file),
      );
      for (const [id, code] of this.#compile(wanted, replacement))
        if (code === undefined) unchanged.add(id);
        else mutated.set(id, code);
      const own = suite.sources.includes(replacement.file) ? this.#compileSuite(suite, replacement) : suite.code;
      if (own === suite.code && !suite.embedded.some((id) => mutated.has(id))) continue;
      const [test] = await this.runSuite(suite, own, mutated);
      if (test !== undefined) return { outcome: 'killed', suite: suite.id, test };
    }
    return { outcome: this.#isEquivalent(replacement, mutated) ? 'equivalent' : 'survived' };
  }

  #contains(id: ContractId, file: string): boolean {
    return this.#baseline.sources[id]?.includes(file) ?? false;
  }

  /** The mutated creation code of some contracts, with trampolines; undefined where it is as before. */
  #compile(ids: readonly ContractId[], replacement: Replacement): [ContractId, string | undefined][] {
    if (ids.length === 0) return [];
    const compiled = compileSome(ids, false, replacement);
    return ids.map((id) => {
      const code = withTrampolines(codeOf(compiled, id), this.#baseline.exchangeable).code;
      return [id, code === this.#baseline.linked[id] ? undefined : code];
    });
  }

  #compileSuite({ id }: Suite, replacement: Replacement): string {
    const compiled = compileSome([id], false, replacement);
    return withTrampolines(codeOf(compiled, id), this.#baseline.exchangeable).code;
  }

  /** Whether the optimizer makes the same code of the mutant as of the original, wherever it is used. */
  #isEquivalent(replacement: Replacement, mutated: ReadonlyMap<ContractId, string>): boolean {
    // Code that only a test contract contains tells nothing about what is deployed.
    const ids = [...mutated.keys()].filter((id) => id.startsWith('contracts/'));
    if (ids.length === 0) return mutated.size === 0;
    const unknown = ids.filter((id) => !this.#optimized.has(id));
    if (unknown.length > 0) for (const [id, { code }] of compileSome(unknown, true)) this.#optimized.set(id, code);
    const compiled = compileSome(ids, true, replacement);
    return ids.every((id) => codeOf(compiled, id) === this.#optimized.get(id));
  }
}

function codeOf(compiled: ReadonlyMap<ContractId, Compiled>, id: ContractId): string {
  const code = compiled.get(id)?.code;
  if (code === undefined) throw new CompileError(`${id} has no code any more`);
  return code;
}
