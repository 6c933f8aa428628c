import type { DatabaseSync } from 'node:sqlite';

import { assert } from '../../core/assert.ts';
import type { SignedVoucher } from '../../market/messages.ts';
import type { ConcessionBounds, Promised, SentVouchers } from '../../retrieval/voucher-store.ts';
import { openSqlite, transaction } from '../../store/sqlite.ts';

/** Channels of a wallet on one deployment. */
export interface PaymentScope {
  readonly chainId: number;
  /** Address of the RetrievalChannels contract. */
  readonly channels: string;
  readonly client: string;
}

const SCHEMA_VERSION = 1;

/** Wide integers are decimal text: SQLite's end at 2^63. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS promised (
    scope TEXT NOT NULL,
    channel TEXT NOT NULL,
    amount TEXT NOT NULL,
    read_bytes TEXT NOT NULL,
    -- Of the amount, what was promised for bytes that never came.
    conceded TEXT NOT NULL,
    PRIMARY KEY (scope, channel)
  ) STRICT, WITHOUT ROWID;
`;

interface Row extends Promised {
  conceded: bigint;
}

/**
 * What a wallet promised over its channels, on disk before a voucher leaves: a crash makes it promise neither less, which no provider would take,
 * nor twice. A lost file costs nothing: providers show the last voucher that they have. It is opened when something first needs it, which then fails with
 * `payments-unusable` where it cannot be used.
 */
export class SentVouchersFile implements SentVouchers {
  readonly #path: string;
  readonly #scope: string;
  #opened: DatabaseSync | undefined;
  #isClosed = false;

  constructor(path: string, { chainId, channels, client }: PaymentScope) {
    this.#scope = `${chainId}:${channels.toLowerCase()}:${client.toLowerCase()}`;
    this.#path = path;
  }

  promised(channel: bigint): Promised {
    const { amount, readBytes } = this.#get(channel);
    return { amount, readBytes };
  }

  raise(channel: bigint, by: Promised, most: bigint): Promised | undefined {
    return transaction(this.#db, () => {
      const before = this.#get(channel);
      const after = { ...before, amount: before.amount + by.amount, readBytes: before.readBytes + by.readBytes };
      return after.amount > most ? undefined : this.#put(channel, after);
    });
  }

  concede(channel: bigint, amount: bigint, { most, mostConceded }: ConcessionBounds): Promised | undefined {
    return transaction(this.#db, () => {
      const before = this.#get(channel);
      const after = { ...before, amount: before.amount + amount, conceded: before.conceded + amount };
      // What was given up earns no credit.
      const paidFor = before.amount - before.conceded;
      if (after.amount > most || after.conceded > mostConceded(paidFor)) return undefined;
      return this.#put(channel, after);
    });
  }

  adopt({ voucher: { channel, amount, readBytes } }: SignedVoucher): void {
    transaction(this.#db, () => {
      const known = this.#get(channel);
      if (known.amount < amount) this.#put(channel, { ...known, amount, readBytes });
    });
  }

  /** Safe to call twice. */
  close(): void {
    this.#isClosed = true;
    this.#opened?.close();
    this.#opened = undefined;
  }

  get #db(): DatabaseSync {
    assert(!this.#isClosed, 'nothing is promised once the record is closed');
    this.#opened ??= open(this.#path);
    return this.#opened;
  }

  #get(channel: bigint): Row {
    const row = this.#db
      .prepare('SELECT * FROM promised WHERE scope = ? AND channel = ?')
      .get(this.#scope, channel.toString());
    const wide = (column: string): bigint => BigInt(String(row?.[column] ?? 0));
    return { amount: wide('amount'), readBytes: wide('read_bytes'), conceded: wide('conceded') };
  }

  #put(channel: bigint, { amount, readBytes, conceded }: Row): Promised {
    this.#db
      .prepare('INSERT OR REPLACE INTO promised VALUES (?, ?, ?, ?, ?)')
      .run(this.#scope, channel.toString(), amount.toString(), readBytes.toString(), conceded.toString());
    return { amount, readBytes };
  }
}

/** A voucher may be out as soon as its promise is made, so the promise is on the disk by then. */
function open(path: string): DatabaseSync {
  return openSqlite({
    path,
    what: 'the record of what was promised for reads',
    code: 'payments-unusable',
    hint: 'update the program if the file is of a later version; if it is damaged, move it away: providers show the last voucher that they have',
    version: SCHEMA_VERSION,
    upgrade: (db) => db.exec(SCHEMA),
    durability: 'full',
  });
}
