import type { DatabaseSync } from 'node:sqlite';

import { openSqlite } from '../../store/sqlite.ts';

const SCHEMA_VERSION = 9;

/** What the chain asks about agreements: audits, or demanded units. */
const answersTable = (table: 'audits' | 'demands'): string => `
  CREATE TABLE IF NOT EXISTS ${table} (
    number TEXT PRIMARY KEY,
    agreement TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'answered', 'failed', 'voided')),
    -- Block in which it was answered or closed; null while open.
    ended_block INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ${table}_by_status ON ${table} (status, deadline);`;

/**
 * Wide integers are decimal text: SQLite's integers end at 2^63. Roots, keys and addresses are lower-case 0x hex, so that
 * equality is equality of text.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'stored', 'signed')),
    client TEXT NOT NULL,
    provider INTEGER NOT NULL,
    object_key TEXT NOT NULL,
    shard_index INTEGER NOT NULL,
    max_units INTEGER NOT NULL,
    periods INTEGER NOT NULL,
    ask_id TEXT NOT NULL,
    request_expiry TEXT NOT NULL,
    price TEXT NOT NULL,
    collateral_periods INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    root TEXT,
    units INTEGER,
    -- The signed agreement, where it differs from the request.
    signed_price TEXT,
    signed_collateral TEXT,
    signed_nonce TEXT,
    signed_deadline INTEGER,
    -- Period in which the deadline was first seen to have passed.
    overdue_period INTEGER,
    -- The bid that wants the shard, '0' for none; the Merkle proof is hashes with a space between.
    bid_id TEXT NOT NULL DEFAULT '0',
    bid_root TEXT,
    bid_proof TEXT,
    bid_expiry INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS reservations_by_client ON reservations (client);
  CREATE INDEX IF NOT EXISTS reservations_by_root ON reservations (root) WHERE root IS NOT NULL;
  CREATE TABLE IF NOT EXISTS agreements (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    object_key TEXT NOT NULL,
    shard_index INTEGER NOT NULL,
    root TEXT NOT NULL,
    units INTEGER NOT NULL,
    price TEXT NOT NULL,
    start_period INTEGER NOT NULL,
    periods INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'kept', 'failed', 'handed-over')),
    proven_periods INTEGER NOT NULL,
    settled_periods INTEGER NOT NULL,
    -- Period in which this provider saw the end; null while active.
    ended_period INTEGER,
    inherited_periods INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS agreements_by_root ON agreements (root);
  CREATE INDEX IF NOT EXISTS agreements_by_status ON agreements (status, ended_period);
  ${answersTable('audits')}
  ${answersTable('demands')}
  CREATE TABLE IF NOT EXISTS report_fees (
    -- Who missed, and which of its slashes was reported.
    provider INTEGER NOT NULL,
    slash INTEGER NOT NULL,
    amount TEXT NOT NULL,
    owed_block INTEGER NOT NULL,
    -- Null while owed.
    paid_block INTEGER,
    PRIMARY KEY (provider, slash)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS repairs (
    -- The failed agreement whose shard is repaired, and the bid for it.
    lost TEXT PRIMARY KEY,
    bid_id TEXT NOT NULL,
    client TEXT NOT NULL,
    object_key TEXT NOT NULL,
    shard_index INTEGER NOT NULL,
    root TEXT NOT NULL,
    units INTEGER NOT NULL,
    collateral TEXT NOT NULL,
    -- Of the signed answer, unix seconds.
    deadline INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('answered', 'formed', 'stored', 'failed')),
    -- The agreement that the answer formed; null before.
    agreement TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS repairs_by_state ON repairs (state);
  CREATE TABLE IF NOT EXISTS vouchers (
    channel TEXT PRIMARY KEY,
    amount TEXT NOT NULL,
    read_bytes TEXT NOT NULL,
    first_byte_ms INTEGER NOT NULL,
    kib_per_second INTEGER NOT NULL,
    signature TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS channels (
    channel TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    deposit TEXT NOT NULL,
    redeemed TEXT NOT NULL,
    -- Unix seconds; closes_at is null while its client does not close it.
    expiry INTEGER NOT NULL,
    closes_at INTEGER,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS read_ceilings (agreement TEXT PRIMARY KEY, price TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS closings (
    -- A channel to whose end this provider agreed, and unix seconds until which that holds.
    channel TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS free_reads (
    -- A wallet, or 'nobody'; bytes of one day of the chain's clock.
    reader TEXT PRIMARY KEY,
    day INTEGER NOT NULL,
    bytes TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS read_debts (
    channel TEXT PRIMARY KEY,
    -- Served in all, and promised without weight for the credit: token wei.
    served TEXT NOT NULL,
    discounted TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Version 1 knew no handovers. A check cannot be changed, so the table is copied; its indexes go with the old one. */
const FROM_VERSION_1 = `
  ALTER TABLE agreements RENAME TO agreements_1;
  DROP INDEX agreements_by_root;
  DROP INDEX agreements_by_status;
  ${SCHEMA}
  INSERT INTO agreements SELECT *, 0 FROM agreements_1;
  DROP TABLE agreements_1;
`;

/** Version 3 and those before knew no bids. */
const BID_COLUMNS = `
  ALTER TABLE reservations ADD COLUMN bid_id TEXT NOT NULL DEFAULT '0';
  ALTER TABLE reservations ADD COLUMN bid_root TEXT;
  ALTER TABLE reservations ADD COLUMN bid_proof TEXT;
  ALTER TABLE reservations ADD COLUMN bid_expiry INTEGER;
`;

/**
 * Version 2 knew no audits and report fees, version 4 no repairs, version 5 no vouchers, version 6 no channels, version 7 no demands, version 8 no free reads and debts: tables that are made where
 * they are missing. What of them the chain's log tells is read from it again.
 */
function upgrade(db: DatabaseSync, from: number): void {
  if (from === 1) db.exec(FROM_VERSION_1);
  if (from < 8) db.exec('DROP TABLE IF EXISTS audits');
  db.exec(SCHEMA);
  if (from < 8) db.exec("DELETE FROM facts WHERE name = 'next-block'");
  const columns = db.prepare("SELECT 1 FROM pragma_table_info('reservations') WHERE name = 'bid_id'").get();
  if (columns === undefined) db.exec(BID_COLUMNS);
}

/** Opens or creates the provider's database. A signature may be out as soon as a commit returns, so it is on the disk by then. @throws StowError `ledger-unusable` */
export function openDatabase(path: string): DatabaseSync {
  return openSqlite({
    path,
    what: "the provider's database",
    code: 'ledger-unusable',
    hint: 'restore the file from a backup, or update the program',
    version: SCHEMA_VERSION,
    upgrade,
    durability: 'full',
  });
}
