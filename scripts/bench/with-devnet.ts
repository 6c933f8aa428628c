import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startDevnet, type Devnet, type Say } from '../devnet/devnet.ts';
import { ProcessGroup } from '../devnet/processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HARDHAT = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js');

/**
 * Eight provider processes on a devnet of their own, in a folder that is gone afterwards.
 * @param settings of all providers, where they differ from the usual ones
 */
export async function withDevnet<T>(
  use: (net: Devnet, folder: string) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stowmarket-bench-'));
  const group = new ProcessGroup(join(folder, 'logs'));
  try {
    await promisify(execFile)(process.execPath, [HARDHAT, 'build', '--no-tests', '--quiet'], { cwd: ROOT });
    return await use(await startDevnet(join(folder, 'net'), say, group, 0, settings), folder);
  } finally {
    await group.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Beside the tables, which go to standard output. */
const say: Say = Object.assign((text: string) => console.error(`  ${text}`), { step: () => undefined });
