import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { HDAccount } from 'viem/accounts';

import { to0x } from '../../../../node/core/bytes.ts';
import { fetchStatus } from '../../../../node/provider/admin-client.ts';
import type { ProviderStatus } from '../../../../node/provider/status.ts';
import { newNodeKey } from '../../network/hosts.ts';
import { privateKeyOf, type TestChain } from '../../support/chain.ts';

const ENTRY = fileURLToPath(new URL('../../../../node/cli/main.ts', import.meta.url));
const POLL_MS = 150;

export interface Ready {
  provider: number;
  peerId: string;
  addresses: string[];
  bulk: string[];
  pid: number;
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** One provider in a folder and, while it runs, a process of its own. */
export class ProviderProcess {
  readonly folder: string;
  readonly nodeKey = newNodeKey();
  readonly #chain: TestChain;
  readonly #env: NodeJS.ProcessEnv;
  readonly #settings: readonly string[];
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(folder: string, chain: TestChain, operator: HDAccount, settings: Record<string, string>) {
    this.folder = folder;
    this.#chain = chain;
    this.#env = {
      ...process.env,
      STOWMARKET_HOME: folder,
      STOWMARKET_KEY: privateKeyOf(operator),
      STOWMARKET_NODE_KEY: to0x(this.nodeKey),
    };
    this.#settings = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  }

  static async create(
    chain: TestChain,
    operator: HDAccount,
    settings: Record<string, string> = {},
  ): Promise<ProviderProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'stow-provider-'));
    return new ProviderProcess(folder, chain, operator, {
      'network.allow-private': 'true',
      'network.listen': '/ip4/127.0.0.1/tcp/0',
      'transfer.host': '127.0.0.1',
      'transfer.port': '0',
      'monitor.port': '0',
      'chain.poll': '100ms',
      stake: '1000',
      ...settings,
    });
  }

  get dataDir(): string {
    return join(this.folder, 'data/provider');
  }

  /** Log lines so far. */
  get log(): string {
    return this.#log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<Ready> {
    const child = spawn(process.execPath, [ENTRY, ...this.#arguments('start'), '--json'], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record = JSON.parse(line) as Ready & { type: string };
      if (record.type === 'provider-ready') resolve(record);
      else this.#log += `${line}\n`;
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`the provider ended with ${code ?? signal} before it was ready:\n${this.#log}`)),
    );
    return promise;
  }

  /** Runs another command on the same folder. */
  async run(name: string, ...options: string[]): Promise<CliResult> {
    const args = [ENTRY, ...this.#arguments(name), ...options];
    return new Promise((resolve) => {
      const child = execFile(process.execPath, args, { env: this.#env }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  /** Asks over the admin socket, without the cost of another process. */
  async status(): Promise<ProviderStatus> {
    return fetchStatus(this.dataDir);
  }

  /** Polls the status until `done` says so. The test's own timeout ends it otherwise. */
  async until(what: string, done: (status: ProviderStatus) => boolean): Promise<ProviderStatus> {
    let status = await this.status();
    while (!done(status)) {
      if (this.#child === undefined || this.#child.exitCode !== null)
        throw new Error(`the provider ended before ${what}:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      status = await this.status();
    }
    return status;
  }

  /** kill -9: nothing in it gets to say goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async terminate(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Resident memory of the process, bytes. */
  async rssBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  #arguments(name: string): string[] {
    const { rpcUrl, deploymentsDir } = this.#chain;
    return ['provider', name, '--rpc', rpcUrl, '--deployment', deploymentsDir, ...this.#settings];
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    this.#child = undefined;
    return child.exitCode;
  }
}
