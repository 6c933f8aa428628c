import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { privateKeyOf, type TestChain } from '../../support/chain.ts';

export const CLI = fileURLToPath(new URL('../../../../node/cli/main.ts', import.meta.url));
/** Start-up, registration and stake on a busy two-core machine. */
const READY_TIMEOUT_MS = 180_000;
/** Providers start so many at a time: each costs seconds of processor. */
const PARALLEL_STARTS = 2;

export interface RunningProvider {
  id: number;
  peerId: string;
  home: string;
  child: ChildProcess;
  log: string;
}

/** Starts provider processes for the chain's accounts from `firstAccount` on, each registered, staked and ready. */
export async function startProviders(
  chain: TestChain,
  folder: string,
  init: { count: number; firstAccount: number; settings?: Record<string, string> },
): Promise<RunningProvider[]> {
  const started: RunningProvider[] = [];
  const numbers = Array.from({ length: init.count }, (_, index) => index).values();
  const work = async (): Promise<void> => {
    for (const number of numbers) started.push(await startProvider(chain, folder, { ...init, number }));
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL_STARTS }, work));
  } catch (error) {
    await stopProviders(started);
    throw error;
  }
  return started.toSorted((a, b) => a.id - b.id);
}

/** Ends the processes, and waits until they are gone. */
export async function stopProviders(providers: readonly RunningProvider[]): Promise<void> {
  await Promise.all(
    providers.map(async ({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }),
  );
}

async function startProvider(
  chain: TestChain,
  folder: string,
  init: { number: number; firstAccount: number; settings?: Record<string, string> },
): Promise<RunningProvider> {
  const account = chain.accounts[init.firstAccount + init.number];
  if (account === undefined) throw new Error(`the chain has no account for provider ${init.number}`);
  const key = privateKeyOf(account);
  const home = join(folder, `provider-${init.number}`);
  const settings = {
    'network.listen': '/ip4/127.0.0.1/tcp/0',
    'network.allow-private': 'true',
    'transfer.host': '127.0.0.1',
    'transfer.port': '0',
    'monitor.port': '0',
    'chain.poll': '200ms',
    // Prices differ, so that the choice of providers is the same each time.
    'ask.price-per-gib-period': `0.00${10 + init.number}`,
    ...init.settings,
  };
  const log = join(folder, `provider-${init.number}.log`);
  const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const child = spawn(process.execPath, [CLI, '--json', 'provider', 'start', ...set], {
    env: {
      ...process.env,
      STOWMARKET_HOME: home,
      STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
      STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
      STOWMARKET_KEY: key,
      STOWMARKET_NODE_KEY: key,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.pipe(createWriteStream(log));
  try {
    const ready = await readyLine(child);
    return { id: ready.provider, peerId: ready.peerId, home, child, log };
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`provider ${init.number} did not get ready; its log is ${log}`, { cause: error });
  }
}

async function readyLine(child: ChildProcess): Promise<{ provider: number; peerId: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ provider: number; peerId: string }>();
  const timer = setTimeout(() => reject(new Error('not ready in time')), READY_TIMEOUT_MS);
  child.once('exit', (code, signal) => reject(new Error(`it stopped with ${signal ?? code}`)));
  if (child.stdout === null) throw new Error('its output is piped');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const record = JSON.parse(line) as { type: string; provider: number; peerId: string };
    if (record.type === 'provider-ready') resolve(record);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
