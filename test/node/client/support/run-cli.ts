import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { CLI } from './provider-processes.ts';

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Objects of `--json`, in order. */
  records: Record<string, unknown>[];
}

export interface RunningCli {
  child: ChildProcess;
  result: Promise<CliResult>;
}

/** Starts `stowmarket ARGS` as a process of its own. */
export function startCli(
  args: readonly string[],
  env: Record<string, string>,
  input?: AsyncIterable<Uint8Array>,
): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  if (input !== undefined) void feed(child, input);
  const result = once(child, 'close').then(([code]) => {
    const text = Buffer.concat(stdout).toString();
    const isJson = args.includes('--json');
    return {
      code: code as number | null,
      stdout: text,
      stderr: Buffer.concat(stderr).toString(),
      records: isJson
        ? text
            .split('\n')
            .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))
        : [],
    };
  });
  return { child, result };
}

async function feed(child: ChildProcess, input: AsyncIterable<Uint8Array>): Promise<void> {
  const { stdin } = child;
  if (stdin === null) throw new Error('its input is piped');
  stdin.on('error', () => undefined);
  for await (const chunk of input) if (!stdin.write(chunk)) await once(stdin, 'drain');
  stdin.end();
}
