import { PassThrough, Readable } from 'node:stream';

import { runProgram } from '../../../../node/cli/main.ts';

export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
  /** Objects of `--json`, in order. */
  records: Record<string, unknown>[];
}

export interface CliRunInit {
  env?: Record<string, string>;
  stdin?: Readable & { isTTY?: boolean };
  signal?: AbortSignal;
}

/** Runs one command line in this process, with streams of its own. */
export async function run(args: readonly string[], init: CliRunInit = {}): Promise<CliRun> {
  const out = collector();
  const err = collector();
  const io = { stdin: init.stdin ?? Readable.from([]), stdout: out.stream, stderr: err.stream, env: init.env ?? {} };
  const code = await runProgram(args, io, init.signal ?? new AbortController().signal);
  const stdout = out.text();
  const lines = args.includes('--json') ? `${stdout}${err.text()}`.split('\n') : [];
  const records = lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  return { code, stdout, stderr: err.text(), records };
}

function collector(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
