import type { Hex, StorageAgreement } from '../../market/messages.ts';
import type { KnownProvider } from '../market-view.ts';

/** Room that a provider keeps for one shard. */
export interface Reservation {
  id: string;
  /** Multiaddrs of the provider's bulk server. */
  bulk: readonly string[];
  /** Whether the provider has the shard already: nothing needs to be sent. */
  stored?: boolean | undefined;
}

export interface ReserveWish {
  objectKey: Uint8Array;
  shardIndex: number;
  /** At most this many units. */
  units: number;
  periods: number;
  /** The ask that is taken, or 0 for a shard of a bid. */
  askId: bigint;
  /** Root of the shard, where the provider has had it so far. */
  held?: Hex | undefined;
  /** The bid that wants the shard, with the proof that it does. */
  bid?: { bidId: bigint; root: Hex; proof: readonly Hex[] } | undefined;
}

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** The control protocol with providers, as a purchase uses it. Refusals and failures are StowErrors. */
export interface ControlPlane {
  reserve(provider: KnownProvider, wish: ReserveWish, options: CallOptions): Promise<Reservation>;
  /** The provider's signature of the agreement, verified against its node key. */
  sign(provider: KnownProvider, reservationId: string, agreement: StorageAgreement, options: CallOptions): Promise<Hex>;
  release(provider: KnownProvider, reservationId: string, options: CallOptions): Promise<void>;
}

/** Shard bytes to a provider. */
export interface ShardUploader {
  /**
   * @param body whole units in upload order; a chunk is used up once the next is asked for
   * @param options.from units in upload order that the provider has already, as `uploadState` said: the body begins after them
   */
  putShard(
    provider: KnownProvider,
    reservation: Reservation,
    body: AsyncIterable<Uint8Array>,
    options: CallOptions & { from?: number | undefined },
  ): Promise<{ root: Uint8Array; units: number }>;
  /** Units in upload order that came for a reservation; all of them, and the root, once the shard has arrived. */
  uploadState(
    provider: KnownProvider,
    reservation: Reservation,
    options: CallOptions,
  ): Promise<{ units: number; root?: Uint8Array | undefined }>;
}
