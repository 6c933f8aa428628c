import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/stowmarket.mjs', import.meta.url));
const PRELOAD = new URL('usage-at-exit.mjs', import.meta.url).href;

/** What a process used, from its start to its end, all threads. */
interface Usage {
  cpuS: number;
  peakMib: number;
}

export interface CommandInit {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Where files of this command go: an existing folder. */
  folder: string;
  /** The phase in which its bytes move, as `--json` names it. */
  phase: 'upload' | 'download';
  /** What it reads as its standard input; nothing when absent. */
  input?: Readable | undefined;
  /** Its standard output is the bytes, which are thrown away, and its records are on its standard error. */
  isOutputBytes?: boolean | undefined;
}

export interface CommandResult extends Usage {
  /** From the start of the phase to the first record that is neither of it nor of progress. */
  bytesMs: number;
}

interface JsonRecord {
  type: string;
  phase?: string;
}

/**
 * Runs `stowmarket` as a process of its own, as a user does, with its standard output thrown away but for the records.
 * @throws Error with its last record when it fails
 */
export async function runCommand({
  args,
  env,
  folder,
  phase,
  input,
  isOutputBytes,
}: CommandInit): Promise<CommandResult> {
  const usageFile = join(folder, 'usage.json');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', PRELOAD, LAUNCHER, '--json', ...args],
    {
      env: { ...process.env, ...env, USAGE_FILE: usageFile },
      stdio: ['pipe', ...(isOutputBytes === true ? (['ignore', 'pipe'] as const) : (['pipe', 'ignore'] as const))],
    },
  );
  const records = isOutputBytes === true ? child.stderr : child.stdout;
  if (child.stdin === null || records === null) throw new Error('the command was started without its pipes');
  const closed = once(child, 'close');
  child.stdin.on('error', () => undefined);
  if (input === undefined) child.stdin.end();
  else input.pipe(child.stdin);
  const clock = new PhaseClock(phase);
  for await (const line of createInterface(records)) clock.take(line);
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`stowmarket ${args.join(' ')} ended with ${code}: ${clock.last}`);
  const usage = JSON.parse(await readFile(usageFile, 'utf8')) as Usage;
  return { ...usage, bytesMs: clock.bytesMs };
}

class PhaseClock {
  last = '';
  readonly #phase: string;
  #startMs = 0;
  #endMs = 0;

  constructor(phase: string) {
    this.#phase = phase;
  }

  get bytesMs(): number {
    return this.#endMs - this.#startMs;
  }

  take(line: string): void {
    const nowMs = performance.now();
    if (line === '') return;
    this.last = line;
    const record = JSON.parse(line) as JsonRecord;
    if (record.type === 'phase' && record.phase === this.#phase) this.#startMs = nowMs;
    else if (this.#startMs > 0 && this.#endMs === 0 && record.type !== 'progress') this.#endMs = nowMs;
  }
}
