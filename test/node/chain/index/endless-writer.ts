/** Writes to the index at the place that its argument names, a provider a block, until it is killed. Others may write, too. */
import { openAt, type TestPlace } from './backends.ts';
import { batchOf, enrolled } from './events.ts';

const index = await openAt(JSON.parse(process.argv[2]!) as TestPlace);
for (;;) {
  const block = ((await index.block()) ?? 0n) + 1n;
  await index.apply(batchOf(block, block, enrolled(Number(block))), 0n);
  if (block === 20n) process.stdout.write('writing\n');
}
