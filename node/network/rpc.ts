import { lpStream } from '@libp2p/utils';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { z } from 'zod';

import { isStowError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { decodeCbor, encodeCbor } from '../core/cbor.ts';
import type { Host } from './host.ts';
import { failure, parseResponse, type RpcFailure } from './rpc-response.ts';
import { callError } from './rpc-errors.ts';

/** A whole exchange, dialling included. Handlers may ask the chain; nothing waits for a block. */
const EXCHANGE_MS = 30_000;
/** From stream to complete request. Requests are a few KiB, so only a stalling sender needs longer. */
const REQUEST_MS = 5_000;
/** Streams of one protocol that one connection may have open. */
const MAX_STREAMS_PER_CONNECTION = 8;
/** Requests of one protocol in work at once, from all peers; more are told to come back. */
const MAX_CONCURRENT = 64;
/** The largest length prefix in use has 4 bytes; one more is already an attack. */
const MAX_PREFIX_BYTES = 5;

export interface RpcContext {
  readonly remotePeer: PeerId;
  /** Aborted when the exchange runs out of time or the peer hangs up. */
  readonly signal: AbortSignal;
}

export interface RpcHandler<Request> {
  /** A longer request is refused by its prefix, before any of it is kept. */
  maxRequestBytes: number;
  /** Checks and decodes the request. */
  schema: z.ZodType<Request>;
  /** Its result is sent as CBOR; a StowError that it throws reaches the caller with code, message and hint. */
  handler(request: Request, context: RpcContext): Promise<unknown>;
  /** For the whole exchange; `EXCHANGE_MS` when absent. */
  deadlineMs?: number | undefined;
}

export interface CallOptions<Response> {
  signal?: AbortSignal | undefined;
  maxResponseBytes: number;
  /** Checks and decodes the response. */
  schema: z.ZodType<Response>;
  deadlineMs?: number | undefined;
}

/** Whom to call: a peer that is connected or that the DHT knows, or one at given addresses. */
export type RpcTarget = PeerId | { peerId: PeerId; addrs: readonly Multiaddr[] };

/** One request and one response per libp2p stream, each a varint length and that much deterministic CBOR. */
export class Rpc {
  readonly #host: Host;
  readonly #logger: Logger;
  readonly #protocols = new Set<string>();

  constructor(components: { host: Host; logger: Logger }) {
    this.#host = components.host;
    this.#logger = components.logger.child({ part: 'rpc' });
  }

  /** Answers `protocol` from now on. Once per protocol. */
  async handle<Request>(protocol: string, handler: RpcHandler<Request>): Promise<void> {
    let active = 0;
    const onStream = async (stream: Stream, connection: Connection): Promise<void> => {
      active++;
      try {
        await this.#serve(protocol, handler, stream, connection.remotePeer, active > MAX_CONCURRENT);
      } catch (error) {
        this.#logger.debug(
          { protocol, peer: connection.remotePeer.toString(), reason: messageOf(error) },
          'exchange failed',
        );
        stream.abort(error instanceof Error ? error : new Error(messageOf(error)));
      } finally {
        active--;
      }
    };
    await this.#host.handle(protocol, onStream, { maxInboundStreams: MAX_STREAMS_PER_CONNECTION });
    this.#protocols.add(protocol);
  }

  /** Stops answering all protocols. */
  async close(): Promise<void> {
    await this.#host.unhandle([...this.#protocols]);
    this.#protocols.clear();
  }

  /**
   * Sends `request` and waits for the answer.
   * @throws StowError what the peer answered; `rpc-unreachable`, `rpc-timeout`, `rpc-hangup` (all retryable);
   *   `rpc-unsupported`, `rpc-bad-response`; the reason of `signal` when that was aborted
   */
  async call<Response>(
    target: RpcTarget,
    protocol: string,
    request: unknown,
    options: CallOptions<Response>,
  ): Promise<Response> {
    options.signal?.throwIfAborted();
    const peerId = 'peerId' in target ? target.peerId : target;
    const deadline = AbortSignal.timeout(options.deadlineMs ?? EXCHANGE_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    let stream: Stream | undefined;
    try {
      stream = await this.#host.dialProtocol(dialTarget(target), protocol, { signal, negotiateFully: true });
      const bytes = await exchange(stream, encodeCbor(request), options.maxResponseBytes, signal);
      void stream.close({ signal }).catch(() => stream?.abort(new Error('close failed')));
      return parseResponse(bytes, options.schema, { peer: peerId.toString(), protocol });
    } catch (error) {
      stream?.abort(error instanceof Error ? error : new Error(messageOf(error)));
      options.signal?.throwIfAborted();
      throw callError(error, {
        peer: peerId.toString(),
        protocol,
        opened: stream !== undefined,
        timedOut: deadline.aborted,
      });
    }
  }

  async #serve<Request>(
    protocol: string,
    handler: RpcHandler<Request>,
    stream: Stream,
    remotePeer: PeerId,
    busy: boolean,
  ): Promise<void> {
    const hangup = new AbortController();
    const onClose = (): void => hangup.abort(new Error('the peer hung up'));
    stream.addEventListener('close', onClose);
    const signal = AbortSignal.any([hangup.signal, AbortSignal.timeout(handler.deadlineMs ?? EXCHANGE_MS)]);
    try {
      const frames = framed(stream, handler.maxRequestBytes);
      const reading = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
      const bytes = (await frames.read({ signal: reading })).subarray();
      const response = busy ? failure(BUSY) : await this.#respond(protocol, handler, bytes, { remotePeer, signal });
      await frames.write(encodeCbor(response), { signal });
      await stream.close({ signal });
    } finally {
      stream.removeEventListener('close', onClose);
    }
  }

  async #respond<Request>(
    protocol: string,
    handler: RpcHandler<Request>,
    bytes: Uint8Array,
    context: RpcContext,
  ): Promise<{ ok: true; value: unknown } | RpcFailure> {
    try {
      const parsed = handler.schema.safeParse(decodeCbor(bytes));
      if (!parsed.success) return failure(badRequest(protocol, parsed.error));
      const value = await abortable(handler.handler(parsed.data, context), context.signal);
      return { ok: true, value: value ?? null };
    } catch (error) {
      context.signal.throwIfAborted();
      if (isStowError(error)) return failure(error);
      this.#logger.error({ protocol, peer: context.remotePeer.toString(), err: error }, 'request handler failed');
      return failure(INTERNAL);
    }
  }
}

