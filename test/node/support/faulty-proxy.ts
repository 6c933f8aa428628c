import { type Server, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What happens to one request: it passes, is refused as too large, never arrives, or arrives while its answer is lost. */
export type Fate = 'pass' | 'refuse' | 'lose-request' | 'lose-answer';

export interface FaultyProxy {
  url: string;
  /** Decides for each JSON-RPC method, in the order of arrival. */
  decide: (method: string, params: unknown) => Fate;
  /** What becomes of an answer that passes: a node that lies. */
  alter: (method: string, answer: string) => string;
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
    alter: (_method, answer) => answer,
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
      const { id, method, params } = JSON.parse(body.toString()) as { id: number; method: string; params: unknown };
      proxy.seen.push(method);
      const fate = proxy.decide(method, params);
      if (fate === 'lose-request') {
        request.socket.destroy();
        return;
      }
      if (fate === 'refuse') {
        const error = { code: -32005, message: 'query exceeds the limit of this endpoint' };
        const refusal = JSON.stringify({ jsonrpc: '2.0', id, error });
        response.writeHead(200, { 'content-type': 'application/json' }).end(refusal);
        return;
      }
      const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const text = await answer.text();
      if (fate === 'lose-answer') request.socket.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(proxy.alter(method, text));
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
