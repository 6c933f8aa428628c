import { parentPort } from 'node:worker_threads';

import { rootsOfUnits, type HashAnswer, type HashRequest } from './hash-thread.ts';

/** The other thread of `hashUnits`: takes units, gives their roots. */
parentPort?.on('message', ({ id, units }: HashRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ id, roots: rootsOfUnits(units) } satisfies HashAnswer);
});
