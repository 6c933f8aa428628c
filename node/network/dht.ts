import type { KadDHT, QueryEvent } from '@libp2p/kad-dht';
import type { PeerId, PeerInfo } from '@libp2p/interface';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';

import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Host } from './host.ts';
import * as limits from './limits.ts';

export interface QueryOptions {
  /** Aborting it rejects with its reason; running out of the lookup's own time only ends the lookup. */
  signal?: AbortSignal | undefined;
}

/** The part of the library's routing table that its public type leaves out. */
interface RoutingTable extends EventTarget {
  readonly size: number;
  remove(peer: PeerId, options?: { signal?: AbortSignal }): Promise<void>;
}

/**
 * Lookups with a bound in time, which return what they found when it runs out. Nothing here is trusted: addresses are hints,
 * a peer proves its id when dialled, and bytes are checked against roots.
 */
export class Dht {
  readonly #host: Host;
  readonly #kad: KadDHT;
  readonly #table: RoutingTable;
  readonly #self: PeerId;
  readonly #logger: Logger;
  readonly #firstPeerWaitMs: number;
  /** Unanswered requests in a row, by connected peer. Forgotten altogether when it outgrows the connections. */
  readonly #silences = new Map<string, number>();

  constructor(components: { host: Host; logger: Logger }, init: { firstPeerWaitMs?: number } = {}) {
    this.#firstPeerWaitMs = init.firstPeerWaitMs ?? limits.FIRST_PEER_WAIT_MS;
    this.#host = components.host;
    this.#kad = components.host.services.dht;
    this.#table = routingTableOf(this.#kad);
    this.#self = components.host.peerId;
    this.#logger = components.logger.child({ part: 'dht' });
  }

