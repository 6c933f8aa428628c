import type { LocalAccount } from 'viem';

import { encodeReadTicket } from '../../agreements/read-ticket.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { ChainView } from '../../chain/client.ts';
import { signReadTicket } from '../../chain/typed-data.ts';
import { to0x } from '../../core/bytes.ts';
import type { Clock } from '../../core/clock.ts';
import { StowError } from '../../core/errors.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import { parsePeerId } from '../../network/identity.ts';
import { parseBulkAddress, type BulkAddress } from '../../transfer/bulk-address.ts';
import type { BulkClient, BulkPeer } from '../../transfer/bulk-client.ts';
import { firstConnected } from '../../transfer/first-connected.ts';
import { decodeOffer, type Offer } from '../../retrieval/messages.ts';
import { readPaid } from '../../retrieval/read-paid.ts';
import type { Desk, ReadPayer } from '../../retrieval/read-payer.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { WrongBytes } from '../../transfer/read/wrong-bytes.ts';
import type { EvidenceLog } from '../evidence/evidence-log.ts';
import type { KnownProvider } from '../market-view.ts';
import type { Reservation, ShardUploader } from '../put/control-plane.ts';
import type { PeerBook } from './peer-book.ts';

/** Validity of a read ticket: half of what providers allow, renewed when half of it is over. */
const TICKET_SECONDS = 12 * 60 * 60;
/** A command does not end later than that because a provider does not take its money. */
const SETTLE_TIMEOUT_MS = 10_000;

interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface BulkTransferComponents {
  bulk: Pick<BulkClient, 'putShard' | 'uploadState' | 'readUnits' | 'unitRoots' | 'offer' | 'agree' | 'pay'>;
  peers: Pick<PeerBook, 'bulkAddresses' | 'remember'>;
  chain: ChainView;
  /** Signs the tickets of reads. Without it, only what is public can be read. */
  account: LocalAccount | undefined;
  /** Pays for reads. Without it, only what is free can be read. */
  payer?: ReadPayer | undefined;
  clock: Clock;
  evidence: Pick<EvidenceLog, 'keep'>;
}

/** Shard bytes to and from providers over bulk transport. */
export class BulkTransfer implements ShardUploader, ShardAccess {
  readonly #components: BulkTransferComponents;
  /** Where a provider answered before. */
  readonly #working = new Map<number, BulkPeer>();
  readonly #tickets = new Map<string, { header: string; renewAtMs: number }>();

  constructor(components: BulkTransferComponents) {
    this.#components = components;
  }

