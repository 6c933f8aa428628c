import type { DatabaseSync } from 'node:sqlite';

import { getAddress } from 'viem/utils';

import type {
  BidShard,
  OpenReservation,
  Reservation,
  ReservationBook,
  ReservationTotals,
  SignedReservation,
  StoredReservation,
} from '../../agreements/reservation.ts';
import { assert } from '../../core/assert.ts';
import { fromHex, to0x } from '../../core/bytes.ts';
import type { Address, Hex, ReserveRequest, StorageAgreement } from '../../market/messages.ts';
import { bigintOf, hexOf, textOf, type Row } from './columns.ts';

/** Reservations on disk; see `ReservationBook` for what each call promises. */
export class Reservations implements ReservationBook {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  find(id: string): Reservation | undefined {
    const row = this.#db.prepare('SELECT * FROM reservations WHERE id = ?').get(id);
    return row === undefined ? undefined : toReservation(row);
  }

  findSame(peer: string, request: ReserveRequest, nowS: number): Reservation | undefined {
    return this.ofClient(request.client).find(
      (held) =>
        !(held.state === 'signed' && isClosed(held, peer, nowS)) &&
        held.request.objectKey === request.objectKey &&
        held.request.shardIndex === request.shardIndex &&
        held.request.units === request.units &&
        held.request.periods === request.periods &&
        held.request.askId === request.askId &&
        held.request.bidId === request.bidId,
    );
  }

