import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { runProgram } from '../../node/cli/main.ts';
import type { CliIo } from '../../node/cli/io.ts';
import { startDevnet, type Devnet, type Say } from '../devnet/devnet.ts';
import { ProcessGroup } from '../devnet/processes.ts';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PlainCopies } from './plain-copies.ts';
import type { Row } from './reporter.ts';

const MEBIBYTE = 1_048_576;
const SIZE_BYTES = 256 * MEBIBYTE;
/** Odd, so that a median is a measurement; few, as each stores 384 MiB. */
const ROUNDS = 3;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HARDHAT = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js');

/**
 * Putting 256 MiB at 4 of 6 into provider processes of a devnet and getting it back, every check on, beside plain copies of the same
 * file over TCP and HTTP, in interleaved rounds; medians. `bytes` counts from the first byte read to the last one stored or written;
 * `all` is the whole command: finding providers, reserving, signing, a block for the agreements.
 */
export async function rows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stowmarket-bench-'));
  const group = new ProcessGroup(join(folder, 'logs'));
  try {
    await promisify(execFile)(process.execPath, [HARDHAT, 'build', '--no-tests', '--quiet'], { cwd: ROOT });
    const net = await startDevnet(join(folder, 'net'), silent, group, 0);
    const source = join(folder, 'source');
    await writeRandom(source);
    const plain = await PlainCopies.start(folder);
    try {
      return toRows(await measure(net, plain, source, join(folder, 'target')));
    } finally {
      await plain.stop();
    }
  } finally {
    await group.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Timing {
  /** Milliseconds in which bytes moved. */
  bytesMs: number;
  /** Milliseconds of the whole. */
  allMs: number;
  /** CPU milliseconds of this process. */
  cpuMs: number;
}

const JOBS = ['tcpPut', 'httpPut', 'put', 'tcpGet', 'httpGet', 'get'] as const;
type Job = (typeof JOBS)[number];

async function measure(net: Devnet, plain: PlainCopies, source: string, target: string): Promise<Record<Job, Timing>> {
  const expected = await digestOf(source);
  const runs: Record<Job, () => Promise<number | void>> = {
    tcpPut: async () => plain.putByTcp(source),
    httpPut: async () => plain.putByHttp(source),
    put: async () => command(net, ['put', source, '--name', 'bench', '--periods', '30'], 'upload'),
    tcpGet: async () => plain.getByTcp(target),
    httpGet: async () => plain.getByHttp(target),
    get: async () => command(net, ['get', 'bench', '-o', target], 'download'),
  };
  const timings = Object.fromEntries(JOBS.map((job) => [job, [] as Timing[]])) as Record<Job, Timing[]>;
  // The first round warms up compilers, connections and page cache.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const job of JOBS) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const bytesMs = await runs[job]();
      const allMs = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      if (round > 0) timings[job].push({ bytesMs: bytesMs ?? allMs, allMs, cpuMs: (user + system) / 1_000 });
      if (job.endsWith('Get') || job === 'get') {
        if ((await digestOf(target)) !== expected) throw new Error(`${job} gave other bytes back`);
        await rm(target);
      }
    }
  }
  return Object.fromEntries(JOBS.map((job) => [job, medianOf(timings[job])])) as Record<Job, Timing>;
}

/** Runs a client command in this process. @returns milliseconds that its bytes took */
async function command(net: Devnet, args: string[], phase: string): Promise<number> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let startMs = 0;
  let endMs = 0;
  let last = '';
  stdout.on('data', (chunk: Buffer) => {
    const nowMs = performance.now();
    for (const line of chunk
      .toString()
      .split('\n')
      .filter((text) => text !== '')) {
      last = line;
      const record = JSON.parse(line) as { type: string; phase?: string };
      if (record.type === 'phase' && record.phase === phase) startMs = nowMs;
      else if (startMs > 0 && endMs === 0 && record.type !== 'progress') endMs = nowMs;
    }
  });
  stderr.resume();
  const io: CliIo = { stdin: Readable.from([]), stdout, stderr, env: { ...net.clientEnv } };
  const code = await runProgram(['--json', ...args], io, new AbortController().signal);
  if (code !== 0) throw new Error(`stowmarket ${args.join(' ')} ended with ${code}: ${last}`);
  return endMs - startMs;
}

function toRows(timings: Record<Job, Timing>): Row[] {
  const { tcpPut, httpPut, put, tcpGet, httpGet, get } = timings;
  return [
    { name: 'plain TCP copy, file to file, put', ours: rate(tcpPut.allMs), unit: 'MB/s' },
    ...(['bytesMs', 'allMs'] as const).map((part) => ({
      name: `put, 4 of 6, ${part === 'bytesMs' ? 'bytes' : 'all'}`,
      ours: rate(put[part]),
      unit: 'MB/s',
      limit: rate(tcpPut.allMs),
      peer: { 'plain HTTP': rate(httpPut.allMs) },
    })),
    { name: 'plain TCP copy, file to file, get', ours: rate(tcpGet.allMs), unit: 'MB/s' },
    ...(['bytesMs', 'allMs'] as const).map((part) => ({
      name: `get, 4 of 6, ${part === 'bytesMs' ? 'bytes' : 'all'}`,
      ours: rate(get[part]),
      unit: 'MB/s',
      limit: rate(tcpGet.allMs),
      peer: { 'plain HTTP': rate(httpGet.allMs) },
    })),
    {
      name: 'client processor time, put',
      ours: cpuPerGib(put.cpuMs),
      unit: 'CPU s/GiB',
      peer: { 'plain HTTP': cpuPerGib(httpPut.cpuMs) },
    },
    {
      name: 'client processor time, get',
      ours: cpuPerGib(get.cpuMs),
      unit: 'CPU s/GiB',
      peer: { 'plain HTTP': cpuPerGib(httpGet.cpuMs) },
    },
  ];
}

function medianOf(timings: readonly Timing[]): Timing {
  const median = (of: (timing: Timing) => number): number =>
    timings.map(of).toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? Number.NaN;
  return {
    bytesMs: median((timing) => timing.bytesMs),
    allMs: median((timing) => timing.allMs),
    cpuMs: median((timing) => timing.cpuMs),
  };
}

async function writeRandom(path: string): Promise<void> {
  await using file = await open(path, 'w');
  for (let written = 0; written < SIZE_BYTES; written += MEBIBYTE) await file.write(randomBytes(MEBIBYTE));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MEBIBYTE }), hash);
  return hash.digest('hex');
}

const silent: Say = Object.assign(() => undefined, { step: () => undefined });

/** MB/s of the file, MB = 1e6 bytes. */
function rate(ms: number): number {
  return Math.round(SIZE_BYTES / 1_000 / ms);
}

/** CPU-seconds per GiB. */
function cpuPerGib(ms: number): number {
  return Number(((ms / 1_000) * ((1_024 * MEBIBYTE) / SIZE_BYTES)).toFixed(2));
}
