import { type Server, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What happens to one request: it passes, never arrives, or arrives while its answer is lost. */
export type Fate = 'pass' | 'lose-request' | 'lose-answer';

export interface FaultyProxy {
  url: string;
  /** Decides for each JSON-RPC method, in the order of arrival. */
  decide: (method: string, params: unknown) => Fate;
  /** Methods as they arrived. */
  seen: string[];
  stop(): Promise<void>;
}

/** Stands between a client and a JSON-RPC endpoint and loses what it is told to lose. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server: Server = createServer();
  const proxy: FaultyProxy = {
    url: '',
    decide: () => 'pass',
    seen: [],
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void forward(Buffer.concat(chunks)).catch(() => request.socket.destroy());
    });
    const forward = async (body: Buffer): Promise<void> => {
      const { method, params } = JSON.parse(body.toString()) as { method: string; params: unknown };
      proxy.seen.push(method);
      const fate = proxy.decide(method, params);
      if (fate === 'lose-request') {
        request.socket.destroy();
        return;
      }
      const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const text = await answer.text();
      if (fate === 'lose-answer') request.socket.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
