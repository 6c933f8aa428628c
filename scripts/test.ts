/**
 * `npm test`: every test suite; the last line says how many tests passed and failed. Those of the contracts keep one core busy for minutes,
 * and those of the node mostly wait for blocks and deadlines: they run side by side, on a copy of the compiled contracts.
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

/** Beside the contracts, whoever has time takes the next: the longest come first, and the last ones fill up. */
const OTHERS = ['suite:node', 'suite:cli:late', 'suite:cli:early', 'suite:e2e', 'suite:client'] as const;
/** Half of what they do is waiting for blocks and deadlines: three keep two cores busy. */
const AT_ONCE = 3;

interface Done {
  output: string;
  suite: Suite;
}

/** Says nothing until all is over, so that the lines of each stay together. */
async function takeTurns(queue: string[], done: Map<string, Done>, env: Record<string, string>): Promise<void> {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const step = await runStep(name, { live: false, env });
    done.set(name, { output: step.output, suite: suiteOf(step) });
  }
}

const build = await runStep('build:contracts', { live: true });
if (!build.ok) process.exit(1);
const copy = mkdtempSync(join(tmpdir(), 'stowmarket-artifacts-'));
const suites: Suite[] = [];
try {
  cpSync(ARTIFACTS_DIR, copy, { recursive: true });
  const env = { STOWMARKET_TEST_ARTIFACTS: copy };
  const queue: string[] = [...OTHERS];
  const done = new Map<string, Done>();
  const others = Array.from({ length: AT_ONCE - 1 }, async () => takeTurns(queue, done, env));
  console.log('\n=== test:contracts');
  suites.push(suiteOf(await runStep('test:contracts', { live: true })));
  await Promise.all([...others, takeTurns(queue, done, env)]);
  for (const [name, { output, suite }] of done) {
    console.log(`\n=== ${name}, which ran beside others`);
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
