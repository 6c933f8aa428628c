/** `npm run test:model -- --steps 100000 --seed 1`: random steps on the chain and on the plain model, which must agree. */
import { parseArgs } from 'node:util';

import { runSequence } from './driver/sequence.ts';
import { Tally } from './driver/tally.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    chain: { type: 'string' },
    'chain-steps': { type: 'string', default: '2000' },
  },
});
const steps = Number(values.steps);
const chainSteps = Number(values['chain-steps']);
const tally = new Tally();
const started = performance.now();
const print = (text: string): void => void process.stdout.write(`${text}\n`);

for (let chain = Number(values.chain ?? 0), left = steps; left > 0; chain += 1, left -= chainSteps) {
  await runSequence(`${values.seed}/${chain}`, Math.min(left, chainSteps), tally);
  const seconds = Math.round((performance.now() - started) / 1000);
  print(`chain ${chain} of seed ${values.seed}: ${tally.steps} steps, ${seconds} s`);
  if (values.chain !== undefined) break;
}
print(tally.table());
print(`${tally.steps} steps, ${tally.succeeded} succeeded`);
