import type { Row } from './reporter.ts';

/** Odd, so that there is a median; interleaved, so that a busy machine hits all candidates alike. */
const ROUNDS = 5;
/** A stage may cost so much more than the library does alone, and the whole than its dearest stage. */
const LEAST_SHARE = 0.7;
const GIBIBYTE = 1_073_741_824;

type Job = () => void | Promise<void>;

/** Median milliseconds: `ms` by the clock, `cpuMs` of processor, all threads of this process together. */
export interface Cost {
  ms: number;
  cpuMs: number;
}

/** Medians of each job. */
export async function race<Name extends string>(jobs: Record<Name, Job>): Promise<Record<Name, Cost>> {
  const names = Object.keys(jobs) as Name[];
  const costs = new Map<Name, Cost[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const start = performance.now();
      const before = process.cpuUsage();
      await jobs[name]();
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) costs.get(name)?.push({ ms: performance.now() - start, cpuMs: (user + system) / 1_000 });
    }
  }
  const median = (name: Name, part: keyof Cost): number =>
    costs
      .get(name)
      ?.map((cost) => cost[part])
      .toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  const medians = names.map((name) => [name, { ms: median(name, 'ms'), cpuMs: median(name, 'cpuMs') }]);
  return Object.fromEntries(medians) as Record<Name, Cost>;
}

/** How near a stage comes to its library's own rate, or the whole to that of its dearest stage. */
export function shareRow(name: string, share: number): Row {
  return { name, ours: Number(share.toFixed(2)), unit: '× its rate', bar: LEAST_SHARE, better: 'more' };
}

/** CPU seconds for a GiB. */
export const cpuSecondsPerGib = (bytes: number, cpuMs: number): number =>
  Number(((cpuMs / 1_000) * (GIBIBYTE / bytes)).toFixed(2));

export const megabytesPerSecond = (bytes: number, { ms }: Cost): number => Math.round(bytes / 1000 / ms);
