/** A process that tries mutants: started by pool.ts, with the file of the baseline as its argument. */
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Baseline } from './baseline.ts';
import { useSources } from './compile.ts';
import { TestRunner } from './edr.ts';
import { type Job, ENDLESS, type Reply } from './pool.ts';
import { Laboratory } from './trial.ts';

/** Mutation runs take long: whatever else the machine does comes first. */
const NICENESS = 5;

/** Several times what compiling and all suites need, whatever else the machine does. */
const CPU_MICROSECONDS = 180 * 1e6;
const MEMORY_BYTES = 4 * 2 ** 30;
const CHECK_MS = 500;

setPriority(NICENESS);
let jobStarted = process.cpuUsage();
setInterval(() => {
  const { user, system } = process.cpuUsage(jobStarted);
  if (user + system > CPU_MICROSECONDS || process.memoryUsage.rss() > MEMORY_BYTES) process.exit(ENDLESS);
}, CHECK_MS);
const [, , file] = process.argv;
if (file === undefined || process.send === undefined) throw new Error('worker.ts is started by pool.ts');
const baseline = JSON.parse(readFileSync(file, 'utf8')) as Baseline;
useSources(baseline.texts);
const laboratory = new Laboratory(baseline, await TestRunner.create());
const suites = new Map(baseline.suites.map((suite) => [suite.id, suite]));

const reply = (message: Reply): void => {
  process.send?.(message);
};

// The run was broken off.
process.on('disconnect', () => {
  process.exit();
});

process.on('message', ({ mutant, suites: ids }: Job) => {
  jobStarted = process.cpuUsage();
  const order = ids.flatMap((id) => suites.get(id) ?? []);
  laboratory.try(mutant, order).then(
    (verdict) => {
      reply({ verdict });
    },
    (error: unknown) => {
      reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});
