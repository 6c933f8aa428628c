/**
 * `npm run test:coverage`: runs the Solidity tests under Forge and exits 1 unless they run every line, call every
 * function and see every condition both true and false, in all of contracts/ but its mocks. (Hardhat's own coverage
 * knows no branches.)
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installFoundry, runCoverage } from './coverage/foundry.ts';
import { type FileCoverage, judge } from './coverage/judge.ts';
import { makeProbedCopy } from './coverage/probed-copy.ts';
import { parseLcov, parseStatements, type Share } from './coverage/reports.ts';
import { ROOT } from './lib/paths.ts';

const OUTPUT = join(ROOT, 'coverage');
const COPY = join(OUTPUT, 'probed');
const LCOV = join(OUTPUT, 'lcov.info');

const KINDS = ['lines', 'statements', 'branches', 'functions'] as const;
const SHARE_WIDTH = 18;

function table(rows: readonly FileCoverage[]): string {
  const width = Math.max(...rows.map(({ file }) => file.length));
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(width) + cells.map((cell) => cell.padStart(SHARE_WIDTH)).join('');
  const sums = KINDS.map((kind) => ({
    covered: rows.reduce((sum, row) => sum + row[kind].covered, 0),
    total: rows.reduce((sum, row) => sum + row[kind].total, 0),
  }));
  return [
    line('', KINDS),
    ...rows.map((row) =>
      line(
        row.file,
        KINDS.map((kind) => shown(row[kind])),
      ),
    ),
    line('all', sums.map(shown)),
  ].join('\n');
}

function shown({ covered, total }: Share): string {
  const percent = total === 0 ? 100 : (100 * covered) / total;
  // Cut off, not rounded: 100 must mean all.
  return `${covered}/${total} ${(Math.floor(percent * 100) / 100).toFixed(2)}%`;
}

async function main(): Promise<boolean> {
  const started = performance.now();
  installFoundry(console.error);
  mkdirSync(OUTPUT, { recursive: true });
  const copy = makeProbedCopy(COPY);
  console.error('Forge compiles and runs the Solidity tests. This takes a minute or two.');
  const output = await runCoverage(COPY, LCOV, console.error);
  const { rows, gaps } = judge(copy, parseLcov(readFileSync(LCOV, 'utf8')), parseStatements(output));
  console.log(`${table(rows)}\n`);
  for (const { file, line, gap } of gaps) console.log(`${file}:${line}  ${gap}`);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${gaps.length === 0 ? 'Everything is covered' : `Not covered: ${gaps.length}`} (${seconds} s).`);
  return gaps.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
