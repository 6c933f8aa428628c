/** Writes to the index that its argument names, a provider a block, until it is killed. */
import { batchOf, enrolled } from './events.ts';
import { testIndex } from './test-index.ts';

const index = testIndex({ path: process.argv[2]! });
for (let block = 1n; ; block++) {
  await index.apply(batchOf(block, block, enrolled(Number(block))), 0n);
  if (block === 20n) process.stdout.write('writing\n');
}
