import type { PeerId } from '@libp2p/interface';

import { assert } from '../core/assert.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../core/units.ts';
import { addressText, type BulkAddress } from './bulk-address.ts';
import {
  CONTRACT_HEADER,
  CONTRACTS_PATH,
  offerPath,
  parseUploadResult,
  parseUploadState,
  TICKET_HEADER,
  unitRootsPath,
  unitsPath,
  uploadPath,
  uploadStatePath,
  VOUCHERS_PATH,
  type UploadResult,
  type UploadState,
} from './bulk-protocol.ts';
import type { DialPolicy } from './bulk-session.ts';
import { Exchange, type ExchangeInit } from './exchange.ts';
import {
  FINISH_TIMEOUT_MS,
  MAX_JSON_BYTES,
  MAX_PAYMENT_BYTES,
  MAX_UNIT_ROOTS_BYTES,
  READ_BLOCK_BYTES,
  RESPONSE_TIMEOUT_MS,
} from './limits.ts';
import { PROGRESS_LIMITS, type ProgressLimits } from './progress-guard.ts';
import { SessionPool } from './session-pool.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** A provider and where its bulk server listens. */
export interface BulkPeer {
  peerId: PeerId;
  address: BulkAddress;
}

export interface BulkOptions {
  signal?: AbortSignal | undefined;
}

export interface UploadOptions extends BulkOptions {
  /** Units in upload order that the provider has already, as it said: the body begins after them. */
  from?: number | undefined;
}

export interface ReadOptions extends BulkOptions {
  /** Value of the `authorization` header. */
  ticket?: string | undefined;
}

interface PaidOptions extends ReadOptions {
  /** Digest of the contract under which it is paid for, 64 hex digits. */
  contract?: string | undefined;
}

/**
 * Sends and reads shards. Every failure is a StowError that names provider and address: `transfer-unreachable`,
 * `transfer-hangup` and `transfer-stalled` are retryable, `transfer-wrong-peer` and `transfer-identity-invalid` are not, and
 * what the provider itself reports has the provider's code. Aborting rejects with the signal's reason.
 */
export class BulkClient {
  readonly #pool: SessionPool;
  readonly #progress: ProgressLimits;

  constructor(init: { identity: TlsIdentity; dial: DialPolicy; progress?: ProgressLimits }) {
    this.#progress = init.progress ?? PROGRESS_LIMITS;
    this.#pool = new SessionPool(init);
  }

