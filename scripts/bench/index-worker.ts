/** Prints the figures of `index-size.ts` as JSON. */
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import type { MarketParameters } from '../../node/chain/actions/read-market-parameters.ts';
import { openSqliteIndex } from '../../node/chain/index/open-index.ts';
import { decodeEvents } from '../../node/chain/market-events.ts';
import { findProviders } from '../../node/client/session/find-providers.ts';
import { silentLogger } from '../../node/core/logger.ts';
import { keepHeapSmall } from '../../node/core/small-heap.ts';
import { placeShards } from '../../node/market/placement.ts';
import { DEPLOYMENT, NOW_S, readLogs } from './index-logs.ts';

export interface IndexFigures {
  eventsPerSecond: number;
  decodedPerSecond: number;
  quoteMs: number;
  floodedMs: number;
  rssMib: number;
}

/** Odd, so that there is a median; each quote is for another object. */
const QUOTES = 21;
const SHARDS = 30;
const TERMS = { bond: 10n ** 18n, halfLifePeriods: 168n, halfLifeBlocks: 5_040n };
const PARAMETERS = {
  bond: TERMS.bond,
  periodBlocks: 30,
  reputation: { ...TERMS, newcomer: 10n ** 18n, badWeight: 10n, fullClients: 20 },
} as unknown as MarketParameters;

/** The folder with the logs, and how many of their batches come before the flood. */
const [folder = '', honest = ''] = process.argv.slice(2);
keepHeapSmall();
await using index = openSqliteIndex({
  path: join(folder, 'index.sqlite'),
  identity: 'bench',
  terms: TERMS,
  logger: silentLogger,
});
/** Without logs, it only quotes from the index that is there: as every command after the first. */
if (honest === '') {
  await median(quote);
  process.stdout.write(JSON.stringify({ rssMib: process.resourceUsage().maxRSS / 1_024 }));
  process.exit();
}
const batches = readLogs(join(folder, 'logs'));
const filled = await fill(Number(honest));
const quoteMs = await median(quote);
await fill(Infinity);
const floodedMs = await median(quote);
const figures: IndexFigures = {
  eventsPerSecond: Math.round(filled.events / ((filled.decodeMs + filled.applyMs) / 1_000)),
  decodedPerSecond: Math.round(filled.events / (filled.decodeMs / 1_000)),
  quoteMs,
  floodedMs,
  rssMib: process.resourceUsage().maxRSS / 1_024,
};
process.stdout.write(JSON.stringify(figures));

/** Applies batches of logs; the time counts from the parsed log to the row on disk. */
async function fill(count: number) {
  let [events, decodeMs, applyMs] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    const next = await batches.next();
    if (next.done === true) break;
    const start = performance.now();
    const decoded = decodeEvents(DEPLOYMENT, next.value);
    const between = performance.now();
    const fromBlock = ((await index.block()) ?? 0n) + 1n;
    const to = next.value.at(-1)!.blockNumber;
    // As at the head of the chain, with the way back kept: the slower of the two.
    await index.apply({ fromBlock, to: { number: to, hash: `0x${to.toString(16)}` }, events: decoded }, fromBlock - 1n);
    applyMs += performance.now() - between;
    decodeMs += between - start;
    events += decoded.length;
  }
  return { events, decodeMs, applyMs };
}

async function quote(): Promise<void> {
  const request = {
    objectKey: randomBytes(32),
    shards: Array.from({ length: SHARDS }, (_, shard) => shard),
    units: 258,
    periods: 90,
    clientDeposit: 10n ** 20n,
    time: NOW_S,
  };
  const moment = { index, parameters: PARAMETERS, period: 100, block: 3_000n, quote: 10n ** 9n };
  const { providers } = await findProviders(moment, request, []);
  const { placed } = placeShards(providers, request);
  if (placed.length !== SHARDS) throw new Error(`${placed.length} of ${SHARDS} shards found a provider`);
}

async function median(run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < QUOTES + 3; round++) {
    const start = performance.now();
    await run();
    // The first ones warm up.
    if (round >= 3) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[QUOTES >> 1]!;
}
