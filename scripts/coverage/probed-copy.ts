/** The folder that Forge works in: the project's contracts and their tests, with a probe around every condition. */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../lib/paths.ts';
import { findConditions } from './conditions.ts';
import { PROBES_FILE, probes, wrapConditions } from './instrument.ts';

/** What must be covered: all that is deployed. */
const SOURCES = 'contracts/**/*.sol';
const NOT_DEPLOYED = 'contracts/mocks/**';
const TESTS = 'test/contracts';
/** What a campaign finds one day and misses the next is not covered. */
const CAMPAIGNS = join(ROOT, 'test', 'contracts', 'invariant');

export interface PlacedCondition {
  file: string;
  line: number;
  text: string;
}

export interface ProbedCopy {
  /** Every source that must be covered, by path. */
  files: string[];
  /** In the order of their probes. */
  conditions: PlacedCondition[];
  /** `if` in assembly, which has no probe. */
  assembly: PlacedCondition[];
}

/** Empties `folder` first. */
export function makeProbedCopy(folder: string): ProbedCopy {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ['contracts', TESTS, join('test', 'formal')])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true, filter: (path) => path !== CAMPAIGNS });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');

  const files = globSync(SOURCES, { cwd: ROOT, exclude: [NOT_DEPLOYED] }).toSorted();
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
  const copy: ProbedCopy = { files, conditions: [], assembly: [] };
  for (const [file, { solidity, assembly }] of Object.entries(findConditions(sources))) {
    const source = sources[file] ?? '';
    writeFileSync(join(folder, file), wrapConditions(file, source, solidity, copy.conditions.length));
    const bytes = Buffer.from(source);
    const place = ({ start, end }: { start: number; end: number }): PlacedCondition => ({
      file,
      line: bytes.toString('utf8', 0, start).split('\n').length,
      text: bytes.toString('utf8', start, end).replaceAll(/\s+/g, ' '),
    });
    copy.conditions.push(...solidity.map(place));
    copy.assembly.push(...assembly.map(place));
  }
  writeFileSync(join(folder, PROBES_FILE), probes(copy.conditions.length));
  return copy;
}
