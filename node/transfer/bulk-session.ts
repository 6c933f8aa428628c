import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import type { LookupFunction } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { PeerId } from '@libp2p/interface';

import { ExitCode, isStowError, messageOf, StowError } from '../core/errors.ts';
import { addressText, type BulkAddress } from './bulk-address.ts';
import * as limits from './limits.ts';
import { remotePeerId, TLS_OPTIONS, type TlsIdentity } from './tls-identity.ts';

/** Which addresses may be dialled. Providers choose their own, so without it they could point us at our own network. */
export interface DialPolicy {
  /** `public` or `private`, for messages. */
  readonly reach: string;
  /** Judges a host as it stands in an address: an IP address, or a name by its form. */
  allowsHost(host: string): boolean;
  /** Judges what a name resolves to. */
  readonly lookup: LookupFunction;
}

export interface ConnectInit {
  address: BulkAddress;
  /** Whom the other side must prove to be. */
  peerId: PeerId;
  identity: TlsIdentity;
  dial: DialPolicy;
  signal: AbortSignal;
}

/**
 * Connects to a bulk server and verifies its identity; nothing is sent to a peer that is not the expected one.
 * @throws StowError `transfer-address-refused`, `transfer-unreachable` (retryable), `transfer-wrong-peer`,
 *   `transfer-identity-invalid`; the reason of `signal` when that was aborted
 */
export async function connectSession(init: ConnectInit): Promise<ClientHttp2Session> {
  const { address, dial } = init;
  if (!dial.allowsHost(address.host)) throw outOfReach(init);
  const deadline = AbortSignal.timeout(limits.CONNECT_TIMEOUT_MS);
  const signal = AbortSignal.any([init.signal, deadline]);
  let socket: TLSSocket | undefined;
  try {
    init.signal.throwIfAborted();
    socket = connectTls({
      ...TLS_OPTIONS,
      ...init.identity,
      host: address.host,
      port: address.port,
      lookup: dial.lookup,
    });
    await once(socket, 'secureConnect', { signal });
    await verify(socket, init);
    return await startSession(socket, address, signal);
  } catch (error) {
    socket?.on('error', () => undefined);
    socket?.destroy();
    init.signal.throwIfAborted();
    throw isStowError(error)
      ? error
      : unreachable(init, deadline.aborted ? 'no answer in time' : messageOf(error), error);
  }
}

async function verify(socket: TLSSocket, { peerId, address }: ConnectInit): Promise<void> {
  if (socket.alpnProtocol !== 'h2') throw new Error('it does not speak HTTP/2');
  const found = await remotePeerId(socket);
  if (found.equals(peerId)) return;
  throw new StowError({
    code: 'transfer-wrong-peer',
    message: `${addressText(address)} is ${found.toString()}, not the expected provider ${peerId.toString()}`,
    hint: 'the provider moved, or somebody answers in its place; look its address up again',
    exitCode: ExitCode.integrity,
  });
}

async function startSession(socket: TLSSocket, address: BulkAddress, signal: AbortSignal): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://${addressText(address)}`, {
    createConnection: () => socket,
    maxSessionMemory: limits.SESSION_MEMORY_MB,
    maxHeaderListPairs: limits.MAX_HEADER_PAIRS,
    settings: {
      enablePush: false,
      initialWindowSize: limits.WINDOW_BYTES,
      maxHeaderListSize: limits.MAX_HEADER_BYTES,
    },
  });
  session.on('error', () => undefined);
  await once(session, 'remoteSettings', { signal });
  session.setLocalWindowSize(limits.WINDOW_BYTES);
  return session;
}

function outOfReach({ address, peerId, dial }: ConnectInit): StowError {
  return new StowError({
    code: 'transfer-address-refused',
    message: `provider ${peerId.toString()} names ${addressText(address)}, which is no ${dial.reach} address; refusing to dial it`,
    hint:
      dial.reach === 'public'
        ? 'use another provider; on a private network, run with devnet set'
        : 'use another provider',
  });
}

function unreachable({ address, peerId }: ConnectInit, reason: string, cause: unknown): StowError {
  return new StowError({
    code: 'transfer-unreachable',
    message: `provider ${peerId.toString()} cannot be reached at ${addressText(address)}: ${reason}`,
    hint: 'try again, or use another provider',
    retryable: true,
    cause,
  });
}
