import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';

import { ExitCode, messageOf, StowError, systemCode } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** One thing that has to be true for the node to be ready, and why it is not. */
export interface ReadinessCheck {
  name: string;
  /** Undefined when all is well. Answers from what is at hand. */
  problem(): string | undefined;
}

export interface MonitorComponents {
  checks: readonly ReadinessCheck[];
  metrics: { readonly contentType: string; metrics(): Promise<string> };
  logger: Logger;
}

/** Requests are short and come from this machine; whoever is slower is not a monitor. */
const REQUEST_TIMEOUT_MS = 5_000;

/** `/healthz` (the process answers), `/readyz` (it can do its work) and `/metrics` (Prometheus) over plain HTTP. */
export class MonitorServer {
  readonly #components: MonitorComponents;
  #server: Server | undefined;

  constructor(components: MonitorComponents) {
    this.#components = components;
  }

  /** @returns the port in use. @throws StowError `network-port-taken`, `network-listen-failed` */
  async start(address: { host: string; port: number }): Promise<number> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = REQUEST_TIMEOUT_MS;
    try {
      server.listen(address.port, address.host);
      await once(server, 'listening');
    } catch (error) {
      throw listenError(address, error);
    }
    this.#server = server;
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : address.port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      // A web page that resolves its own name to 127.0.0.1 must not read this through the operator's browser.
      if (!isLocalName(request.headers.host))
        return send(response, 403, 'text/plain', 'only by address or as localhost\n');
      if (request.method !== 'GET') return send(response, 405, 'text/plain', 'GET only\n');
      if (request.url === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
      if (request.url === '/readyz') return this.#answerReady(response);
      if (request.url !== '/metrics') return send(response, 404, 'text/plain', '/healthz, /readyz, /metrics\n');
      const { metrics } = this.#components;
      send(response, 200, metrics.contentType, await metrics.metrics());
    } catch (error) {
      this.#components.logger.error({ err: error }, 'monitor request failed');
      send(response, 500, 'text/plain', 'failed\n');
    }
  }

  #answerReady(response: ServerResponse): void {
    const lines = this.#components.checks.map((check) => ({ name: check.name, problem: check.problem() }));
    const ready = lines.every(({ problem }) => problem === undefined);
    const text = lines.map(({ name, problem }) => `${name}: ${problem ?? 'ok'}\n`).join('');
    send(response, ready ? 200 : 503, 'text/plain', text);
  }
}

function isLocalName(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(name) !== 0;
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(body);
}

function listenError({ host, port }: { host: string; port: number }, error: unknown): StowError {
  const taken = systemCode(error) === 'EADDRINUSE';
  return new StowError({
    code: taken ? 'network-port-taken' : 'network-listen-failed',
    message: taken
      ? `another process already listens on ${host}:${port}`
      : `cannot listen on ${host}:${port}: ${messageOf(error)}`,
    hint: taken ? 'stop the other process, or choose another monitor.port; 0 takes a free one' : 'check monitor.host',
    exitCode: ExitCode.usage,
    cause: error,
  });
}
