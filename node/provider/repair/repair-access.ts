import type { Multiaddr } from '@multiformats/multiaddr';

import { encodeRepairClaim } from '../../agreements/repair-rule.ts';
import { toHex } from '../../core/bytes.ts';
import { StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { Dht } from '../../network/dht.ts';
import { parsePeerId } from '../../network/identity.ts';
import { type BulkAddress, parseBulkAddress } from '../../transfer/bulk-address.ts';
import type { BulkClient, BulkPeer } from '../../transfer/bulk-client.ts';
import { firstConnected } from '../../transfer/first-connected.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { WrongBytes } from '../../transfer/read/wrong-bytes.ts';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface RepairAccessComponents {
  bulk: Pick<BulkClient, 'readUnits' | 'unitRoots'>;
  dht: Pick<Dht, 'findPeer'>;
  logger: Logger;
}

/** Reads the other shards of an object of which one is repaired, from their providers, on the word of the chain alone. */
export class RepairAccess implements ShardAccess {
  readonly #components: RepairAccessComponents;
  readonly #ticket: string;
  /** Where a provider answered before. */
  readonly #working = new Map<number, BulkPeer>();

  /** @param lost the failed agreement whose shard is repaired */
  constructor(components: RepairAccessComponents, lost: AgreementId) {
    this.#components = components;
    this.#ticket = encodeRepairClaim(lost);
  }

  async unitRoots({ provider, root, units }: Holder, options: CallOptions): Promise<Uint8Array> {
    const peerId = parsePeerId(provider.peerId);
    return firstConnected(peerId, this.#addresses(provider, options), unreachable(provider.id), async (peer) => {
      const roots = await this.#components.bulk.unitRoots(peer, root, units, { ...options, ticket: this.#ticket });
      this.#working.set(provider.id, peer);
      return roots;
    });
  }

  async *readUnits(
    { provider, root }: Holder,
    from: number,
    count: number,
    options: CallOptions & { into?: Uint8Array | undefined },
  ): AsyncGenerator<Uint8Array> {
    const peer = this.#working.get(provider.id);
    if (peer === undefined) throw unreachable(provider.id);
    yield* this.#components.bulk.readUnits(peer, root, from, count, { ...options, ticket: this.#ticket });
  }

  onWrongBytes({ what, holder }: WrongBytes): void {
    const { provider, root } = holder;
    this.#components.logger.warn({ provider: provider.id, shard: toHex(root), what }, 'a provider sent wrong bytes');
  }

  /** The chain's word first: providers keep it up to date at each start. The DHT knows of moves since. */
  async *#addresses({ peerId, addresses }: Holder['provider'], options: CallOptions): AsyncGenerator<BulkAddress> {
    yield* bulkOf(addresses);
    const found = await this.#components.dht.findPeer(parsePeerId(peerId), options);
    yield* bulkOf(found?.multiaddrs ?? []);
  }
}

function bulkOf(addresses: readonly (string | Multiaddr)[]): BulkAddress[] {
  return addresses.flatMap((text) => parseBulkAddress(text) ?? []);
}

function unreachable(provider: number): StowError {
  return new StowError({
    code: 'provider-address-unknown',
    message: `no address of provider ${provider} answers, neither from the registry nor from the DHT`,
    hint: 'it may be down; another holder is read',
    retryable: true,
  });
}
