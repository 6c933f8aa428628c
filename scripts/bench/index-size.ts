import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { writeLogs } from './index-logs.ts';
import type { IndexFigures } from './index-worker.ts';
import type { Row } from './reporter.ts';

const PROVIDERS = 10_000;
const WORKER = fileURLToPath(new URL('index-worker.ts', import.meta.url));

/**
 * A fresh index from encoded logs of the chain, by the code that decodes them in use; quotes from it; and the same after a flood of junk.
 * In a process of its own, for its memory. `limit` of the first row is decoding without an index, of the flooded quote the quote before it.
 */
export async function rows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stowmarket-index-'));
  const honest = writeLogs(join(folder, 'logs'), PROVIDERS);
  const run = async (...more: string[]): Promise<IndexFigures> => {
    const args = ['--disable-warning=ExperimentalWarning', WORKER, folder, ...more];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as IndexFigures;
  };
  try {
    const figures = await run(String(honest));
    const { rssMib } = await run();
    return toRows(figures, rssMib);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toRows(
  { eventsPerSecond, decodedPerSecond, quoteMs, floodedMs, rssMib }: IndexFigures,
  laterMib: number,
): Row[] {
  return [
    { name: 'fresh index from logs', ours: eventsPerSecond, unit: 'events/s', bar: 5_000, limit: decodedPerSecond },
    { name: 'quote for 30 shards, 100,000 asks', ours: quoteMs, unit: 'ms', bar: 100 },
    { name: 'the same after 100,000 junk asks', ours: floodedMs, unit: 'ms', limit: quoteMs },
    { name: 'flooded over not flooded', ours: floodedMs / quoteMs, unit: '×', bar: 2 },
    { name: 'memory at most, reading all logs', ours: rssMib, unit: 'MiB', bar: 300 },
    { name: 'memory at most, quoting later', ours: laterMib, unit: 'MiB', bar: 300 },
  ];
}
