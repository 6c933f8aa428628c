/**
 * `npm test`: every test suite; the last line says how many tests passed and failed. Those of the contracts keep one core busy for minutes,
 * and those of the node mostly wait for blocks and deadlines: they run side by side, on a copy of the compiled contracts, in two lanes of about
 * the same length.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARTIFACTS_DIR } from '../deploy/artifacts.ts';
import { runStep, type StepResult } from './lib/steps.ts';
import { countTests, type TestCounts } from './lib/test-counts.ts';

interface Suite {
  counts: TestCounts;
  line: string;
}

function suiteOf({ name, ok, seconds, output }: StepResult): Suite {
  const counts = countTests(output);
  // A suite that broke down, or that found nothing to run, is a failure that no runner counted.
  if ((!ok && counts.failed === 0) || counts.passed + counts.failed === 0) counts.failed += 1;
  const skipped = counts.pending > 0 ? `, ${counts.pending} skipped` : '';
  return { counts, line: `${name}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)` };
}

async function shown(name: string): Promise<Suite> {
  console.log(`\n=== ${name}`);
  return suiteOf(await runStep(name, { live: true }));
}

/** One after the other. Says nothing until all is over, so that the lines of each stay together. */
async function aside(
  names: readonly string[],
  env: Record<string, string>,
): Promise<{ name: string; output: string; suite: Suite }[]> {
  const done: { name: string; output: string; suite: Suite }[] = [];
  for (const name of names) {
    const step = await runStep(name, { live: false, env });
    done.push({ name, output: step.output, suite: suiteOf(step) });
  }
  return done;
}

/** Suites that run beside those of the contracts. */
const LANES = [['suite:node', 'suite:client'], ['suite:cli']] as const;

const build = await runStep('build:contracts', { live: true });
if (!build.ok) process.exit(1);
const copy = mkdtempSync(join(tmpdir(), 'stowmarket-artifacts-'));
const suites: Suite[] = [];
try {
  cpSync(ARTIFACTS_DIR, copy, { recursive: true });
  const lanes = LANES.map(async (names) => aside(names, { STOWMARKET_TEST_ARTIFACTS: copy }));
  suites.push(await shown('test:contracts'), await shown('test:e2e'));
  for (const { name, output, suite } of (await Promise.all(lanes)).flat()) {
    console.log(`\n=== ${name}, which ran beside them`);
    process.stdout.write(output);
    suites.push(suite);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

const passed = suites.reduce((sum, { counts }) => sum + counts.passed, 0);
const failed = suites.reduce((sum, { counts }) => sum + counts.failed, 0);
console.log(`\n${suites.map(({ line }) => line).join('\n')}\n\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
