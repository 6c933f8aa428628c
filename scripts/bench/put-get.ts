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
import { toRows, type Timing } from './put-get-rows.ts';
import type { BenchOptions, Row } from './reporter.ts';
import { withDevnet } from './with-devnet.ts';

const MEBIBYTE = 1_048_576;
/** Odd, so that a median is a measurement; few, as each stores one and a half times the file. */
const ROUNDS = 3;

/**
 * Putting a file at 4 of 6 into provider processes of a devnet and getting it back, every check on, beside plain HTTP with a SHA-256
 * and the peers that verify, each in processes of its own over loopback TCP; interleaved rounds, medians. A `get` ends in a new file; a
 * `pull` is the same without keeping a byte: what the system takes for a file's pages, up to 3 s/GiB in a virtual machine that gets them from
 * its host one by one, is the same for all and hides what differs. `bytes` counts from the first
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
  const command = async (phase: 'upload' | 'download', args: string[], isOutputBytes = false): Promise<CommandResult> =>
    runCommand({ args, env: net.clientEnv, folder: net.folder, phase, isOutputBytes });
  const written = { path: target, source };
  const all: [string, Contestant][] = [
    ['put HTTP + SHA-256', { run: async () => plain.putByHttp(source), pids: plain.pids }],
    ['put', { run: async () => command('upload', ['put', source, '--name', 'bench', '--periods', '30']), pids: ours }],
    ['get HTTP + SHA-256', { run: async () => plain.getByHttp(target), pids: plain.pids, target: written }],
    ['get', { run: async () => command('download', ['get', 'bench', '-o', target]), pids: ours, target: written }],
  ];
  for (const [name, peer] of peers) {
    all.push([`get ${name}`, { run: async () => peer.get(target), pids: peer.pids, target: written }]);
  }
  all.push(
    ['pull HTTP + SHA-256', { run: async () => plain.getByHttp(), pids: plain.pids }],
    ['pull', { run: async () => command('download', ['get', 'bench', '-o', '-'], true), pids: ours }],
  );
  for (const [name, peer] of peers) all.push([`pull ${name}`, { run: async () => peer.get(), pids: peer.pids }]);
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
