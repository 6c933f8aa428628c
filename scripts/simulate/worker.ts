/** One thread of a simulation: runs the market that it is started with. */
import { parentPort, workerData } from 'node:worker_threads';

import { type MarketInit, runMarket } from './market/run-market.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(runMarket(workerData as MarketInit));