  /**
   * Uploads a shard.
   * @param body whole units in upload order: 1, 2, …, n − 1, then 0; those that the provider has already left out. A chunk may be reused once the next is asked for
   * @returns root and units as the provider counted them
   */
  async putShard(
    peer: BulkPeer,
    reservationId: string,
    body: AsyncIterable<Uint8Array>,
    options: UploadOptions = {},
  ): Promise<UploadResult> {
    return this.#exchange(peer, options, async (exchange) => {
      exchange.open({ ':method': 'PUT', ':path': uploadPath(reservationId, options.from ?? 0) });
      await exchange.send(body);
      await exchange.response(FINISH_TIMEOUT_MS);
      const text = await exchange.text(MAX_JSON_BYTES);
      return exchange.parse(() => parseUploadResult(text));
    });
  }

  /** How far an upload is: after a restart of the provider, once it has hashed again what it keeps. */
  async uploadState(peer: BulkPeer, reservationId: string, options: BulkOptions = {}): Promise<UploadState> {
    return this.#exchange(peer, options, async (exchange) => {
      exchange.open({ ':method': 'GET', ':path': uploadStatePath(reservationId) });
      await exchange.response(FINISH_TIMEOUT_MS);
      const text = await exchange.text(MAX_JSON_BYTES);
      return exchange.parse(() => parseUploadState(text));
    });
  }

  /**
   * Reads units `from` to `from + count - 1`, in blocks of up to 256 KiB of whole units, each block memory of its own, or the
   * next part of `into`. The bytes are not verified here. Leaving the loop early cancels the request.
   */
  async *readUnits(
    peer: BulkPeer,
    root: Uint8Array,
    from: number,
    count: number,
    options: PaidOptions & { into?: Uint8Array | undefined } = {},
  ): AsyncGenerator<Uint8Array> {
    assert(count > 0, 'at least one unit is read');
    const byteLength = count * UNIT_BYTES;
    const { session, release } = await this.#pool.acquire(peer.address, peer.peerId, options.signal);
    const exchange = new Exchange(session, this.#init(peer, options));
    try {
      exchange.open({ ':method': 'GET', ':path': unitsPath(root, from, count), ...readHeaders(options) });
      await exchange.response(RESPONSE_TIMEOUT_MS);
      yield* exchange.units(byteLength, READ_BLOCK_BYTES, options.into);
    } catch (error) {
      throw exchange.errorOf(error);
    } finally {
      exchange.close();
      release();
    }
  }

  /** Roots of all units of a shard, 32 bytes each, not verified here. @param units as the agreement states them */
  async unitRoots(peer: BulkPeer, root: Uint8Array, units: number, options: ReadOptions = {}): Promise<Uint8Array> {
    const byteLength = units * DIGEST_BYTES;
    assert(units > 0 && byteLength <= MAX_UNIT_ROOTS_BYTES, `roots of ${units} units are too many to hold in memory`);
    return this.#exchange(peer, options, async (exchange) => {
      exchange.open({ ':method': 'GET', ':path': unitRootsPath(root), ...readHeaders(options) });
      await exchange.response(RESPONSE_TIMEOUT_MS);
      return exchange.bytes(byteLength);
    });
  }

  /** What a shard costs. The meaning of this and the next two bodies is `retrieval/messages.ts`. */
  async offer(peer: BulkPeer, root: Uint8Array, options: ReadOptions = {}): Promise<Uint8Array> {
    return this.#exchange(peer, options, async (exchange) => {
      exchange.open({ ':method': 'GET', ':path': offerPath(root), ...readHeaders(options) });
      await exchange.response(RESPONSE_TIMEOUT_MS);
      return exchange.whole(MAX_PAYMENT_BYTES);
    });
  }

  /** Proposes a contract. */
  async agree(peer: BulkPeer, body: Uint8Array, options: BulkOptions = {}): Promise<Uint8Array> {
    return this.#post(peer, CONTRACTS_PATH, body, options);
  }

  /** Sends a voucher. */
  async pay(peer: BulkPeer, body: Uint8Array, options: BulkOptions = {}): Promise<Uint8Array> {
    return this.#post(peer, VOUCHERS_PATH, body, options);
  }

  /** Closes all connections; requests in work fail. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #post(peer: BulkPeer, path: string, body: Uint8Array, options: BulkOptions): Promise<Uint8Array> {
    return this.#exchange(peer, options, async (exchange) => {
      exchange.open({ ':method': 'POST', ':path': path });
      await exchange.send(once(body));
      await exchange.response(RESPONSE_TIMEOUT_MS);
      return exchange.whole(MAX_PAYMENT_BYTES);
    });
  }

  #init({ peerId, address }: BulkPeer, { signal }: BulkOptions): ExchangeInit {
    return { who: `provider ${peerId.toString()} at ${addressText(address)}`, signal, progress: this.#progress };
  }

  async #exchange<T>(peer: BulkPeer, options: BulkOptions, use: (exchange: Exchange) => Promise<T>): Promise<T> {
    return this.#pool.with(peer.address, peer.peerId, options.signal, async (session) => {
      const exchange = new Exchange(session, this.#init(peer, options));
      try {
        return await use(exchange);
      } catch (error) {
        throw exchange.errorOf(error);
      } finally {
        exchange.close();
      }
    });
  }
}

function readHeaders({ ticket, contract }: PaidOptions): Record<string, string> {
  return {
    ...(ticket === undefined ? {} : { [TICKET_HEADER]: ticket }),
    ...(contract === undefined ? {} : { [CONTRACT_HEADER]: contract }),
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
