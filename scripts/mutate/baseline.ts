import { globSync } from 'node:fs';
import { ROOT } from '../lib/paths.ts';
import { compileAll, type Compiled, type ContractId, sourcesRead } from './compile.ts';
import { type Exchangeable, MIN_LENGTH, withTrampolines } from './trampoline.ts';

/** A test contract. */
export interface Suite {
  id: ContractId;
  /** As JSON. */
  abi: string;
  /** Creation code with trampolines for the contracts that it deploys. */
  code: string;
  /** Files whose code is inlined in the test contract itself: it must be compiled anew for their mutants. */
  sources: string[];
  /** What it deploys, and what those deploy. */
  embedded: ContractId[];
}

export interface Baseline {
  suites: Suite[];
  /** By the index of their accounts. */
  exchangeable: Exchangeable[];
  /** Creation codes with trampolines for what they deploy themselves. */
  linked: Record<ContractId, string>;
  /** The files in each contract's code. */
  sources: Record<ContractId, string[]>;
  /** What was compiled. */
  texts: [name: string, text: string][];
}

/** Gas snapshots notice every change of the code, campaigns take minutes: neither says that a test would notice. */
const TEST_FILES = { include: 'test/contracts/**/*.t.sol', exclude: /^test\/contracts\/(gas|invariant|formal)\// };

function isSuite(id: ContractId, { abi }: Compiled): boolean {
  return id.startsWith('test/') && abi.some((item) => item.type === 'function' && item.name.startsWith('test'));
}

function reachable(direct: readonly ContractId[], children: ReadonlyMap<ContractId, ContractId[]>): ContractId[] {
  const found = new Set<ContractId>();
  const visit = (id: ContractId): void => {
    if (found.has(id)) return;
    found.add(id);
    (children.get(id) ?? []).forEach(visit);
  };
  direct.forEach(visit);
  return [...found];
}

/** Compiles all tests once, unoptimized: that is six times as fast, for each mutant too, and tests must not depend on it. */
export function buildBaseline(): Baseline {
  const files = globSync(TEST_FILES.include, { cwd: ROOT })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !TEST_FILES.exclude.test(file))
    .toSorted();
  const compiled = [...compileAll(files)];
  const exchangeable = compiled
    .filter(([id, contract]) => !isSuite(id, contract) && contract.code.length / 2 >= MIN_LENGTH)
    .map(([id, { code }]) => ({ id, code }))
    .toSorted((a, b) => b.code.length - a.code.length);
  const linked: Record<ContractId, string> = {};
  const children = new Map<ContractId, ContractId[]>();
  for (const { id, code } of exchangeable) {
    const result = withTrampolines(code, exchangeable);
    linked[id] = result.code;
    children.set(id, result.embedded);
  }
  const suites = compiled
    .filter(([id, contract]) => isSuite(id, contract))
    .map(([id, { abi, code, sources }]): Suite => {
      const { code: withHoles, embedded } = withTrampolines(code, exchangeable);
      return { id, abi: JSON.stringify(abi), code: withHoles, sources, embedded: reachable(embedded, children) };
    });
  const sources = Object.fromEntries(compiled.map(([id, contract]) => [id, contract.sources]));
  return { suites, exchangeable, linked, sources, texts: sourcesRead() };
}
