import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** A line with latency in front of a TCP port of this machine: every byte takes `delayMs` each way, and none waits for another. */
export class DelayingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(target: { host: string; port: number }, delayMs: number): Promise<DelayingProxy> {
    const proxy = new DelayingProxy(target, delayMs);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(target: { host: string; port: number }, delayMs: number) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connect({ ...target, noDelay: true });
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
      }
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('error', () => to.destroy());
        from.pipe(later(delayMs)).pipe(to);
      }
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}

/** Gives each chunk on once its time has passed. */
function later(delayMs: number): Duplex {
  return Duplex.from(async function* (chunks: AsyncIterable<Buffer>) {
    const waiting: Promise<Buffer | undefined>[] = [];
    let arrived = Promise.withResolvers<void>();
    const put = (chunk: Promise<Buffer | undefined>): void => {
      waiting.push(chunk);
      arrived.resolve();
    };
    const reading = (async () => {
      for await (const chunk of chunks) put(setTimeout(delayMs, chunk));
      put(setTimeout(delayMs, undefined));
    })();
    for (;;) {
      const next = waiting.shift();
      if (next === undefined) {
        await Promise.race([arrived.promise, reading]);
        arrived = Promise.withResolvers();
        continue;
      }
      const chunk = await next;
      if (chunk === undefined) return;
      yield chunk;
    }
  });
}
