import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LAUNCHER = join(ROOT, 'bin', 'stowmarket.mjs');

/** A process that was asked to stop gets this long before it is killed: a provider finishes what it writes. */
const STOP_GRACE_MS = 15_000;
/** Start-up of a process on a busy two-core machine. */
const READY_TIMEOUT_MS = 120_000;
/** Lines of a failed process that are worth showing. */
const TAIL_LINES = 12;

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Long-running children: started in order, stopped in reverse, their output kept in one log file each. */
export class ProcessGroup {
  readonly #logFolder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #children: { name: string; child: ChildProcess }[] = [];

  /** @param env variables set for every child on top of this process's own */
  constructor(logFolder: string, env: Record<string, string> = {}) {
    this.#logFolder = logFolder;
    this.#env = { ...process.env, ...env };
  }

  /**
   * Starts `command` and waits until a line of its output contains `ready`. Throws with the last lines when it exits first.
   * @param lines receives the output up to then
   */
  async start(
    name: string,
    command: string[],
    ready: string,
    env: Record<string, string> = {},
    lines: string[] = [],
  ): Promise<ChildProcess> {
    const [file, ...args] = command as [string, ...string[]];
    await mkdir(this.#logFolder, { recursive: true });
    const log = createWriteStream(join(this.#logFolder, `${name}.log`), { flags: 'a' });
    const child = spawn(file, args, { cwd: ROOT, env: { ...this.#env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push({ name, child });
    const tail: string[] = [];
    let isReady = false;
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        reject(new Error(`${name} ${why}; its log is ${join(this.#logFolder, `${name}.log`)}\n${tail.join('\n')}`));
      };
      const timer = setTimeout(() => {
        fail('did not get ready in time');
      }, READY_TIMEOUT_MS);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        fail(`stopped with ${signal ?? `exit code ${code}`}`);
      });
      child.once('error', (error) => {
        clearTimeout(timer);
        fail(`could not be started: ${error.message}`);
      });
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          log.write(`${line}\n`);
          tail.push(line);
          if (tail.length > TAIL_LINES) tail.shift();
          if (!isReady) lines.push(line);
          if (line.includes(ready)) {
            isReady = true;
            clearTimeout(timer);
            resolve();
          }
        });
      }
    });
    return child;
  }

  /** Starts a `stowmarket` command that keeps running. */
  async startCli(
    name: string,
    args: string[],
    ready: string,
    env: Record<string, string> = {},
    lines: string[] = [],
  ): Promise<ChildProcess> {
    return this.start(name, [process.execPath, LAUNCHER, ...args], ready, env, lines);
  }

  /** Runs a `stowmarket` command to its end. */
  async cli(
    args: string[],
    options: { env?: Record<string, string>; showProgress?: boolean } = {},
  ): Promise<RunResult> {
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      cwd: ROOT,
      env: { ...this.#env, ...options.env },
      stdio: ['ignore', 'pipe', options.showProgress === true ? 'inherit' : 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 1, stdout, stderr };
  }

  /** Stops every child that still runs, last started first. */
  async stop(): Promise<void> {
    for (const { child } of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      child.kill('SIGTERM');
      await once(child, 'exit');
      clearTimeout(timer);
    }
    this.#children.length = 0;
  }
}
