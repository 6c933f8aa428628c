import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { get, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const READ_BYTES = 1_048_576;

/**
 * The same bytes without any of our work: from a file of this process into a file of another and back, over one plain TCP connection
 * and over one plain HTTP/1.1 request, there with a SHA-256 on this side. No cipher, no second copy, no fsync.
 */
export class PlainCopies {
  readonly #child: ChildProcess;
  readonly #ports: { tcp: number; http: number };

  static async start(folder: string): Promise<PlainCopies> {
    const child = fork(fileURLToPath(new URL('copy-server.ts', import.meta.url)), [join(folder, 'plain-copy')]);
    const [ports] = (await once(child, 'message')) as [{ tcp: number; http: number }];
    return new PlainCopies(child, ports);
  }

  private constructor(child: ChildProcess, ports: { tcp: number; http: number }) {
    this.#child = child;
    this.#ports = ports;
  }

  async putByTcp(source: string): Promise<void> {
    const socket = connect({ port: this.#ports.tcp, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('p');
    const written = once(socket, 'data');
    await pipeline(createReadStream(source, { highWaterMark: READ_BYTES }), socket, { end: true });
    await written;
  }

  async getByTcp(target: string): Promise<void> {
    const socket = connect({ port: this.#ports.tcp, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('g');
    const file = createWriteStream(target, { highWaterMark: READ_BYTES });
    socket.pipe(file);
    await finished(file);
    socket.destroy();
  }

  /** With the SHA-256 of what goes by, as whoever wants to know whether it arrived computes it. */
  async putByHttp(source: string): Promise<void> {
    const call = request({ port: this.#ports.http, host: '127.0.0.1', method: 'PUT' });
    const responded = once(call, 'response') as Promise<[IncomingMessage]>;
    await pipeline(createReadStream(source, { highWaterMark: READ_BYTES }), hashing(), call);
    const [response] = await responded;
    await response.resume().toArray();
  }

  /** @param target where to; nowhere when absent */
  async getByHttp(target?: string): Promise<void> {
    const [response] = (await once(get({ port: this.#ports.http, host: '127.0.0.1' }), 'response')) as [
      IncomingMessage,
    ];
    const sink =
      target === undefined
        ? new Writable({ write: (_chunk, _encoding, done) => done() })
        : createWriteStream(target, { highWaterMark: READ_BYTES });
    await pipeline(response, hashing(), sink);
  }

  get pids(): number[] {
    return [process.pid, this.#child.pid].filter((pid) => pid !== undefined);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

/** Passes bytes on and hashes them. */
function hashing(): (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* (chunks) {
    const hash = createHash('sha256');
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    hash.digest();
  };
}
