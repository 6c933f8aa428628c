import { readFile, writeFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const TICKS_PER_SECOND = 100;
/** Writing this to `clear_refs` sets the peak of a process's memory back to what it holds now. */
const RESET_PEAK = '5';

/** Seconds of processor that a process has used so far, all its threads together. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds of several processes together. */
export async function cpuSecondsOfAll(pids: readonly number[]): Promise<number> {
  const seconds = await Promise.all(pids.map(async (pid) => cpuSecondsOf(pid)));
  return seconds.reduce((sum, each) => sum + each, 0);
}

/** Forgets the peak of each process's memory so far. */
export async function resetPeaks(pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map(async (pid) => writeFile(`/proc/${pid}/clear_refs`, RESET_PEAK)));
}

/** The most memory, in MiB, that any of the processes held at once since the last reset. */
export async function peakMebibytes(pids: readonly number[]): Promise<number> {
  const peaks = await Promise.all(
    pids.map(async (pid) => Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])),
  );
  return Math.round(Math.max(...peaks) / 1024);
}
