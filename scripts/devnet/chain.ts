import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openProvider, type RpcProvider } from '../../deploy/rpc-provider.ts';
import type { ProcessGroup } from './processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HARDHAT = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js');
const CONFIG = fileURLToPath(new URL('hardhat-node.config.ts', import.meta.url));

export interface Chain {
  url: string;
  provider: RpcProvider;
}

/** Starts a Hardhat chain in a process of its own; blocks come with each transaction until `tick` is called. */
export async function startChain(group: ProcessGroup, port: number): Promise<Chain> {
  const url = `http://127.0.0.1:${port}`;
  await group.start(
    'chain',
    [process.execPath, HARDHAT, '--config', CONFIG, 'node', '--hostname', '127.0.0.1', '--port', String(port)],
    'Started HTTP',
  );
  return { url, provider: openProvider(url) };
}

/** From now on a block comes every `everyMs`, and transactions wait for it, as on a public chain. */
export async function tick(chain: Chain, everyMs: number): Promise<void> {
  await chain.provider.request({ method: 'evm_setAutomine', params: [false] });
  await chain.provider.request({ method: 'evm_setIntervalMining', params: [everyMs] });
}

/** `wanted` when it is free, else a port that the system picks. */
export async function freePort(wanted: number): Promise<number> {
  const port = (await tryPort(wanted)) ?? (await tryPort(0));
  if (port === undefined) throw new Error('no port is free on 127.0.0.1');
  return port;
}

async function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}
