/**
 * `npm run test:model -- --steps 100000 --seed 1`: random steps on the contracts and on the plain model, which must agree.
 * `--chain I` runs the steps of that one chain again; `--compare-every 1` then shows the very step after which the state differs.
 */
import { parseArgs } from 'node:util';

import { gapsIn } from './driver/expected-errors.ts';
import { Divergence, runSequence } from './driver/sequence.ts';
import { Tally } from './driver/tally.ts';

/** From here on a run is long enough to meet everything. */
const LONG_RUN_STEPS = 50_000;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    chain: { type: 'string' },
    'chain-steps': { type: 'string', default: '2000' },
    'compare-every': { type: 'string', default: '25' },
  },
});
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const [steps, chainSteps, compareEvery] = [values.steps, values['chain-steps'], values['compare-every']].map(whole) as [
  number,
  number,
  number,
];
const tally = new Tally();
const started = performance.now();

try {
  await run();
  const gaps = tally.steps < LONG_RUN_STEPS ? [] : gapsIn(tally);
  print(`\n${tally.table()}\n\n${tally.errors().size} kinds of errors; ${tally.outcomes()}`);
  print(`${tally.steps} steps of seed ${values.seed}, ${tally.succeeded} succeeded; chain and model agree`);
  for (const gap of gaps) print(`MISSING: ${gap}`);
  process.exitCode = gaps.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof Divergence)) throw error;
  print(`\nDIFFERENCE in ${error.message}`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  print(`seed ${values.seed}: ${steps} steps, ${chainSteps} on each chain`);
  const [first, count] = values.chain === undefined ? [0, Math.ceil(steps / chainSteps)] : [whole(values.chain), 1];
  for (let chain = first; chain < first + count; chain += 1) {
    const length = Math.min(chainSteps, steps - (chain - first) * chainSteps);
    await runSequence({ seed: `${values.seed}/${chain}`, steps: length, compareEvery }, tally);
    const seconds = Math.round((performance.now() - started) / 1000);
    print(`chain ${chain}: agrees; ${tally.steps} steps so far, ${seconds} s`);
  }
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`not a whole number: ${text}`);
  return number;
}
