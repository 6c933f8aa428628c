import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ContractId } from './compile.ts';
import type { Mutant } from './mutants.ts';
import type { Verdict } from './trial.ts';

/** To a worker: try this mutant on these suites, in this order. */
export interface Job {
  mutant: Mutant;
  suites: ContractId[];
}

/** From a worker. */
export type Reply = { verdict: Verdict; error?: undefined } | { error: string };

/** The code with which a worker ends when a mutant takes too long or too much memory. */
export const ENDLESS = 3;

/** What became of one mutant. A mutant that never ends is noticed by whoever waits for it. */
export type Outcome = (Verdict | { outcome: 'timed out' }) & { mutant: Mutant; ms: number };

/** The compiler's memory only grows: a worker is replaced after so many mutants. */
const JOBS_PER_WORKER = 400;

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** One worker process, replaced when it hangs, dies or has served long enough. */
class Worker {
  readonly #baselineFile: string;
  #child: ChildProcess | undefined;
  #served = 0;

  constructor(baselineFile: string) {
    this.#baselineFile = baselineFile;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async try(job: Job): Promise<Outcome> {
    if (this.#served++ % JOBS_PER_WORKER === 0) this.stop();
    this.#child ??= fork(WORKER, [this.#baselineFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const started = performance.now();
    const reply = await this.#ask(this.#child, job);
    const ms = Math.round(performance.now() - started);
    if (reply === undefined) {
      this.stop();
      return { outcome: 'timed out', mutant: job.mutant, ms };
    }
    if (reply.error !== undefined) throw new Error(`${job.mutant.file}:${job.mutant.line}: ${reply.error}`);
    return { ...reply.verdict, mutant: job.mutant, ms };
  }

  /** undefined when the worker gave up. */
  async #ask(child: ChildProcess, job: Job): Promise<Reply | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply | undefined>();
    const died = (code: number | null): void => {
      if (code === ENDLESS) resolve(undefined);
      else reject(new Error(`a worker ended with code ${code} at ${job.mutant.file}:${job.mutant.line}`));
    };
    child.once('message', resolve);
    child.once('exit', died);
    child.send(job);
    try {
      return await promise;
    } finally {
      child.off('message', resolve);
      child.off('exit', died);
    }
  }
}

/**
 * Tries mutants in the order given, several at once.
 *
 * @param next gives the next job, undefined at the end
 */
export async function runPool(
  workers: number,
  baselineFile: string,
  next: () => Job | undefined,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const serve = async (): Promise<void> => {
    const worker = new Worker(baselineFile);
    try {
      for (let job = next(); job !== undefined; job = next()) onOutcome(await worker.try(job));
    } finally {
      worker.stop();
    }
  };
  await Promise.all(Array.from({ length: workers }, serve));
}