  async putShard(
    provider: KnownProvider,
    reservation: Reservation,
    body: AsyncIterable<Uint8Array>,
    options: CallOptions & { from?: number | undefined },
  ): Promise<{ root: Uint8Array; units: number }> {
    return this.#firstConnected(provider, bulkAddresses(reservation), async (peer) =>
      this.#components.bulk.putShard(peer, reservation.id, body, options),
    );
  }

  async uploadState(
    provider: KnownProvider,
    reservation: Reservation,
    options: CallOptions,
  ): Promise<{ units: number; root?: Uint8Array | undefined }> {
    return this.#firstConnected(provider, bulkAddresses(reservation), async (peer) =>
      this.#components.bulk.uploadState(peer, reservation.id, options),
    );
  }

  async unitRoots(holder: Holder, options: CallOptions): Promise<Uint8Array> {
    const ticket = await this.#ticket(holder, options);
    const addresses = this.#components.peers.bulkAddresses(holder.provider, { ...options, root: holder.root });
    return this.#firstConnected(holder.provider, addresses, async (peer) =>
      this.#components.bulk.unitRoots(peer, holder.root, holder.units, { ...options, ...ticket }),
    );
  }

  async *readUnits(
    holder: Holder,
    from: number,
    count: number,
    options: CallOptions & { into?: Uint8Array | undefined },
  ): AsyncGenerator<Uint8Array> {
    const ticket = await this.#ticket(holder, options);
    const peer = this.#working.get(holder.provider.id);
    if (peer === undefined) throw unreachable(holder.provider.id);
    const { bulk, payer, clock } = this.#components;
    const read = (contract: string | undefined): AsyncIterable<Uint8Array> =>
      bulk.readUnits(peer, holder.root, from, count, { ...options, ...ticket, contract });
    if (payer === undefined) yield* read(undefined);
    else {
      const desk = this.#desk(peer, holder, ticket);
      yield* readPaid({ payer, desk, read, byteLength: count * UNIT_BYTES, clock }, holder);
    }
  }

  /**
   * What a provider asks for reads of a shard now, of this wallet where there is one.
   * @throws StowError of reaching it, `transfer-bad-answer`
   */
  async offer(holder: Pick<Holder, 'provider' | 'root'>, options: CallOptions): Promise<Offer> {
    const ticket = await this.#ticket(holder, options);
    const addresses = this.#components.peers.bulkAddresses(holder.provider, options);
    const body = await this.#firstConnected(holder.provider, addresses, async (peer) =>
      this.#components.bulk.offer(peer, holder.root, { ...options, ...ticket }),
    );
    return decodeOffer(holder.provider.id, body);
  }

  isHeldUp(holder: Holder): boolean {
    return this.#components.payer?.isArranging(holder) === true;
  }

  onChecked(holder: Holder, byteLength: number): void {
    this.#components.payer?.checked(holder, byteLength);
  }

  /** Pays what is left to be paid, as far as that can be delivered in time. */
  async settle(): Promise<void> {
    const { payer, clock } = this.#components;
    if (payer === undefined) return;
    const settled = new AbortController();
    const late = clock.sleep(SETTLE_TIMEOUT_MS, { signal: settled.signal }).catch(() => undefined);
    await Promise.race([payer.settle(), late]);
    settled.abort();
  }

  #desk(peer: BulkPeer, { root }: Holder, ticket: { ticket?: string }): Desk {
    const { bulk } = this.#components;
    return {
      offer: () => bulk.offer(peer, root, ticket),
      agree: (body) => bulk.agree(peer, body),
      pay: (body) => bulk.pay(peer, body),
    };
  }

  onWrongBytes(found: WrongBytes): void {
    // A copy owes nobody its bytes: it is only not read any more.
    if (found.holder.isCache !== true) this.#components.evidence.keep(found);
  }

  /** Uses the first address of a provider that answers, and remembers it. */
  async #firstConnected<T>(
    provider: Pick<KnownProvider, 'id' | 'peerId'>,
    addresses: Iterable<BulkAddress> | AsyncIterable<BulkAddress>,
    use: (peer: BulkPeer) => Promise<T>,
  ): Promise<T> {
    return firstConnected(parsePeerId(provider.peerId), addresses, unreachable(provider.id), async (peer) => {
      const result = await use(peer);
      this.#working.set(provider.id, peer);
      this.#components.peers.remember(provider, peer.address);
      return result;
    });
  }

  async #ticket(holder: Pick<Holder, 'provider' | 'root'>, options: CallOptions): Promise<{ ticket?: string }> {
    const { chain, account, clock } = this.#components;
    if (account === undefined) return {};
    const shardRoot = to0x(holder.root);
    const key = `${holder.provider.id}:${shardRoot}`;
    const known = this.#tickets.get(key);
    if (known !== undefined && clock.monotonicMs() < known.renewAtMs) return { ticket: known.header };
    const { seconds } = await readChainTime(chain, options);
    const ticket = {
      client: account.address,
      provider: holder.provider.id,
      shardRoot,
      expiry: BigInt(seconds + TICKET_SECONDS),
    };
    const signature = await signReadTicket(account, chain.deployment, ticket);
    const header = encodeReadTicket({ ...ticket, signature });
    this.#tickets.set(key, { header, renewAtMs: clock.monotonicMs() + (TICKET_SECONDS * 1_000) / 2 });
    return { ticket: header };
  }
}

function bulkAddresses({ bulk }: Reservation): BulkAddress[] {
  return bulk.map((text) => parseBulkAddress(text)).filter((address) => address !== undefined);
}

function unreachable(provider: number): StowError {
  return new StowError({
    code: 'provider-address-unknown',
    message: `no address of provider ${provider} answers, neither from the DHT nor from the registry`,
    hint: 'it may be down; try again later',
    retryable: true,
  });
}
