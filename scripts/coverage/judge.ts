/** Puts Forge's counts and the sources' conditions together: what of which file never ran. */
import { PROBES_FILE, probeLines } from './instrument.ts';
import type { PlacedCondition, ProbedCopy } from './probed-copy.ts';
import type { FileCounts, Share } from './reports.ts';

export interface FileCoverage {
  file: string;
  lines: Share;
  statements: Share;
  /** Two for each condition: it was true, it was false. */
  branches: Share;
  functions: Share;
}

/** Something that the tests must reach. */
interface Item {
  file: string;
  line: number;
  /** What it means when there are no hits. */
  gap: string;
  hits: number;
}

export interface Verdict {
  rows: FileCoverage[];
  gaps: Item[];
}

/** @param statements by path; Forge tells only how many were reached */
export function judge(
  copy: ProbedCopy,
  counts: ReadonlyMap<string, FileCounts>,
  statements: ReadonlyMap<string, Share>,
): Verdict {
  const verdict: Verdict = { rows: [], gaps: [] };
  const allOutcomes = outcomesOf(copy, counts);
  for (const [file, counted] of copy.files.map((name) => [name, counts.get(name)] as const)) {
    // Interfaces and plain structs: nothing in them runs.
    if (counted === undefined) continue;
    const lines = [...counted.lines].map(([line, hits]) => ({ file, line, hits, gap: 'line never ran' }));
    const functions = counted.functions.map((entry) => ({ ...entry, file, gap: `${entry.name} was never called` }));
    const branches = allOutcomes.filter((outcome) => outcome.file === file);
    verdict.rows.push({
      file,
      lines: shareOf(lines),
      statements: statements.get(file) ?? { covered: 0, total: 0 },
      branches: shareOf(branches),
      functions: shareOf(functions),
    });
    verdict.gaps.push(...[...lines, ...functions, ...branches].filter(({ hits }) => hits === 0));
  }
  return verdict;
}

function outcomesOf({ conditions, assembly }: ProbedCopy, counts: ReadonlyMap<string, FileCounts>): Item[] {
  const probes = counts.get(PROBES_FILE)?.lines;
  if (probes === undefined) throw new Error(`Forge reported nothing about ${PROBES_FILE}`);
  return [
    ...conditions.flatMap((condition, index) => {
      const { whenTrue, whenFalse } = probeLines(index);
      return outcomes(condition, probes.get(whenTrue) ?? 0, probes.get(whenFalse) ?? 0);
    }),
    ...assembly.flatMap((condition) => {
      const { lines, arms } = counts.get(condition.file) ?? {};
      const entered = arms?.get(condition.line) ?? 0;
      return outcomes(condition, entered, (lines?.get(condition.line) ?? 0) - entered);
    }),
  ];
}

function outcomes({ file, line, text }: PlacedCondition, whenTrue: number, whenFalse: number): Item[] {
  return [
    { file, line, hits: whenTrue, gap: `never true: ${text}` },
    { file, line, hits: whenFalse, gap: `never false: ${text}` },
  ];
}

function shareOf(items: readonly Item[]): Share {
  return { covered: items.filter(({ hits }) => hits > 0).length, total: items.length };
}
