/** `npm run check`: everything about the sources that a tool can judge. Warnings are errors. */
import { runStep, type StepResult } from './lib/steps.ts';

const STEPS = [
  // First: types and gas need what the compiler writes.
  'build',
  'check:format',
  'check:lint',
  'check:lint-sol',
  'check:types',
  'check:unused',
  'check:warnings',
  'check:layout',
  'check:abi',
  'check:gas',
];

const failed: StepResult[] = [];
for (const name of STEPS) {
  const step = await runStep(name, { live: false });
  console.log(`${step.ok ? 'ok    ' : 'FAILED'} ${name} (${step.seconds} s)`);
  if (!step.ok) {
    console.log(step.output.trimEnd());
    failed.push(step);
  }
}

console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.map(({ name }) => name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
