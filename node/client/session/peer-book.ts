import type { PeerInfo } from '@libp2p/interface';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';

import * as messages from '../../agreements/messages.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Dht } from '../../network/dht.ts';
import { parsePeerId } from '../../network/identity.ts';
import type { Rpc, RpcTarget } from '../../network/rpc.ts';
import { shardCid } from '../../network/shard-cid.ts';
import { addressText, parseBulkAddress, type BulkAddress } from '../../transfer/bulk-address.ts';
import type { KnownProvider } from '../market-view.ts';

/** A provider as the chain names it. */
export type ReachableProvider = Pick<KnownProvider, 'id' | 'peerId' | 'addresses'>;

/** A lookup that stalls costs no more than this before the chain's address is tried. */
const LOOKUP_MS = 4_000;

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Where bulk servers answered, over the end of a command. */
export interface AddressMemory {
  bulkAddress(peerId: string): BulkAddress | undefined;
  setBulkAddress(peerId: string, address: BulkAddress): void;
}

export interface PeerBookComponents {
  /** Joins the network, once something has to be looked up. */
  network: () => Promise<{ dht: Pick<Dht, 'findPeer' | 'findProviders'>; rpc: Pick<Rpc, 'call'> }>;
  memory?: AddressMemory | undefined;
  logger: Logger;
}

/**
 * Where providers can be reached. The DHT knows where they are now; the registry on chain knows where they were when they said so
 * last, and cannot be made to lie; where one answered before, it mostly still does. Addresses are hints: whoever answers must prove the peer id.
 */
export class PeerBook {
  readonly #components: PeerBookComponents;
  readonly #found = new Map<string, Promise<readonly Multiaddr[]>>();

  constructor(components: PeerBookComponents) {
    this.#components = { ...components, logger: components.logger.child({ part: 'peer-book' }) };
  }

  /** Whom to call for control messages: what the DHT knows first, then the chain. */
  async *controlTargets(provider: ReachableProvider, options: CallOptions): AsyncGenerator<RpcTarget> {
    const peerId = parsePeerId(provider.peerId);
    const found = (await this.#lookUp(provider, options)).filter((address) => parseBulkAddress(address) === undefined);
    if (found.length > 0) yield { peerId, addrs: found };
    const registered = controlAddresses(provider.addresses);
    if (registered.length > 0) yield { peerId, addrs: registered };
    if (found.length === 0 && registered.length === 0) yield peerId;
  }

  /** Where a provider's bulk server answered just now: looked for there first, the next time. */
  remember({ peerId }: Pick<ReachableProvider, 'peerId'>, address: BulkAddress): void {
    const { memory, logger } = this.#components;
    try {
      const known = memory?.bulkAddress(peerId);
      if (known === undefined || addressText(known) !== addressText(address)) memory?.setBulkAddress(peerId, address);
    } catch (error) {
      // A full disk, for one: what was asked of the provider has come all the same.
      logger.debug({ peer: peerId, reason: messageOf(error) }, 'an address is not remembered');
    }
  }

  /**
   * Addresses of a provider's bulk server, most promising first, each once: where it answered before, from the DHT, from announcements of a
   * shard that it holds, from the registry, and from asking the provider itself.
   */
  async *bulkAddresses(
    provider: ReachableProvider,
    options: CallOptions & { root?: Uint8Array },
  ): AsyncGenerator<BulkAddress> {
    const sources = [
      async () => this.#lookUp(provider, options),
      async () => (options.root === undefined ? [] : this.#announcers(provider, options.root, options)),
      async () => provider.addresses,
      async () => this.#ask(provider, options),
    ];
    const seen = new Set<string>();
    const remembered = this.#components.memory?.bulkAddress(provider.peerId);
    if (remembered !== undefined) {
      seen.add(addressText(remembered));
      yield remembered;
    }
    for (const source of sources) {
      for (const text of await source()) {
        const address = parseBulkAddress(text);
        if (address === undefined || seen.has(addressText(address))) continue;
        seen.add(addressText(address));
        yield address;
      }
    }
  }

  async #lookUp({ peerId }: ReachableProvider, options: CallOptions): Promise<readonly Multiaddr[]> {
    const known = this.#found.get(peerId);
    if (known !== undefined) return known;
    const finding = this.#findPeer(peerId, options);
    this.#found.set(peerId, finding);
    return finding;
  }

  async #findPeer(peerId: string, options: CallOptions): Promise<readonly Multiaddr[]> {
    const { dht } = await this.#components.network();
    return this.#bounded(
      options,
      async (signal) => (await dht.findPeer(parsePeerId(peerId), { signal }))?.multiaddrs ?? [],
    );
  }

  async #announcers(
    { peerId }: ReachableProvider,
    root: Uint8Array,
    options: CallOptions,
  ): Promise<readonly Multiaddr[]> {
    const { dht } = await this.#components.network();
    return this.#bounded(options, async (signal) => {
      const peers: PeerInfo[] = await dht.findProviders(shardCid(root), { signal });
      return peers.find(({ id }) => id.toString() === peerId)?.multiaddrs ?? [];
    });
  }

  async #ask(provider: ReachableProvider, options: CallOptions): Promise<readonly string[]> {
    const { rpc } = await this.#components.network();
    for await (const target of this.controlTargets(provider, options)) {
      try {
        const terms = await rpc.call(
          target,
          messages.PROTOCOLS.terms,
          {},
          {
            ...options,
            maxResponseBytes: messages.MAX_MESSAGE_BYTES,
            schema: messages.termsResponseSchema,
          },
        );
        return terms.bulk;
      } catch (error) {
        options.signal?.throwIfAborted();
        this.#components.logger.debug(
          { provider: provider.id, reason: messageOf(error) },
          'provider not reached for its terms',
        );
      }
    }
    return [];
  }

  /** What a lookup finds in time; nothing when it fails, as there are other sources. */
  async #bounded(
    options: CallOptions,
    find: (signal: AbortSignal) => Promise<readonly Multiaddr[]>,
  ): Promise<readonly Multiaddr[]> {
    const deadline = AbortSignal.timeout(LOOKUP_MS);
    try {
      return await find(options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]));
    } catch (error) {
      options.signal?.throwIfAborted();
      this.#components.logger.debug({ reason: messageOf(error) }, 'lookup failed');
      return [];
    }
  }
}

/** The registry's addresses that libp2p can dial. Whoever registered could write anything there. */
export function controlAddresses(addresses: readonly string[]): Multiaddr[] {
  return addresses.flatMap((text) => {
    try {
      const address = multiaddr(text);
      return parseBulkAddress(address) === undefined ? [address] : [];
    } catch {
      return [];
    }
  });
}
