import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type { MarketInit, MarketRun } from './market/run-market.ts';

/** Runs have some 100 MB each; more threads than this are not faster on the machines that we have. */
const MAX_THREADS = 8;

/**
 * Runs markets on all cores.
 * @param onDone told after each
 * @return in the order of `inits`, whichever was first
 */
export async function runAll(inits: readonly MarketInit[], onDone: () => void): Promise<MarketRun[]> {
  const runs: MarketRun[] = [];
  const queue = inits.entries();
  const thread = async (): Promise<void> => {
    for (const [index, init] of queue) {
      runs[index] = await runInThread(init);
      onDone();
    }
  };
  const threads = Math.min(MAX_THREADS, availableParallelism(), inits.length);
  await Promise.all(Array.from({ length: threads }, thread));
  return runs;
}

/** In a thread of its own: starting one takes a hundredth of what a market takes. A thread that breaks rejects this with its error. */
async function runInThread(init: MarketInit): Promise<MarketRun> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: init });
  const [run] = (await once(worker, 'message')) as [MarketRun];
  await worker.terminate();
  return run;
}