  insert(reservation: OpenReservation): void {
    const { request } = reservation;
    this.#db
      .prepare(
        `INSERT INTO reservations (id, peer, state, client, provider, object_key, shard_index, max_units, periods, ask_id,
           request_expiry, price, collateral_periods, expires_at, bid_id, bid_root, bid_proof, bid_expiry)
         VALUES (?, ?, 'reserved', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        reservation.id,
        reservation.peer,
        request.client.toLowerCase(),
        request.provider,
        request.objectKey.toLowerCase(),
        request.shardIndex,
        request.units,
        request.periods,
        request.askId.toString(),
        request.expiry.toString(),
        reservation.pricePerUnitPeriod.toString(),
        reservation.collateralPeriods,
        reservation.expiresAt,
        request.bidId.toString(),
        reservation.bid?.root ?? null,
        reservation.bid?.proof.join(' ') ?? null,
        reservation.bid?.bidExpiry ?? null,
      );
  }

  rebind(id: string, peer: string): void {
    this.#db.prepare('UPDATE reservations SET peer = ? WHERE id = ?').run(peer, id);
  }

  prolong(id: string, expiresAt: number): void {
    this.#db.prepare('UPDATE reservations SET expires_at = max(expires_at, ?) WHERE id = ?').run(expiresAt, id);
  }

  markStored(id: string, stored: { root: Hex; units: number; expiresAt: number }): void {
    const { changes } = this.#db
      .prepare(
        "UPDATE reservations SET state = 'stored', root = ?, units = ?, expires_at = ? WHERE id = ? AND state = 'reserved'",
      )
      .run(stored.root.toLowerCase(), stored.units, stored.expiresAt, id);
    assert(changes === 1, `reservation ${id} was open`);
  }

  markSigned(id: string, agreement: StorageAgreement): void {
    const { changes } = this.#db
      .prepare(
        `UPDATE reservations SET state = 'signed', signed_price = ?, signed_collateral = ?, signed_nonce = ?, signed_deadline = ?
         WHERE id = ? AND (state = 'stored' OR (state = 'signed' AND bid_id <> '0'))`,
      )
      .run(
        agreement.pricePerUnitPeriod.toString(),
        agreement.collateral.toString(),
        agreement.nonce.toString(),
        Number(agreement.deadline),
        id,
      );
    assert(changes === 1, `reservation ${id} was stored`);
  }

  remove(id: string): void {
    this.#db.prepare('DELETE FROM reservations WHERE id = ?').run(id);
  }

  totals(): ReservationTotals {
    const row = this.#db
      .prepare(
        "SELECT count(*) AS n, coalesce(sum(max_units) FILTER (WHERE state = 'reserved'), 0) AS units FROM reservations",
      )
      .get();
    // Shards that are to be rebuilt take room and stake, too.
    const rebuilt = this.#db
      .prepare("SELECT coalesce(sum(units), 0) AS units FROM repairs WHERE state IN ('answered', 'formed')")
      .get();
    const signed = this.#db
      .prepare(
        `SELECT signed_collateral AS wei FROM reservations WHERE state = 'signed'
         UNION ALL SELECT collateral AS wei FROM repairs WHERE state = 'answered'`,
      )
      .all();
    return {
      count: Number(row?.['n']),
      openUnits: Number(row?.['units']) + Number(rebuilt?.['units']),
      signedCollateral: signed.reduce((sum, { wei }) => sum + BigInt(String(wei)), 0n),
    };
  }

  ofClient(client: Address): readonly Reservation[] {
    return this.#db.prepare('SELECT * FROM reservations WHERE client = ?').all(client.toLowerCase()).map(toReservation);
  }

  /** Whether that shard of the client's object came here for a reservation that is not forgotten yet. */
  holds(
    { client, objectKey, shardIndex }: Pick<ReserveRequest, 'client' | 'objectKey' | 'shardIndex'>,
    root: Hex,
  ): boolean {
    return this.ofClient(client).some(
      (held) =>
        held.state !== 'reserved' &&
        held.root === root.toLowerCase() &&
        held.request.objectKey === objectKey.toLowerCase() &&
        held.request.shardIndex === shardIndex,
    );
  }

  /** Whether any reservation needs the shard. */
  needs(root: Hex): boolean {
    return this.#db.prepare('SELECT 1 FROM reservations WHERE root = ? LIMIT 1').get(root.toLowerCase()) !== undefined;
  }

  /** Whether an agreement over the shard was signed whose forming was not seen yet. */
  promises(root: Hex): boolean {
    const sql = "SELECT 1 FROM reservations WHERE root = ? AND state = 'signed' LIMIT 1";
    return this.#db.prepare(sql).get(root.toLowerCase()) !== undefined;
  }

  /** Shards of bids that arrived: held for an answer, or promised by one. */
  ofBids(): readonly (StoredReservation | SignedReservation)[] {
    return this.#db
      .prepare("SELECT * FROM reservations WHERE bid_id <> '0' AND state <> 'reserved' ORDER BY bid_expiry, id")
      .all()
      .map(toReservation)
      .filter((held) => held.state !== 'reserved');
  }

  /** Not signed, and past their time. `nowS`: unix seconds of the chain's clock. */
  lapsed(nowS: number): readonly Reservation[] {
    return this.#db
      .prepare("SELECT * FROM reservations WHERE state <> 'signed' AND expires_at < ?")
      .all(nowS)
      .map(toReservation);
  }

  /**
   * Signed ones whose deadline has passed, each with the period in which that was first seen: noted now, for those seen the
   * first time.
   */
  overdue(nowS: number, period: number): readonly (SignedReservation & { readonly overduePeriod: number })[] {
    this.#db
      .prepare(
        "UPDATE reservations SET overdue_period = ? WHERE state = 'signed' AND signed_deadline < ? AND overdue_period IS NULL",
      )
      .run(period, nowS);
    const rows = this.#db
      .prepare("SELECT * FROM reservations WHERE state = 'signed' AND overdue_period IS NOT NULL")
      .all();
    return rows.flatMap((row) => {
      const held = toReservation(row);
      return held.state === 'signed' ? [{ ...held, overduePeriod: Number(row['overdue_period']) }] : [];
    });
  }

  /** Removes the promise that an agreement on chain fulfils. */
  fulfil(agreement: Pick<StorageAgreement, 'client' | 'nonce'>): void {
    this.#db
      .prepare("DELETE FROM reservations WHERE state = 'signed' AND client = ? AND signed_nonce = ?")
      .run(agreement.client.toLowerCase(), agreement.nonce.toString());
  }
}

function toReservation(row: Row): Reservation {
  const request: ReserveRequest = {
    client: getAddress(textOf(row, 'client')),
    provider: Number(row['provider']),
    objectKey: hexOf(row, 'object_key'),
    shardIndex: Number(row['shard_index']),
    units: Number(row['max_units']),
    periods: Number(row['periods']),
    askId: bigintOf(row, 'ask_id'),
    bidId: bigintOf(row, 'bid_id'),
    expiry: bigintOf(row, 'request_expiry'),
  };
  const base = {
    id: textOf(row, 'id'),
    peer: textOf(row, 'peer'),
    request,
    pricePerUnitPeriod: bigintOf(row, 'price'),
    collateralPeriods: Number(row['collateral_periods']),
    expiresAt: Number(row['expires_at']),
    ...(request.bidId === 0n ? {} : { bid: bidShard(row) }),
  };
  if (row['state'] === 'reserved') return { ...base, state: 'reserved' };
  const held = { ...base, root: hexOf(row, 'root'), units: Number(row['units']) };
  if (row['state'] === 'stored') return { ...held, state: 'stored' };
  return { ...held, state: 'signed', agreement: signedAgreement(row, request, held) };
}

function bidShard(row: Row): BidShard {
  const proof = textOf(row, 'bid_proof')
    .split(' ')
    .filter((hash) => hash !== '')
    .map((hash) => to0x(fromHex(hash, 32)));
  return { root: hexOf(row, 'bid_root'), proof, bidExpiry: Number(row['bid_expiry']) };
}

function signedAgreement(row: Row, request: ReserveRequest, held: { root: Hex; units: number }): StorageAgreement {
  return {
    client: request.client,
    provider: request.provider,
    objectKey: request.objectKey,
    shardIndex: request.shardIndex,
    shardRoot: held.root,
    units: held.units,
    pricePerUnitPeriod: bigintOf(row, 'signed_price'),
    periods: request.periods,
    collateral: bigintOf(row, 'signed_collateral'),
    askId: request.askId,
    bidId: request.bidId,
    nonce: bigintOf(row, 'signed_nonce'),
    deadline: BigInt(Number(row['signed_deadline'])),
  };
}

/** Whether what was signed stands in nobody's way: it can be formed no more, or it was another run's. Those of a bid may be signed anew. */
function isClosed({ agreement, peer, request }: SignedReservation, asking: string, nowS: number): boolean {
  return agreement.deadline < BigInt(nowS) || (request.bidId === 0n && peer !== asking);
}
