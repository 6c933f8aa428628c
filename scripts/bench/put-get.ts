import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Devnet } from '../devnet/devnet.ts';
import { runCommand, type CommandResult } from './client-command.ts';
import { PlainCopies } from './plain-copies.ts';
import { installPeers, PEER_NAMES, PeerCopies, type PeerName } from './peer-copies.ts';
import { cpuSecondsOfAll, peakMebibytes, resetPeaks } from './processes-cpu.ts';
import type { BenchOptions, Row } from './reporter.ts';
import { withDevnet } from './with-devnet.ts';

const MEBIBYTE = 1_048_576;
const GIBIBYTE = 1_024 * MEBIBYTE;
/** Odd, so that a median is a measurement; few, as each stores one and a half times the file. */
const ROUNDS = 3;

/** Least share of each rival's rate. */
const GET_BARS: Readonly<Record<'HTTP + SHA-256' | PeerName, number>> = {
  'HTTP + SHA-256': 0.5,
  'Helia bitswap': 3,
  Hypercore: 2.5,
  WebTorrent: 1.5,
};
const PUT_BAR = 0.35;
const MEMORY_BAR_MIB = 256;
/** Part of two cores that a transfer should keep busy: more than one core can. */
const CORES_BAR = 1;

/**
 * Putting a file at 4 of 6 into provider processes of a devnet and getting it back, every check on, beside plain HTTP with a SHA-256
 * and the peers that verify, each in processes of its own over loopback TCP; interleaved rounds, medians. `bytes` counts from the first
 * byte read to the last one stored or written; `all` is the whole command: finding providers, reserving, signing, a block for the
 * agreements. Processor time is that of all processes together, in their whole lives for clients, and while a job runs for those that
 * were there before: what providers do for other reasons meanwhile, as following the chain and proving, is in it.
 */
export async function rows({ sizeBytes }: BenchOptions): Promise<Row[]> {
  await installPeers();
  return withDevnet(async (net, folder) => {
    await using closing = new AsyncDisposableStack();
    const source = join(folder, 'source');
    await writeRandom(source, sizeBytes);
    const peers = new Map<PeerName, PeerCopies>();
    for (const name of PEER_NAMES) {
      const copies = await PeerCopies.start(name, source);
      closing.defer(async () => copies.stop());
      peers.set(name, copies);
    }
    const plain = await PlainCopies.start(folder);
    closing.defer(async () => plain.stop());
    return toRows(await measure(contestants({ net, plain, peers, source, target: join(folder, 'target') })), sizeBytes);
  });
}

interface Timing {
  /** Milliseconds in which bytes moved. */
  bytesMs: number;
  /** Milliseconds of the whole. */
  allMs: number;
  /** CPU seconds of all processes. */
  cpuS: number;
  /** Largest of the processes, MiB: the client, and the providers. */
  clientMib: number;
  othersMib: number;
}

interface Contestant {
  /** Of ours, what the client's process used. */
  run: () => Promise<CommandResult | void>;
  /** Processes that were there before. Of rivals, the one that asks first. */
  pids: readonly number[];
  /** What a get has written. */
  target?: { path: string; source: string };
}

interface Parts {
  net: Devnet;
  plain: PlainCopies;
  peers: ReadonlyMap<PeerName, PeerCopies>;
  source: string;
  target: string;
}

function contestants({ net, plain, peers, source, target }: Parts): Map<string, Contestant> {
  const ours = net.providers.map(({ pid }) => pid);
  const command = async (phase: 'upload' | 'download', ...args: string[]): Promise<CommandResult> =>
    runCommand({ args, env: net.clientEnv, folder: net.folder, phase });
  const written = { path: target, source };
  const all: [string, Contestant][] = [
    ['put HTTP + SHA-256', { run: async () => plain.putByHttp(source), pids: plain.pids }],
    ['put', { run: async () => command('upload', 'put', source, '--name', 'bench', '--periods', '30'), pids: ours }],
    ['get HTTP + SHA-256', { run: async () => plain.getByHttp(target), pids: plain.pids, target: written }],
    ['get', { run: async () => command('download', 'get', 'bench', '-o', target), pids: ours, target: written }],
  ];
  for (const [name, peer] of peers) {
    all.push([`get ${name}`, { run: async () => peer.get(target), pids: peer.pids, target: written }]);
  }
  return new Map(all);
}

async function measure(jobs: ReadonlyMap<string, Contestant>): Promise<Map<string, Timing>> {
  const timings = new Map([...jobs.keys()].map((name) => [name, [] as Timing[]]));
  // The first round warms up compilers, connections and page cache.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, job] of jobs) {
      const timing = await timed(job);
      console.error(`  round ${round} of ${ROUNDS}: ${name}, ${Math.round(timing.allMs)} ms`);
      if (round > 0) timings.get(name)?.push(timing);
      if (job.target === undefined) continue;
      if ((await digestOf(job.target.path)) !== (await digestOf(job.target.source)))
        throw new Error(`${name} gave other bytes back`);
      await rm(job.target.path);
    }
  }
  return new Map([...timings].map(([name, list]) => [name, medianOf(list)]));
}