const BUSY = {
  code: 'rpc-busy',
  message: 'the peer has too many requests in work',
  hint: 'try again in a moment',
  retryable: true,
};
const INTERNAL = {
  code: 'rpc-internal',
  message: 'the peer failed to handle the request',
  hint: 'use another peer',
  retryable: true,
};

function badRequest(
  protocol: string,
  error: z.ZodError,
): { code: string; message: string; hint: string; retryable: boolean } {
  const [issue] = error.issues;
  const where = issue === undefined ? '' : ` at ${issue.path.map(String).join('.') || 'the top'}: ${issue.message}`;
  return {
    code: 'rpc-bad-request',
    message: `not a request of ${protocol}${where}`,
    hint: 'the two sides run different versions; update both',
    retryable: false,
  };
}

function dialTarget(target: RpcTarget): PeerId | Multiaddr[] {
  if (!('peerId' in target)) return target;
  const suffix = `/p2p/${target.peerId.toString()}`;
  const addresses = target.addrs.filter((address) => address.getComponents().every((part) => part.name !== 'tls'));
  if (addresses.length === 0) return target.peerId;
  return addresses.map((address) =>
    address.getComponents().some((part) => part.name === 'p2p') ? address : address.encapsulate(suffix),
  );
}

function framed(stream: Stream, maxBytes: number): ReturnType<typeof lpStream<Stream>> {
  return lpStream(stream, {
    maxDataLength: maxBytes,
    maxLengthLength: MAX_PREFIX_BYTES,
    maxBufferSize: maxBytes + MAX_PREFIX_BYTES,
  });
}

async function exchange(
  stream: Stream,
  request: Uint8Array,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const frames = framed(stream, maxBytes);
  await frames.write(request, { signal });
  return (await frames.read({ signal })).subarray();
}

/** Settles with `promise`, or rejects once `signal` is aborted although `promise` pays no attention to it. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
