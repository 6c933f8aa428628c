import type { ClientHttp2Session } from 'node:http2';
import type { PeerId } from '@libp2p/interface';

import { addressText, type BulkAddress } from './bulk-address.ts';
import { connectSession, type DialPolicy } from './bulk-session.ts';
import { IDLE_SESSION_MS } from './limits.ts';
import type { TlsIdentity } from './tls-identity.ts';

interface Entry {
  session: Promise<ClientHttp2Session>;
  /** Requests in work: an idle session is closed, a waiting one is not. */
  users: number;
  idle: NodeJS.Timeout | undefined;
  connecting: AbortController;
}

/** One verified session per provider and address, shared by its requests and closed when idle. */
export class SessionPool {
  readonly #identity: TlsIdentity;
  readonly #dial: DialPolicy;
  readonly #entries = new Map<string, Entry>();

  constructor(init: { identity: TlsIdentity; dial: DialPolicy }) {
    this.#identity = init.identity;
    this.#dial = init.dial;
  }

  /** Runs `use` on a session with this peer. Errors of connecting are those of `connectSession`. */
  async with<T>(
    address: BulkAddress,
    peerId: PeerId,
    signal: AbortSignal | undefined,
    use: (session: ClientHttp2Session) => Promise<T>,
  ): Promise<T> {
    const { session, release } = await this.acquire(address, peerId, signal);
    try {
      return await use(session);
    } finally {
      release();
    }
  }

  /** A session to be given back with `release`, once. */
  async acquire(
    address: BulkAddress,
    peerId: PeerId,
    signal: AbortSignal | undefined,
  ): Promise<{ session: ClientHttp2Session; release: () => void }> {
    signal?.throwIfAborted();
    const key = `${peerId.toString()}@${addressText(address)}`;
    const entry = this.#entries.get(key) ?? this.#connect(key, address, peerId);
    clearTimeout(entry.idle);
    entry.users++;
    const release = (): void => this.#release(key, entry);
    try {
      return { session: await unlessAborted(entry.session, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Closes all sessions at once; requests in work fail. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { idle, connecting, session } of entries) {
      clearTimeout(idle);
      connecting.abort(new Error('the bulk client was closed'));
      await session.then(
        (open) => open.destroy(),
        () => undefined,
      );
    }
  }

  #connect(key: string, address: BulkAddress, peerId: PeerId): Entry {
    const connecting = new AbortController();
    const init = { address, peerId, identity: this.#identity, dial: this.#dial, signal: connecting.signal };
    const entry: Entry = { session: connectSession(init), users: 0, idle: undefined, connecting };
    this.#entries.set(key, entry);
    const forget = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    entry.session.then((session) => {
      session.once('close', forget);
      // The server is stopping: requests in work finish on this session, later ones need a new one.
      session.once('goaway', forget);
      if (session.closed || session.destroyed) forget();
    }, forget);
    return entry;
  }

  #release(key: string, entry: Entry): void {
    entry.users--;
    if (entry.users > 0) return;
    const pooled = this.#entries.get(key) === entry;
    const end = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      // Nobody waits for it: a session being opened is given up, an open one closed.
      entry.connecting.abort(new Error('the request was given up'));
      void entry.session.then(
        (session) => session.close(),
        () => undefined,
      );
    };
    if (!pooled) return end();
    entry.idle = setTimeout(end, IDLE_SESSION_MS);
    // An idle connection must not keep a finished command from exiting.
    entry.idle.unref();
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
