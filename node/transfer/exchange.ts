import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

import { assert } from '../core/assert.ts';
import { isStowError, messageOf, StowError } from '../core/errors.ts';
import { parseError } from './bulk-protocol.ts';
import { MAX_JSON_BYTES } from './limits.ts';
import { ProgressGuard, type ProgressLimits } from './progress-guard.ts';
import { UnitBlocks } from './unit-blocks.ts';

export interface ExchangeInit {
  /** Provider and address, for messages. */
  who: string;
  signal: AbortSignal | undefined;
  progress: ProgressLimits;
}

const HTTP_OK = 200;

/**
 * One request and its answer on a session. Whatever ends it early, on either side, is recorded once in `#ended`; every wait
 * listens to that, so nothing is left hanging.
 */
export class Exchange {
  readonly #session: ClientHttp2Session;
  readonly #init: ExchangeInit;
  readonly #ended = new AbortController();
  readonly #onAbort: () => void;
  #stream: ClientHttp2Stream | undefined;
  #responded: Promise<unknown> | undefined;
  #isAnswered = false;
  #refusal: Promise<void> | undefined;
  #guard: ProgressGuard | undefined;

  constructor(session: ClientHttp2Session, init: ExchangeInit) {
    this.#session = session;
    this.#init = init;
    this.#onAbort = () => this.#fail(init.signal?.reason);
  }

