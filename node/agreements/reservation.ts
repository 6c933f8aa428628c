import type { Address, Hex, ReserveRequest, StorageAgreement } from '../market/messages.ts';

/** What makes a shard one that a bid wants. */
export interface BidShard {
  readonly root: Hex;
  /** Merkle proof under the bid's `shardsRoot`. */
  readonly proof: readonly Hex[];
  /** Unix seconds from which the bid can no longer be answered. */
  readonly bidExpiry: number;
}

/** What every reservation carries from the first moment on. */
interface ReservationBase {
  /** 32 hex digits; a capability of the peer that got it. */
  readonly id: string;
  /** Peer id of the client's run; only it may upload, ask for the signature or give up. A later run of the same wallet takes its place. */
  readonly peer: string;
  readonly request: ReserveRequest;
  /** The least that is taken: the ask's price when room was reserved, or what the provider wants of bids. */
  readonly pricePerUnitPeriod: bigint;
  readonly collateralPeriods: number;
  /** Undefined for a shard that takes an ask. */
  readonly bid?: BidShard | undefined;
  /** Unix seconds of the chain's clock. Forgotten after it, unless signed. */
  readonly expiresAt: number;
}

/** Room is kept, nothing has arrived in full. */
export interface OpenReservation extends ReservationBase {
  readonly state: 'reserved';
}

/** The shard is durable under its root; nothing is promised yet. */
export interface StoredReservation extends ReservationBase {
  readonly state: 'stored';
  readonly root: Hex;
  readonly units: number;
}

/** The node key's signature has been, or may have been, given out: the shard stays until the promise has lapsed for good. */
export interface SignedReservation extends ReservationBase {
  readonly state: 'signed';
  readonly root: Hex;
  readonly units: number;
  readonly agreement: StorageAgreement;
}

export type Reservation = OpenReservation | StoredReservation | SignedReservation;

/**
 * Where reservations live. Every change is durable (fsync'ed) when the call returns, so that a reply given afterwards never
 * promises what a crash forgets.
 */
export interface ReservationBook {
  find(id: string): Reservation | undefined;
  /**
   * The reservation of the same client, object and shard, so that asking twice takes room once. Not one that was signed and can be formed
   * no more, nor one that was signed for another run of the client, which may want other terms: it asks anew, and what came is here.
   * @param nowS unix seconds of the chain
   */
  findSame(peer: string, request: ReserveRequest, nowS: number): Reservation | undefined;
  insert(reservation: OpenReservation): void;
  /** Makes it another peer's: that of a later run of the client, which asked with its wallet's signature. */
  rebind(id: string, peer: string): void;
  /** Some of the shard came: the reservation lives on until then, unless it lives longer. */
  prolong(id: string, expiresAt: number): void;
  /** `reserved` to `stored`. */
  markStored(id: string, stored: { root: Hex; units: number; expiresAt: number }): void;
  /** `stored` to `signed`; for a shard of a bid also `signed` anew: both have the bid's nonce, so at most one is ever formed. */
  markSigned(id: string, agreement: StorageAgreement): void;
  remove(id: string): void;
  totals(): ReservationTotals;
  /** Open, stored and signed ones of one client. */
  ofClient(client: Address): readonly Reservation[];
}

export interface ReservationTotals {
  /** Reservations of any state. */
  count: number;
  /** Units kept free for shards that have not arrived, or are being rebuilt. */
  openUnits: number;
  /** Collateral of signed promises that are not on chain yet, token wei. */
  signedCollateral: bigint;
}

/** Collateral of an agreement, token wei: whole periods of its rent. */
export function collateralOf(units: number, pricePerUnitPeriod: bigint, collateralPeriods: number): bigint {
  return BigInt(units) * pricePerUnitPeriod * BigInt(collateralPeriods);
}
