import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = fileURLToPath(new URL('peers', import.meta.url));

/** Peers by name, with the program of each in `peers`. */
const PEERS = { 'Helia bitswap': 'helia.mjs', Hypercore: 'hypercore.mjs', WebTorrent: 'webtorrent.mjs' } as const;
export type PeerName = keyof typeof PEERS;
export const PEER_NAMES: readonly PeerName[] = ['Helia bitswap', 'Hypercore', 'WebTorrent'];

/** Installs the peers into their own folder as its lock file says. Their install scripts, which compile what is not used here, do not run. */
export async function installPeers(): Promise<void> {
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER });
}

interface Answer {
  answer?: unknown;
  failure?: string;
}

/** A peer's two processes: one has the file, the other brings it, over TCP on loopback. */
export class PeerCopies {
  readonly #source: ChildProcess;
  readonly #sink: ChildProcess;
  readonly #address: unknown;

  private constructor(source: ChildProcess, sink: ChildProcess, address: unknown) {
    this.#source = source;
    this.#sink = sink;
    this.#address = address;
  }

  static async start(name: PeerName, path: string): Promise<PeerCopies> {
    const program = join(FOLDER, PEERS[name]);
    const source = fork(program);
    const sink = fork(program);
    return new PeerCopies(source, sink, await ask(source, { role: 'source', path }));
  }

  get pids(): number[] {
    return [this.#source.pid, this.#sink.pid].filter((pid) => pid !== undefined);
  }

  /** Brings the file once, with nothing kept from the times before. @param path where to; nowhere when absent */
  async get(path?: string): Promise<void> {
    await ask(this.#sink, { role: 'get', address: this.#address, path });
  }

  async stop(): Promise<void> {
    for (const child of [this.#source, this.#sink]) {
      if (child.exitCode !== null) continue;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    }
  }
}

async function ask(child: ChildProcess, question: object): Promise<unknown> {
  const gone = once(child, 'exit').then(() => [{ failure: 'the peer’s process ended' }]);
  child.send(question);
  const [{ answer, failure }] = (await Promise.race([once(child, 'message'), gone])) as [Answer];
  if (failure !== undefined) throw new Error(failure);
  return answer;
}
