/** `npm test`: every test suite, one after the other; the last line says how many tests passed and failed. */
import { runStep } from './lib/steps.ts';
import { countTests } from './lib/test-counts.ts';

const SUITES = ['test:contracts', 'test:node', 'test:e2e'];

const summary: string[] = [];
let passed = 0;
let failed = 0;
for (const suite of SUITES) {
  console.log(`\n=== ${suite}`);
  const { ok, seconds, output } = await runStep(suite, { live: true });
  const counts = countTests(output);
  // A suite that broke down, or that found nothing to run, is a failure that no runner counted.
  if ((!ok && counts.failed === 0) || counts.passed + counts.failed === 0) counts.failed += 1;
  passed += counts.passed;
  failed += counts.failed;
  const skipped = counts.pending > 0 ? `, ${counts.pending} skipped` : '';
  summary.push(`${suite}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)`);
}

console.log(`\n${summary.join('\n')}\n\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
