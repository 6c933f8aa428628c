import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import type { SignedVoucher } from '../../market/messages.ts';
import type { ConcessionBounds, Promised, SentVouchers } from '../../retrieval/voucher-store.ts';

/** Channels of a wallet on one deployment. */
export interface PaymentScope {
  readonly chainId: number;
  /** Address of the RetrievalChannels contract. */
  readonly channels: string;
  readonly client: string;
}

const SCHEMA_VERSION = 1;
/** Two commands may pay at once; each holds the file for one promise only. */
const BUSY_TIMEOUT_MS = 5_000;

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
 * nor twice. A lost file costs nothing: providers show the last voucher that they have.
 */
export class SentVouchersFile implements SentVouchers {
  readonly #db: DatabaseSync;
  readonly #scope: string;

  /** @throws StowError `payments-unusable` */
  constructor(path: string, { chainId, channels, client }: PaymentScope) {
    this.#scope = `${chainId}:${channels.toLowerCase()}:${client.toLowerCase()}`;
    this.#db = open(path);
  }

  promised(channel: bigint): Promised {
    const { amount, readBytes } = this.#get(channel);
    return { amount, readBytes };
  }

  raise(channel: bigint, by: Promised, most: bigint): Promised | undefined {
    return this.#transaction(() => {
      const before = this.#get(channel);
      const after = { ...before, amount: before.amount + by.amount, readBytes: before.readBytes + by.readBytes };
      return after.amount > most ? undefined : this.#put(channel, after);
    });
  }

  concede(channel: bigint, amount: bigint, { most, mostConceded }: ConcessionBounds): Promised | undefined {
    return this.#transaction(() => {
      const before = this.#get(channel);
      const after = { ...before, amount: before.amount + amount, conceded: before.conceded + amount };
      // What was given up earns no credit.
      const paidFor = before.amount - before.conceded;
      if (after.amount > most || after.conceded > mostConceded(paidFor)) return undefined;
      return this.#put(channel, after);
    });
  }

  adopt({ voucher: { channel, amount, readBytes } }: SignedVoucher): void {
    this.#transaction(() => {
      const known = this.#get(channel);
      if (known.amount < amount) this.#put(channel, { ...known, amount, readBytes });
    });
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
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

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    chmodSync(path, 0o600);
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > SCHEMA_VERSION) throw new Error(`it has version ${version}, this program knows ${SCHEMA_VERSION}`);
    // FULL: in WAL mode, NORMAL may lose the last promise in a power cut, and its voucher may be out by then.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
    return db;
  } catch (error) {
    db?.close();
    throw new StowError({
      code: 'payments-unusable',
      message: `the record of what was promised for reads, ${path}, cannot be used: ${messageOf(error)}`,
      hint: 'free some disk space or update the program; a damaged file may be moved away: providers show the last voucher that they have',
      exitCode: ExitCode.general,
      cause: error,
    });
  }
}
