/**
 * Preloaded (`--import`) into a process that is measured: at its end it writes what it used to the file named by USAGE_FILE. JavaScript, as what strips
 * types would be loaded for it alone, and measured with the rest.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const file = process.env['USAGE_FILE'];
if (file !== undefined && isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    // `Usage` of client-command.ts.
    const usage = { cpuS: (userCPUTime + systemCPUTime) / 1_000_000, peakMib: Math.round(maxRSS / 1_024) };
    writeFileSync(file, JSON.stringify(usage));
  });
}