async function timed({ run, pids }: Contestant): Promise<Timing> {
  await resetPeaks(pids);
  const cpuS = await cpuSecondsOfAll(pids);
  const start = performance.now();
  const client = await run();
  const allMs = performance.now() - start;
  const others = await cpuSecondsOfAll(pids);
  return {
    bytesMs: client?.bytesMs ?? allMs,
    allMs,
    cpuS: others - cpuS + (client?.cpuS ?? 0),
    clientMib: client?.peakMib ?? (await peakMebibytes(pids.slice(0, 1))),
    othersMib: await peakMebibytes(client === undefined ? pids.slice(1) : pids),
  };
}

function toRows(timings: ReadonlyMap<string, Timing>, sizeBytes: number): Row[] {
  const of = (name: string): Timing => {
    const timing = timings.get(name);
    if (timing === undefined) throw new Error(`${name} was not measured`);
    return timing;
  };
  const rate = (ms: number): number => Math.round(sizeBytes / 1_000 / ms);
  const cpu = (name: string): number => Number(((of(name).cpuS * GIBIBYTE) / sizeBytes).toFixed(2));
  const ratio = (name: string, other: string): number => Number((of(other).bytesMs / of(name).bytesMs).toFixed(2));
  const rivals = Object.keys(GET_BARS) as (keyof typeof GET_BARS)[];
  const found: Row[] = [];
  for (const job of ['put', 'get'] as const) {
    for (const part of ['bytesMs', 'allMs'] as const) {
      const http = rate(of(`${job} HTTP + SHA-256`).allMs);
      found.push({
        name: `${job}, 4 of 6, ${part === 'bytesMs' ? 'bytes' : 'all'}`,
        ours: rate(of(job)[part]),
        unit: 'MB/s',
        peer:
          job === 'put'
            ? { 'HTTP + SHA-256': http }
            : Object.fromEntries(rivals.map((name) => [name, rate(of(`get ${name}`).allMs)])),
      });
    }
  }
  found.push({
    name: 'put beside HTTP + SHA-256 (aim 0.6)',
    ours: ratio('put', 'put HTTP + SHA-256'),
    unit: '× theirs',
    bar: PUT_BAR,
    better: 'more',
  });
  for (const name of rivals) {
    found.push({
      name: `get beside ${name}${name === 'HTTP + SHA-256' ? ' (aim 0.8)' : ''}`,
      ours: ratio('get', `get ${name}`),
      unit: '× theirs',
      bar: GET_BARS[name],
      better: 'more',
    });
  }
  const theirs = Object.fromEntries(PEER_NAMES.map((name) => [name, cpu(`get ${name}`)]));
  const least = Math.min(...Object.values(theirs));
  for (const job of ['put', 'get'] as const) {
    found.push({
      name: `processor time of all processes, ${job}`,
      ours: cpu(job),
      unit: 'CPU s/GiB',
      bar: least,
      peer: { ...theirs, 'HTTP + SHA-256': cpu(`${job} HTTP + SHA-256`) },
    });
    const { cpuS, allMs, clientMib, othersMib } = of(job);
    found.push({
      name: `cores in use, ${job}`,
      ours: Number(((cpuS * 1_000) / allMs).toFixed(2)),
      unit: 'cores',
      bar: CORES_BAR,
      better: 'more',
    });
    found.push({
      name: `peak memory of the client, ${job}`,
      ours: clientMib,
      unit: 'MiB',
      bar: MEMORY_BAR_MIB,
    });
    found.push({ name: `peak memory of a provider, ${job}`, ours: othersMib, unit: 'MiB', bar: MEMORY_BAR_MIB });
  }
  return found;
}

function medianOf(timings: readonly Timing[]): Timing {
  const median = (of: (timing: Timing) => number): number =>
    timings.map(of).toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? Number.NaN;
  return {
    bytesMs: median((timing) => timing.bytesMs),
    allMs: median((timing) => timing.allMs),
    cpuS: median((timing) => timing.cpuS),
    clientMib: median((timing) => timing.clientMib),
    othersMib: median((timing) => timing.othersMib),
  };
}

async function writeRandom(path: string, sizeBytes: number): Promise<void> {
  await using file = await open(path, 'w');
  for (let written = 0; written < sizeBytes; written += MEBIBYTE) await file.write(randomBytes(MEBIBYTE));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MEBIBYTE }), hash);
  return hash.digest('hex');
}
