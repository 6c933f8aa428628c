import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { type Devnet, startDevnet, type Say } from './devnet.ts';
import { ProcessGroup } from './processes.ts';
import { createSay } from './say.ts';
import { tellStory } from './story.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HARDHAT = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js');

/**
 * Compiles, brings the devnet up in `folder`, tells the story, and hands over to `then`; everything is stopped afterwards, also after a
 * failure or a signal.
 * @returns the exit code: 0 only when every step was checked and held
 */
export async function runDevnet(
  folder: string,
  then: (net: Devnet, say: Say, stopped: AbortSignal) => Promise<void>,
): Promise<number> {
  const say = createSay();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stop.abort();
    });
  const group = new ProcessGroup(join(folder, 'logs'));
  try {
    say.step('A storage market on this machine');
    say('compiling the contracts');
    await promisify(execFile)(process.execPath, [HARDHAT, 'build', '--no-tests', '--quiet'], { cwd: ROOT });
    await Promise.race([play(folder, say, group, then, stop.signal), aborted(stop.signal)]);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      say('stopped; nothing runs any more');
      return 130;
    }
    console.error(
      `\nThe story stopped: ${error instanceof Error ? error.message : String(error)}\nLogs of every process: ${join(folder, 'logs')}`,
    );
    return 1;
  } finally {
    await group.stop();
  }
}

async function play(
  folder: string,
  say: Say,
  group: ProcessGroup,
  then: (net: Devnet, say: Say, stopped: AbortSignal) => Promise<void>,
  stopped: AbortSignal,
): Promise<void> {
  const net = await startDevnet(folder, say, group);
  await tellStory(net, say);
  await then(net, say, stopped);
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(new Error('stopped'));
    };
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
  });
}
