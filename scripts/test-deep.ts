/**
 * `npm run test:deep`: the campaigns that are too long for every change, one after the other; `-- --only model,formal` runs only
 * these. The last lines say which held.
 */
import { parseArgs } from 'node:util';
import { runStep } from './lib/steps.ts';

/** The shortest first, so that what is broken is soon known. */
const CAMPAIGNS = [
  'formal',
  'coverage',
  'orders',
  'proofs',
  'readers',
  'data',
  'kills',
  'simulation',
  'stryker',
  'model',
  'invariants',
  'mutation',
] as const;

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = values.only?.split(',') ?? [...CAMPAIGNS];
const unknown = names.filter((name) => !CAMPAIGNS.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`No campaign ${unknown.join(', ')}. There are ${CAMPAIGNS.join(', ')}.`);
  process.exit(2);
}

const summary: string[] = [];
for (const name of names) {
  console.log(`\n=== test:${name}`);
  const { ok, seconds } = await runStep(`test:${name}`, { live: true });
  summary.push(`${ok ? 'ok    ' : 'FAILED'} test:${name} (${seconds} s)`);
  if (!ok) process.exitCode = 1;
}
console.log(`\n${summary.join('\n')}`);
