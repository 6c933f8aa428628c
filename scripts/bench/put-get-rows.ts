import { PEER_NAMES, type PeerName } from './peer-copies.ts';
import type { Row } from './reporter.ts';

const JOBS = ['put', 'get', 'pull'] as const;
const GIBIBYTE = 1_073_741_824;

const HTTP = 'HTTP + SHA-256';
/** Least share of each rival's rate. */
const GET_BARS: Readonly<Record<typeof HTTP | PeerName, number>> = {
  [HTTP]: 0.5,
  'Helia bitswap': 3,
  Hypercore: 2.5,
  WebTorrent: 1.5,
};
const RIVALS = [HTTP, ...PEER_NAMES] as const;
const PUT_BAR = 0.35;
const MEMORY_BAR_MIB = 256;
/** Part of two cores that a transfer should keep busy: more than one core can. */
const CORES_BAR = 1;

export interface Timing {
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

/** @param timings of each job of ours by its name, and of each rival's by `JOB RIVAL` */
export function toRows(timings: ReadonlyMap<string, Timing>, sizeBytes: number): Row[] {
  const of = (name: string): Timing => {
    const timing = timings.get(name);
    if (timing === undefined) throw new Error(`${name} was not measured`);
    return timing;
  };
  return [...rateRows(of, sizeBytes), ...ratioRows(of), ...JOBS.flatMap((job) => costRows(of, job, sizeBytes))];
}

type TimingOf = (name: string) => Timing;

function rateRows(of: TimingOf, sizeBytes: number): Row[] {
  const rate = (ms: number): number => Math.round(sizeBytes / 1_000 / ms);
  return JOBS.flatMap((job) =>
    (['bytesMs', 'allMs'] as const).map((part) => ({
      name: `${job}, 4 of 6, ${part === 'bytesMs' ? 'bytes' : 'all'}`,
      ours: rate(of(job)[part]),
      unit: 'MB/s',
      peer: Object.fromEntries(
        (job === 'put' ? [HTTP] : RIVALS).map((name) => [name, rate(of(`${job} ${name}`).allMs)]),
      ),
    })),
  );
}

function ratioRows(of: TimingOf): Row[] {
  const ratio = (job: string, rival: string): number =>
    Number((of(`${job} ${rival}`).bytesMs / of(job).bytesMs).toFixed(2));
  const row = (job: string, rival: string, aim: string, bar: number): Row => ({
    name: `${job} beside ${rival}${rival === HTTP ? ` (aim ${aim})` : ''}`,
    ours: ratio(job, rival),
    unit: '× theirs',
    bar,
    better: 'more',
  });
  return [
    row('put', HTTP, '0.6', PUT_BAR),
    ...(['get', 'pull'] as const).flatMap((job) => RIVALS.map((rival) => row(job, rival, '0.8', GET_BARS[rival]))),
  ];
}

function costRows(of: TimingOf, job: (typeof JOBS)[number], sizeBytes: number): Row[] {
  const cpu = (name: string): number => Number(((of(name).cpuS * GIBIBYTE) / sizeBytes).toFixed(2));
  // A peer has no put of its own: its sink writes the file once, as a provider does.
  const theirs = Object.fromEntries(PEER_NAMES.map((name) => [name, cpu(`${job === 'put' ? 'get' : job} ${name}`)]));
  const { cpuS, allMs, clientMib, othersMib } = of(job);
  const memory = (whose: string, ours: number): Row => ({
    name: `peak memory of ${whose}, ${job}`,
    ours,
    unit: 'MiB',
    bar: MEMORY_BAR_MIB,
  });
  return [
    {
      name: `processor time of all processes, ${job}`,
      ours: cpu(job),
      unit: 'CPU s/GiB',
      bar: Math.min(...Object.values(theirs)),
      peer: { ...theirs, [HTTP]: cpu(`${job} ${HTTP}`) },
    },
    {
      name: `cores in use, ${job}`,
      ours: Number(((cpuS * 1_000) / allMs).toFixed(2)),
      unit: 'cores',
      bar: CORES_BAR,
      better: 'more',
    },
    memory('the client', clientMib),
    memory('a provider', othersMib),
  ];
}
