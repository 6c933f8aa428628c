import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { ExitCode, isStowError, messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { ADMIN_TIMEOUT_MS } from './limits.ts';

export interface AdminComponents {
  status: (signal: AbortSignal) => Promise<unknown>;
  earnings: () => unknown;
  /** Undefined for requests that are not about the cache. */
  cache: (request: IncomingMessage) => Promise<unknown>;
  /** Begins to stop the node; returns at once. */
  requestStop: () => void;
  logger: Logger;
}

/** `GET /status`, `GET /earnings`, what is about the cache, and `POST /stop` for whoever may open the socket: the operator's own user. */
export class AdminServer {
  readonly #components: AdminComponents;
  readonly #address: string;
  #server: Server | undefined;

  constructor(components: AdminComponents, init: { address: string }) {
    this.#components = components;
    this.#address = init.address;
  }

  /** Only while holding the data folder's lock: a socket file found here is then a dead process's. */
  async start(): Promise<void> {
    const isFile = process.platform !== 'win32';
    if (isFile) await rm(this.#address, { force: true });
    const server = createServer((request, response) => void this.#answer(request, response));
    server.headersTimeout = ADMIN_TIMEOUT_MS;
    // A shard for the cache comes as fast as it is read elsewhere; it has a limit of its own.
    server.requestTimeout = 0;
    try {
      server.listen(this.#address);
      await once(server, 'listening');
      if (isFile) await chmod(this.#address, 0o600);
    } catch (error) {
      throw new StowError({
        code: 'admin-listen-failed',
        message: `cannot open the admin socket ${this.#address}: ${messageOf(error)}`,
        hint: 'check owner and mode of the data folder',
        exitCode: ExitCode.usage,
        cause: error,
      });
    }
    this.#server = server;
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
      const route = `${request.method ?? ''} ${request.url ?? ''}`;
      if (route === 'GET /status')
        return send(response, 200, await this.#components.status(AbortSignal.timeout(ADMIN_TIMEOUT_MS)));
      if (route === 'GET /earnings') return send(response, 200, this.#components.earnings());
      const aboutCache = await this.#components.cache(request);
      if (aboutCache !== undefined) return send(response, 200, aboutCache);
      if (route !== 'POST /stop')
        return send(response, 404, { code: 'admin-no-route', message: `there is no ${route}` });
      // Told before it happens, as nobody can answer afterwards.
      send(response, 202, { stopping: true, pid: process.pid });
      this.#components.requestStop();
    } catch (error) {
      this.#components.logger.warn({ reason: messageOf(error) }, 'admin request failed');
      const { code, hint } = isStowError(error) ? error : { code: 'admin-failed', hint: undefined };
      send(response, 500, { code, message: messageOf(error), hint });
    }
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
