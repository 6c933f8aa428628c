import type { DatabaseSync } from 'node:sqlite';

import type { Address } from '../../market/messages.ts';
import type { ClosingBook } from '../../retrieval/closing-desk.ts';
import { bigintOf, hexOf, type Row } from './columns.ts';

/** A channel to this provider, as the chain showed it last. Money in token wei. */
export interface PaidChannel {
  readonly channel: bigint;
  readonly client: Address;
  readonly deposit: bigint;
  /** Paid out so far, burned part included. */
  readonly redeemed: bigint;
  /** Unix seconds from which it closes by itself. */
  readonly expiry: number;
  /** Unix seconds from which it takes no vouchers; undefined while its client does not close it. */
  readonly closesAt: number | undefined;
  readonly closed: boolean;
}

/** Channels to this provider, closed ones among them, and to whose end it agreed. */
export class Channels implements ClosingBook {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  get(channel: bigint): PaidChannel | undefined {
    const row = this.#db.prepare('SELECT * FROM channels WHERE channel = ?').get(channel.toString());
    return row === undefined ? undefined : toChannel(row);
  }

  /** By number. */
  all(): readonly PaidChannel[] {
    return this.#db
      .prepare('SELECT * FROM channels')
      .all()
      .map(toChannel)
      .toSorted((a, b) => (a.channel < b.channel ? -1 : 1));
  }

  /** Those of a client that are not closed, nor being closed. */
  openOf(client: Address): readonly bigint[] {
    return this.#db
      .prepare('SELECT channel FROM channels WHERE client = ? AND closed = 0 AND closes_at IS NULL')
      .all(client.toLowerCase())
      .map((row) => bigintOf(row, 'channel'));
  }

  put({ channel, client, deposit, redeemed, expiry, closesAt, closed }: PaidChannel): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        channel.toString(),
        client.toLowerCase(),
        deposit.toString(),
        redeemed.toString(),
        expiry,
        closesAt ?? null,
        Number(closed),
      );
  }

  consentUntil(channel: bigint): number | undefined {
    const row = this.#db.prepare('SELECT until FROM closings WHERE channel = ?').get(channel.toString());
    return row === undefined ? undefined : Number(row['until']);
  }

  keepConsent(channel: bigint, until: number): void {
    this.#db.prepare('INSERT OR REPLACE INTO closings VALUES (?, ?)').run(channel.toString(), until);
  }
}

export function toChannel(row: Row): PaidChannel {
  return {
    channel: bigintOf(row, 'channel'),
    client: hexOf(row, 'client'),
    deposit: bigintOf(row, 'deposit'),
    redeemed: bigintOf(row, 'redeemed'),
    expiry: Number(row['expiry']),
    closesAt: row['closes_at'] === null ? undefined : Number(row['closes_at']),
    closed: Number(row['closed']) === 1,
  };
}
