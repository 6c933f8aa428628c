import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from './paths.ts';

export interface StepResult {
  name: string;
  ok: boolean;
  seconds: number;
  /** What the step printed, without colours. */
  output: string;
}

/**
 * Runs one npm script of this project to its end.
 *
 * @param live whether its output is shown as it comes
 * @param env beside the environment of this process
 */
export async function runStep(
  name: string,
  { live, env = {} }: { live: boolean; env?: Record<string, string> },
): Promise<StepResult> {
  const started = performance.now();
  const onWindows = process.platform === 'win32';
  const child = spawn('npm', ['run', '--silent', name], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: onWindows,
  });
  const chunks: string[] = [];
  const take = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
    chunks.push(chunk.toString());
    if (live) to.write(chunk);
  };
  child.stdout.on('data', take(process.stdout));
  child.stderr.on('data', take(process.stderr));
  const ok = await new Promise<boolean>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      done(code === 0);
    });
  });
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return { name, ok, seconds, output: stripVTControlCharacters(chunks.join('')) };
}
