/**
 * Preloaded (`--import`) into a process that is measured: at its end it writes what it used to the file named by USAGE_FILE.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What a process used, from its start to its end, all threads. */
export interface Usage {
  cpuS: number;
  peakMib: number;
}

const file = process.env['USAGE_FILE'];
if (file !== undefined && isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage: Usage = { cpuS: (userCPUTime + systemCPUTime) / 1_000_000, peakMib: Math.round(maxRSS / 1_024) };
    writeFileSync(file, JSON.stringify(usage));
  });
}