  /** Sends the request's headers. */
  open(headers: OutgoingHttpHeaders): void {
    this.#init.signal?.throwIfAborted();
    this.#init.signal?.addEventListener('abort', this.#onAbort);
    // Aborting resets the stream. Http2Stream.close() would first end it, and a cut-off upload would look complete.
    const stream = this.#session.request(headers, {
      endStream: headers[':method'] === 'GET',
      signal: this.#ended.signal,
    });
    this.#stream = stream;
    stream.on('error', (error) => this.#fail(hangup(this.#init.who, error)));
    stream.on('close', () => {
      // After a whole answer nobody waits any more.
      const isWhole = this.#isAnswered && stream.readableEnded && stream.writableFinished;
      if (this.#refusal === undefined && !isWhole) this.#fail(hangup(this.#init.who));
    });
    stream.once('response', (response) => this.#onResponse(response));
    this.#responded = once(stream, 'response', { signal: this.#ended.signal });
    this.#responded.catch(() => undefined);
  }

  /** Resolves when the answer begins with status 200. */
  async response(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.#fail(stalled(this.#init.who, 'did not answer in time')), timeoutMs);
    try {
      await this.#responded;
      await this.#refusal;
      this.#ended.signal.throwIfAborted();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends the body and ends it. A chunk is out of our hands before the next is asked for. */
  async send(body: AsyncIterable<Uint8Array>): Promise<void> {
    const guard = this.#watch();
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        guard.pause();
        const next = await this.#unlessEnded(iterator.next().catch(rethrowAsSource));
        guard.resume();
        if (next.done === true) break;
        await this.#write(next.value);
        guard.add(next.value.byteLength);
      }
      this.#stream?.end();
    } catch (error) {
      // Not awaited: a source that is stuck in next() answers return() only after it.
      void iterator.return?.().catch(() => undefined);
      throw error;
    } finally {
      guard.stop();
    }
  }

  /** An answer of exactly `byteLength` bytes, whole units, in blocks, one after another in `into` if given. The consumer's time does not count as the peer's. */
  async *units(byteLength: number, blockBytes: number, into?: Uint8Array): AsyncGenerator<Uint8Array> {
    const stream = this.#stream;
    if (stream === undefined) return;
    const guard = this.#watch();
    let received = 0;
    const onChunk = (length: number): void => {
      received += length;
      guard.add(length);
      if (received > byteLength) throw this.#tooMuch(byteLength);
    };
    assert(into === undefined || into.byteLength === byteLength, 'memory for all that is asked for');
    const memory = into === undefined ? 'new' : { into };
    const blocks = new UnitBlocks({ stream, blockBytes: Math.min(blockBytes, byteLength), memory, onChunk });
    try {
      for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
        this.#init.signal?.throwIfAborted();
        guard.pause();
        yield block;
        guard.resume();
      }
      if (received < byteLength) throw this.#tooLittle(received, byteLength);
    } finally {
      blocks.close();
      guard.stop();
    }
  }

  /** An answer of exactly `byteLength` bytes, which must fit in memory. */
  async bytes(byteLength: number): Promise<Uint8Array> {
    const guard = this.#watch();
    const bytes = new Uint8Array(byteLength);
    let received = 0;
    try {
      for await (const chunk of this.#chunks()) {
        if (received + chunk.byteLength > byteLength) throw this.#tooMuch(byteLength);
        bytes.set(chunk, received);
        received += chunk.byteLength;
        guard.add(chunk.byteLength);
      }
    } finally {
      guard.stop();
    }
    if (received < byteLength) throw this.#tooLittle(received, byteLength);
    return bytes;
  }

  async text(maxBytes: number): Promise<string> {
    return Buffer.from(await this.whole(maxBytes)).toString('utf8');
  }

  /** An answer of at most so many bytes, which is small. */
  async whole(maxBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of this.#chunks()) {
      received += chunk.byteLength;
      if (received > maxBytes) throw badAnswer(this.#init.who, `more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Uint8Array.from(Buffer.concat(chunks));
  }

  /** Parses an answer; what does not parse is the provider's fault. */
  parse<T>(parser: () => T): T {
    try {
      return parser();
    } catch (error) {
      throw badAnswer(this.#init.who, messageOf(error), error);
    }
  }

  /** What `error`, thrown by any of these methods, means to the caller. */
  errorOf(error: unknown): unknown {
    if (error instanceof SourceError) return error.cause;
    if (this.#init.signal?.aborted === true) return this.#init.signal.reason;
    if (isStowError(error)) return error;
    return this.#ended.signal.aborted ? this.#ended.signal.reason : hangup(this.#init.who, error);
  }

  /** Gives the stream back, cancelling what is still under way. Always called. */
  close(): void {
    this.#init.signal?.removeEventListener('abort', this.#onAbort);
    this.#guard?.stop();
    const stream = this.#stream;
    if (stream?.readableEnded !== true || !stream.writableFinished) this.#ended.abort();
  }

  #tooMuch(byteLength: number): StowError {
    return badAnswer(this.#init.who, `more than the ${byteLength} bytes asked for`);
  }

  #tooLittle(received: number, byteLength: number): StowError {
    return hangup(this.#init.who, new Error(`${received} of ${byteLength} bytes came`));
  }

  #watch(): ProgressGuard {
    this.#guard = new ProgressGuard({
      ...this.#init.progress,
      onStall: () => this.#fail(stalled(this.#init.who, 'stopped moving')),
    });
    return this.#guard;
  }

  #onResponse(headers: IncomingHttpHeaders): void {
    this.#isAnswered = true;
    const status = Number(headers[':status']);
    if (status === HTTP_OK) return;
    this.#refusal = this.text(MAX_JSON_BYTES)
      .catch(() => '')
      .then((body) => this.#fail(parseError(status, body, this.#init.who)));
  }

  async #write(chunk: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#ended.signal.throwIfAborted();
    this.#stream?.write(chunk, (error) => (error instanceof Error ? reject(error) : resolve()));
    await this.#unlessEnded(promise);
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const stream = this.#stream;
    if (stream === undefined) return;
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  }

  #fail(reason: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(reason);
  }

  async #unlessEnded<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#ended;
    signal.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    const onEnd = (): void => ended.reject(signal.reason);
    signal.addEventListener('abort', onEnd);
    try {
      return await Promise.race([promise, ended.promise]);
    } finally {
      signal.removeEventListener('abort', onEnd);
    }
  }
}

/** Marks a failure of the caller's own body, which must reach the caller as it is. */
class SourceError extends Error {}

function rethrowAsSource(cause: unknown): never {
  throw new SourceError('the body failed', { cause });
}

function hangup(who: string, cause?: unknown): StowError {
  return new StowError({
    code: 'transfer-hangup',
    message: `${who} hung up in the middle${cause === undefined ? '' : `: ${messageOf(cause)}`}`,
    hint: 'try again, or use another provider',
    retryable: true,
    cause,
  });
}

function stalled(who: string, what: string): StowError {
  return new StowError({
    code: 'transfer-stalled',
    message: `${who} ${what}`,
    hint: 'try again, or use another provider',
    retryable: true,
  });
}

function badAnswer(who: string, reason: string, cause?: unknown): StowError {
  return new StowError({
    code: 'transfer-bad-answer',
    message: `${who} answered with something else than was asked for: ${reason}`,
    hint: 'the provider runs another version or is faulty; use another one',
    cause,
  });
}
