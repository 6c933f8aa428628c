import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { constants as cryptoConstants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { PeerId } from '@libp2p/interface';

import { assert } from '../core/assert.ts';
import { ExitCode, isStowError, messageOf, StowError, systemCode } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { addressText, type BulkAddress } from './bulk-address.ts';
import {
  CONTRACT_HEADER,
  encodeError,
  encodeUploadResult,
  encodeUploadState,
  parseContract,
  parseRequest,
  statusOf,
  TICKET_HEADER,
  type BulkRequest,
} from './bulk-protocol.ts';
import * as limits from './limits.ts';
import { readBody } from './read-body.ts';
import { paidContent, type PaidRead, type Payments, type Reader } from './payments.ts';
import { PROGRESS_LIMITS, type ProgressLimits } from './progress-guard.ts';
import {
  type Authorize,
  goneSignal,
  openRead,
  type OpenRead,
  type ReadRequest,
  sendContent,
  type ShardSource,
} from './read-handler.ts';
import { ReaderSlots } from './reader-slots.ts';
import { remotePeerId, TLS_OPTIONS, type TlsIdentity } from './tls-identity.ts';
import { receiveShard, type ShardIntake } from './upload-handler.ts';

export interface BulkServerComponents {
  identity: TlsIdentity;
  intake: ShardIntake;
  source: ShardSource;
  authorize: Authorize;
  /** Undefined: all reads are free. */
  payments?: Payments | undefined;
  logger: Logger;
}

export interface BulkServerInit {
  progress?: ProgressLimits | undefined;
  /** Reads of one reader at once: of one wallet, or where there is none of one peer. Default: the streams of one connection. */
  maxReadsPerReader?: number | undefined;
}

/** Takes and serves shards over HTTP/2 on TLS 1.3, both peers known by their certificates. */
export class BulkServer {
  readonly #components: BulkServerComponents;
  readonly #server: Http2SecureServer;
  readonly #logger: Logger;
  readonly #progress: ProgressLimits;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<Http2Session, Promise<PeerId>>();
  readonly #active = { uploads: 0, reads: 0, payments: 0 };
  readonly #slots: ReaderSlots;
  #stopping = false;

  constructor(components: BulkServerComponents, init: BulkServerInit = {}) {
    this.#progress = init.progress ?? PROGRESS_LIMITS;
    this.#slots = new ReaderSlots(init.maxReadsPerReader ?? limits.MAX_STREAMS_PER_SESSION);
    this.#components = components;
    this.#logger = components.logger.child({ part: 'bulk-server' });
    this.#server = createSecureServer({ ...TLS_OPTIONS, ...SERVER_OPTIONS, ...components.identity });
    this.#server.maxConnections = limits.MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('session', (session) => this.#onSession(session));
    this.#server.on('stream', (stream, headers) => void this.#onStream(stream, headers));
    this.#server.on('sessionError', (error) => this.#logger.debug({ reason: messageOf(error) }, 'bulk session failed'));
    this.#server.on('tlsClientError', (error) =>
      this.#logger.debug({ reason: messageOf(error) }, 'TLS handshake failed'),
    );
  }

  /**
   * Listens; port 0 takes a free one.
   * @returns the address in use
   * @throws StowError `network-port-taken`, `network-listen-failed`
   */
  async start(address: BulkAddress): Promise<BulkAddress> {
    try {
      this.#server.listen(address.port, address.host);
      await once(this.#server, 'listening');
    } catch (error) {
      throw listenError(address, error);
    }
    const bound = this.#server.address();
    assert(bound !== null && typeof bound === 'object', 'a listening TCP server has an address');
    this.#logger.info({ host: address.host, port: bound.port }, 'bulk server started');
    return { host: address.host, port: bound.port };
  }

  /** Takes no new requests, lets those in work finish for `DRAIN_TIMEOUT_MS`, then cuts them off. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const session of this.#sessions.keys()) session.close();
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, limits.DRAIN_TIMEOUT_MS);
    await closed;
    clearTimeout(cut);
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #onSession(session: ServerHttp2Session): void {
    const peer = remotePeerId(session.socket);
    this.#sessions.set(session, peer);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', (error) => this.#logger.debug({ reason: messageOf(error) }, 'bulk session failed'));
    session.setLocalWindowSize(limits.WINDOW_BYTES);
    session.setTimeout(limits.IDLE_SESSION_MS, () => session.close());
    peer.catch((error: unknown) => {
      this.#logger.debug({ reason: messageOf(error) }, 'peer without identity refused');
      session.destroy(undefined, constants.NGHTTP2_INADEQUATE_SECURITY);
    });
    if (this.#stopping) session.close();
  }

  async #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', (error) => this.#logger.debug({ reason: messageOf(error) }, 'bulk stream failed'));
    try {
      const peer = stream.session === undefined ? undefined : this.#sessions.get(stream.session);
      // Without a known session, or once its identity was refused, the connection is being torn down.
      if (peer === undefined) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      const remotePeer = await peer;
      const request = parseRequest(headers[':method'], headers[':path']);
      if (request === undefined) throw noRoute(headers);
      if (request.kind === 'upload') await this.#upload(stream, headers, request, remotePeer);
      else if (request.kind === 'upload-state') await this.#uploadState(stream, request.reservationId, remotePeer);
      else if (request.kind === 'agree' || request.kind === 'pay') await this.#payment(stream, headers, request.kind);
      else if (request.kind === 'offer') await this.#offer(stream, headers, request.root, remotePeer);
      else await this.#read(stream, headers, request, remotePeer);
    } catch (error) {
      this.#fail(stream, error);
    }
  }

  async #upload(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    { reservationId, from }: Extract<BulkRequest, { kind: 'upload' }>,
    remotePeer: PeerId,
  ): Promise<void> {
    const contentLength = parseLength(headers['content-length']);
    await this.#limited('uploads', limits.MAX_UPLOADS, async () => {
      const result = await receiveShard(stream, this.#components.intake, {
        reservationId,
        from,
        remotePeer,
        contentLength,
        progress: this.#progress,
      });
      answer(stream, 200, encodeUploadResult(result));
    });
  }

  /** Counted with the uploads: after a restart, what is kept is hashed again first. */
  async #uploadState(stream: ServerHttp2Stream, reservationId: string, remotePeer: PeerId): Promise<void> {
    await this.#limited('uploads', limits.MAX_UPLOADS, async () => {
      answer(stream, 200, encodeUploadState(await this.#components.intake.state(reservationId, remotePeer)));
    });
  }

  async #read(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    request: Extract<BulkRequest, { kind: 'units' | 'unit-roots' }>,
    remotePeer: PeerId,
  ): Promise<void> {
    const { source, payments } = this.#components;
    const { root } = request;
    const range = request.kind === 'units' ? { from: request.from, count: request.count } : { from: 0, count: 0 };
    await this.#limited('reads', limits.MAX_READS, async () => {
      const reader = await this.#authorized(stream, { root, ...range, ticket: headers[TICKET_HEADER], remotePeer });
      if (reader === undefined) return;
      await this.#slots.use(reader.wallet ?? remotePeer.toString(), async () => {
        const { byteLength, content } = await openRead(source, { root, ...range });
        const contract = parseContract(headers[CONTRACT_HEADER]);
        const gone = goneSignal(stream);
        // The list of unit roots is free: it can be checked only as a whole, and is a 2,048th of the shard.
        const paid = range.count === 0 ? undefined : await payments?.open({ root, byteLength, contract, reader }, gone);
        try {
          await this.#send(stream, { byteLength, content, paid, gone });
        } finally {
          paid?.close();
        }
      });
    });
  }

  async #send(
    stream: ServerHttp2Stream,
    { byteLength, content, paid, gone }: OpenRead & { paid: PaidRead | undefined; gone: AbortSignal },
  ): Promise<void> {
    if (stream.destroyed || stream.closed) return;
    stream.respond({ ':status': 200, 'content-type': OCTETS, 'content-length': byteLength });
    const sent = paid === undefined ? content() : paidContent(content(), { byteLength, paid, signal: gone });
    await sendContent(stream, sent, gone, this.#progress);
  }

  /** Who reads; undefined when it was told that it may not. */
  async #authorized(stream: ServerHttp2Stream, request: ReadRequest): Promise<Reader | undefined> {
    try {
      return await this.#components.authorize(request);
    } catch (error) {
      this.#fail(stream, error, FORBIDDEN);
      return undefined;
    }
  }

  async #offer(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    root: Uint8Array,
    remotePeer: PeerId,
  ): Promise<void> {
    const { payments } = this.#components;
    if (payments === undefined) throw noRoute(headers);
    await this.#limited('payments', limits.MAX_PAYMENTS, async () => {
      const ticket = headers[TICKET_HEADER];
      const reader = await this.#authorized(stream, { root, from: 0, count: 0, ticket, remotePeer });
      if (reader !== undefined) answer(stream, 200, await payments.offer(root, reader), CBOR);
    });
  }

  async #payment(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, kind: 'agree' | 'pay'): Promise<void> {
    const { payments } = this.#components;
    if (payments === undefined) throw noRoute(headers);
    await this.#limited('payments', limits.MAX_PAYMENTS, async () => {
      const body = await readBody(stream, limits.MAX_PAYMENT_BYTES, this.#progress);
      answer(stream, 200, await payments[kind](body), CBOR);
    });
  }

  async #limited(kind: 'uploads' | 'reads' | 'payments', most: number, work: () => Promise<void>): Promise<void> {
    if (this.#active[kind] >= most) throw busy(kind);
    this.#active[kind]++;
    try {
      await work();
    } finally {
      this.#active[kind]--;
    }
  }

  /** Answers with the error if that is still possible, and ends the stream in any case. */
  #fail(stream: ServerHttp2Stream, error: unknown, status?: number): void {
    if (!isStowError(error) && !stream.aborted) this.#logger.error({ err: error }, 'bulk request failed');
    const told = isStowError(error) ? error : INTERNAL;
    if (stream.headersSent) {
      stream.destroy();
      return;
    }
    answer(stream, status !== undefined && isStowError(error) ? status : statusOf(told), encodeError(told));
  }
}