  /** Peers in the routing table. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Announces this node as a holder of `cid`.
   * @returns how many peers took the record; the protocol has no receipt, so a peer may have dropped it
   */
  async provide(cid: CID, options: QueryOptions = {}): Promise<{ stored: number }> {
    const holders = new Set<string>();
    const key = await recordKey(cid);
    for (let attempt = 0; attempt < limits.PROVIDE_ATTEMPTS && holders.size === 0; attempt++) {
      await this.#run(
        (signal) => this.#kad.provide(key, { signal }),
        limits.PROVIDE_TIMEOUT_MS,
        options,
        (event) => {
          if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER')
            holders.add(event.from.toString());
          return true;
        },
      );
    }
    return { stored: holders.size };
  }

  /** Stops renewing this node's record of `cid`. Other peers keep theirs until it expires. */
  async unprovide(cid: CID): Promise<void> {
    await this.#kad.cancelReprovide(await recordKey(cid));
  }

  /** Announced holders of `cid`, this node not among them; ends early once `limit` are known. */
  async findProviders(cid: CID, options: QueryOptions & { limit?: number } = {}): Promise<PeerInfo[]> {
    const wanted = Math.min(options.limit ?? limits.MAX_PROVIDERS_PER_LOOKUP, limits.MAX_PROVIDERS_PER_LOOKUP);
    const found = new Map<string, PeerInfo>();
    const key = await recordKey(cid);
    await this.#run(
      (signal) => this.#kad.findProviders(key, { signal }),
      limits.LOOKUP_TIMEOUT_MS,
      options,
      (event) => {
        if (event.name === 'PROVIDER') for (const peer of event.providers) this.#collect(found, peer);
        return [...found.values()].filter(hasAddress).length < wanted;
      },
    );
    return [...found.values()].toSorted((a, b) => Number(hasAddress(b)) - Number(hasAddress(a))).slice(0, wanted);
  }

  /** Addresses of a peer, from the peer store or the network; undefined when nobody knows it. */
  async findPeer(peerId: PeerId, options: QueryOptions = {}): Promise<PeerInfo | undefined> {
    let found: PeerInfo | undefined;
    await this.#run(
      (signal) => this.#kad.findPeer(peerId, { signal }),
      limits.LOOKUP_TIMEOUT_MS,
      options,
      (event) => {
        if (event.name === 'FINAL_PEER' && hasAddress(event.peer)) found = trimmed(event.peer);
        return found === undefined;
      },
    );
    return found;
  }

  /** Up to k live peers whose ids are closest to SHA-256(key), nearest first. Joining a network, it also fills the table. */
  async closest(key: Uint8Array, options: QueryOptions = {}): Promise<PeerInfo[]> {
    const found = new Map<string, PeerInfo>();
    await this.#run(
      (signal) => this.#kad.getClosestPeers(key, { signal }),
      limits.LOOKUP_TIMEOUT_MS,
      options,
      (event) => {
        if (event.name === 'FINAL_PEER') this.#collect(found, event.peer);
        return true;
      },
    );
    return [...found.values()];
  }

  #collect(found: Map<string, PeerInfo>, peer: PeerInfo): void {
    if (peer.id.equals(this.#self)) return;
    const id = peer.id.toString();
    const known = found.get(id);
    if (known === undefined || !hasAddress(known)) found.set(id, trimmed(peer));
  }

  /** Feeds a query's events to `onEvent` until that returns false, the query ends, or its time runs out. */
  async #run(
    query: (signal: AbortSignal) => AsyncIterable<QueryEvent>,
    timeoutMs: number,
    options: QueryOptions,
    onEvent: (event: QueryEvent) => boolean,
  ): Promise<void> {
    options.signal?.throwIfAborted();
    if (!(await this.#hasPeer(options.signal))) return;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    try {
      for await (const event of query(signal)) {
        if (event.name === 'PEER_RESPONSE') this.#silences.delete(event.from.toString());
        if (event.name === 'QUERY_ERROR' && !signal.aborted) await this.#onSilence(event.from, event.error);
        if (!onEvent(event)) return;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      // Not found, timed out, or stopping: the caller gets what there is.
      this.#logger.debug({ reason: messageOf(error) }, 'lookup ended early');
    }
  }

  /**
   * The library keeps peers that no longer answer, so each lookup would ask them again. One without a connection is dropped
   * at once, one that is connected when it stays silent again; one that refused a request is alive, and stays.
   */
  async #onSilence(peer: PeerId, error: Error): Promise<void> {
    const id = peer.toString();
    const gone = this.#host.getConnections(peer).length === 0;
    if (!gone && error.name !== 'TimeoutError') return;
    const silences = (this.#silences.get(id) ?? 0) + 1;
    const evicted = gone || silences >= limits.MAX_SILENCES;
    this.#logger.debug({ peer: id, reason: messageOf(error), evicted }, 'peer did not answer');
    if (!evicted) {
      if (this.#silences.size >= limits.MAX_CONNECTIONS) this.#silences.clear();
      this.#silences.set(id, silences);
      return;
    }
    this.#silences.delete(id);
    await this.#table.remove(peer).catch(() => undefined);
  }

  /** Whether there is anybody to ask, after waiting a while for the first peer. */
  async #hasPeer(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#table.size > 0) return true;
    const bound = AbortSignal.timeout(this.#firstPeerWaitMs);
    const until = signal === undefined ? bound : AbortSignal.any([signal, bound]);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#table.removeEventListener('peer:add', done);
        until.removeEventListener('abort', done);
        resolve();
      };
      this.#table.addEventListener('peer:add', done);
      until.addEventListener('abort', done);
    });
    signal?.throwIfAborted();
    return this.#table.size > 0;
  }
}

/**
 * Key of a provider record: CIDv1 of SHA-256 over the bytes of the shard's CID. The hash is needed because the library parses
 * a record's key as CIDv0, which can only hold a SHA-256 multihash; holders reset the stream for a shard's own multihash.
 */
async function recordKey(cid: CID): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(cid.bytes));
}

function routingTableOf(kad: KadDHT): RoutingTable {
  const table = 'routingTable' in kad ? kad.routingTable : undefined;
  if (!isRoutingTable(table)) {
    throw new TypeError(
      'this version of @libp2p/kad-dht has no routingTable.remove(); dead peers could not be evicted',
    );
  }
  return table;
}

function isRoutingTable(table: unknown): table is RoutingTable {
  return table instanceof EventTarget && 'size' in table && 'remove' in table && typeof table.remove === 'function';
}

function hasAddress(peer: PeerInfo): boolean {
  return peer.multiaddrs.length > 0;
}

function trimmed(peer: PeerInfo): PeerInfo {
  const distinct = new Map(peer.multiaddrs.map((address) => [address.toString(), address]));
  return { id: peer.id, multiaddrs: [...distinct.values()].slice(0, limits.MAX_ADDRESSES_PER_PEER) };
}
