/** Prints the figures of `index-size.ts` as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import type { MarketParameters } from '../../node/chain/actions/read-market-parameters.ts';
import { SqliteMarketIndex } from '../../node/chain/index/sqlite-market-index.ts';
import { decodeEvents } from '../../node/chain/market-events.ts';
import { findProviders } from '../../node/client/session/find-providers.ts';
import { silentLogger } from '../../node/core/logger.ts';
import { placeShards } from '../../node/market/placement.ts';
import { ASKS_EACH, DEPLOYMENT, type LogSource, NOW_S, honestMarket, junkMarket } from './index-logs.ts';

export interface IndexFigures {
  eventsPerSecond: number;
  decodedPerSecond: number;
  quoteMs: number;
  floodedMs: number;
  rssMib: number;
}

const PROVIDERS = 10_000;
/** Odd, so that there is a median; each quote is for another object. */
const QUOTES = 21;
const SHARDS = 30;
const TERMS = { bond: 10n ** 18n, halfLifePeriods: 168n };
const PARAMETERS = {
  bond: TERMS.bond,
  reputation: { ...TERMS, newcomer: 10n ** 18n, badWeight: 10n, fullClients: 20 },
} as unknown as MarketParameters;

const folder = mkdtempSync(join(tmpdir(), 'stowmarket-index-'));
try {
  using index = new SqliteMarketIndex({
    path: join(folder, 'index.sqlite'),
    identity: 'bench',
    terms: TERMS,
    logger: silentLogger,
  });
  const filled = fill(index, honestMarket(PROVIDERS), 1n);
  const quoteMs = median(() => quote(index));
  fill(index, junkMarket(PROVIDERS + 1), filled.nextBlock);
  const floodedMs = median(() => quote(index));
  const figures: IndexFigures = {
    eventsPerSecond: Math.round(filled.events / ((filled.decodeMs + filled.applyMs) / 1_000)),
    decodedPerSecond: Math.round(filled.events / (filled.decodeMs / 1_000)),
    quoteMs,
    floodedMs,
    rssMib: process.resourceUsage().maxRSS / 1_024,
  };
  process.stdout.write(JSON.stringify(figures));
} finally {
  rmSync(folder, { recursive: true });
}

/** Applies logs as they come from the chain; the time counts from the log's bytes, not what it took to make them. */
function fill(index: SqliteMarketIndex, source: LogSource, from: bigint) {
  let [block, events, decodeMs, applyMs] = [from, 0, 0, 0];
  for (const logs of source(from)) {
    const start = performance.now();
    const decoded = decodeEvents(DEPLOYMENT, logs);
    const between = performance.now();
    const to = logs.at(-1)!.blockNumber;
    // As at the head of the chain, with the way back kept: the slower of the two.
    index.apply({ fromBlock: block, to: { number: to, hash: `0x${to.toString(16)}` }, events: decoded }, block - 1n);
    applyMs += performance.now() - between;
    decodeMs += between - start;
    events += decoded.length;
    block = to + 1n;
  }
  return { events, decodeMs, applyMs, nextBlock: block };
}

function quote(index: SqliteMarketIndex): void {
  const request = {
    objectKey: randomBytes(32),
    shards: Array.from({ length: SHARDS }, (_, shard) => shard),
    units: 258,
    periods: 90,
    clientDeposit: 10n ** 20n,
    time: NOW_S,
  };
  const { providers } = findProviders({ index, parameters: PARAMETERS, period: 100, quote: 10n ** 9n }, request, []);
  const { placed } = placeShards(providers, request);
  if (placed.length !== SHARDS) throw new Error(`${placed.length} of ${SHARDS} shards found a provider`);
  if (placed.some(({ chosen }) => chosen.provider.id > PROVIDERS && chosen.askId <= PROVIDERS * ASKS_EACH))
    throw new Error('mixed up');
}

function median(run: () => void): number {
  const times: number[] = [];
  for (let round = 0; round < QUOTES + 3; round++) {
    const start = performance.now();
    run();
    // The first ones warm up.
    if (round >= 3) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[QUOTES >> 1]!;
}