const FORBIDDEN = 403;

const JSON_TYPE = 'application/json';
const CBOR = 'application/cbor';
const OCTETS = 'application/octet-stream';

const SERVER_OPTIONS = {
  requestCert: true,
  allowHTTP1: false,
  handshakeTimeout: limits.CONNECT_TIMEOUT_MS,
  // A resumed TLS session would come without a certificate.
  secureOptions: cryptoConstants.SSL_OP_NO_TICKET,
  maxSessionMemory: limits.SESSION_MEMORY_MB,
  maxHeaderListPairs: limits.MAX_HEADER_PAIRS,
  settings: {
    enablePush: false,
    initialWindowSize: limits.WINDOW_BYTES,
    maxConcurrentStreams: limits.MAX_STREAMS_PER_SESSION,
    maxHeaderListSize: limits.MAX_HEADER_BYTES,
  },
} as const;

const INTERNAL = new StowError({
  code: 'transfer-internal',
  message: 'the provider failed to handle the request',
  hint: 'use another provider',
});

function answer(stream: ServerHttp2Stream, status: number, body: string | Uint8Array, type = JSON_TYPE): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond({ ':status': status, 'content-type': type });
  stream.end(body);
  // Of an upload that was refused in the middle, the rest is not wanted.
  if (!stream.readableEnded) stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
}

function parseLength(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

function noRoute(headers: IncomingHttpHeaders): StowError {
  return new StowError({
    code: 'transfer-no-route',
    message: `there is no ${headers[':method'] ?? ''} ${headers[':path']?.slice(0, 100) ?? ''} here`,
    hint: 'the two sides run different versions; update both',
    exitCode: ExitCode.usage,
  });
}

function busy(kind: string): StowError {
  return new StowError({
    code: 'transfer-busy',
    message: `the provider has too many ${kind} in work`,
    hint: 'try again in a moment, or use another provider',
    retryable: true,
  });
}

function listenError(address: BulkAddress, error: unknown): StowError {
  const taken = systemCode(error) === 'EADDRINUSE';
  const where = addressText(address);
  return new StowError({
    code: taken ? 'network-port-taken' : 'network-listen-failed',
    message: taken ? `another process already listens on ${where}` : `cannot listen on ${where}: ${messageOf(error)}`,
    hint: taken ? 'stop the other process, or choose another bulk port' : 'check the bulk address of the configuration',
    exitCode: ExitCode.usage,
    cause: error,
  });
}
