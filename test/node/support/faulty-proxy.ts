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
  /** False for a node that refuses more than one request at once. */
  takesBatches: boolean;
  /** HTTP requests that arrived. */
  exchanges: number;
  /** Methods as they arrived. */
  seen: string[];
  stop(): Promise<void>;
}

interface Asked {
  id: number;
  method: string;
  params: unknown;
}

/** Stands between a client and a JSON-RPC endpoint and loses what it is told to lose. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server: Server = createServer();
  const proxy: FaultyProxy = {
    url: '',
    decide: () => 'pass',
    alter: (_method, answer) => answer,
    takesBatches: true,
    exchanges: 0,
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
      const asked = JSON.parse(body.toString()) as Asked | Asked[];
      proxy.exchanges++;
      if (Array.isArray(asked) && !proxy.takesBatches) {
        response.writeHead(400).end('no batches here');
        return;
      }
      const answers: string[] = [];
      for (const one of [asked].flat()) answers.push(await answerTo(one));
      const text = Array.isArray(asked) ? `[${answers.join()}]` : (answers[0] ?? '');
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    };
    /** Throws where the connection is to break. */
    const answerTo = async (asked: Asked): Promise<string> => {
      const { id, method, params } = asked;
      proxy.seen.push(method);
      const fate = proxy.decide(method, params);
      if (fate === 'lose-request') throw new Error('lost');
      if (fate === 'refuse') {
        const error = { code: -32005, message: 'query exceeds the limit of this endpoint' };
        return JSON.stringify({ jsonrpc: '2.0', id, error });
      }
      const body = JSON.stringify(asked);
      const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const text = await answer.text();
      if (fate === 'lose-answer') throw new Error('lost');
      return proxy.alter(method, text);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
