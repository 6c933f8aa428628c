import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

import { fromHex, toHex } from '../core/bytes.ts';
import type { DeletionRecord } from '../pipeline/pack/segment-index.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { BulkAddress } from '../transfer/bulk-address.ts';

/** `pack`: a segment of a pack, which holds files under names of their own. */
export type ObjectKind = 'file' | 'tar' | 'pack';

/**
 * `forming`: the transaction may have been sent and its outcome is not known. `stored`: agreements were seen on chain.
 * `removed`: notice was given for all of them.
 */
export type ObjectState = 'forming' | 'stored' | 'removed';

/** What this machine remembers of an object. The chain and the shards' headers are the truth; this only saves asking them. */
export interface CatalogueEntry {
  objectKey: Uint8Array;
  name: string;
  kind: ObjectKind;
  /** Plaintext bytes; of a directory, those of its tar stream. */
  plainBytes: number;
  k: number;
  n: number;
  state: ObjectState;
  /** Unix seconds, by this machine's clock. */
  storedAt: number;
  /** Hash of the forming transaction. */
  txHash?: string;
}

/** `headers`: at least k shards were seen whole by their roots, with headers that agree. `full`: every byte was read as well. */
export type VerifiedHow = 'headers' | 'full';

export interface Verification {
  how: VerifiedHow;
  /** Unix seconds, by this machine's clock. */
  verifiedAt: number;
}

/** A wallet's objects in one market. Another chain, market or wallet never sees them. */
export interface CatalogueScope {
  chainId: number;
  /** Address of the Agreements contract. */
  market: string;
  client: string;
}

/** 2: what `recover` verified and wrote. 3: packs. 4: addresses. Tables that are made where they are missing. */
const SCHEMA_VERSION = 4;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    scope TEXT NOT NULL,
    object_key TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    plain_bytes INTEGER NOT NULL,
    k INTEGER NOT NULL,
    n INTEGER NOT NULL,
    state TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    tx_hash TEXT,
    PRIMARY KEY (scope, object_key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS objects_by_name ON objects (scope, name, stored_at DESC);
  CREATE TABLE IF NOT EXISTS verified (
    scope TEXT NOT NULL,
    object_key TEXT NOT NULL,
    how TEXT NOT NULL,
    verified_at INTEGER NOT NULL,
    PRIMARY KEY (scope, object_key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS written (
    scope TEXT NOT NULL,
    path TEXT NOT NULL,
    object_key TEXT NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (scope, path)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS pack_segments (
    scope TEXT NOT NULL,
    object_key TEXT NOT NULL,
    head BLOB NOT NULL,
    PRIMARY KEY (scope, object_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS pack_deletions (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
  ) STRICT, WITHOUT ROWID;
  -- Where a provider's bulk server answered last.
  CREATE TABLE IF NOT EXISTS addresses (
    scope TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    PRIMARY KEY (scope, peer_id)
  ) STRICT, WITHOUT ROWID;
`;

/** Deleting the file loses nothing: the next listing rebuilds it from the chain and the shards' headers. */
export class Catalogue {
  readonly #db: DatabaseSync;
  readonly #scope: string;

  /** @throws StowError `catalogue-unusable` for a file that is no catalogue, is damaged, or belongs to a later version */
  constructor(path: string, scope: CatalogueScope) {
    this.#scope = `${scope.chainId}:${scope.market.toLowerCase()}:${scope.client.toLowerCase()}`;
    this.#db = open(path);
  }

  /** Adds an entry, or replaces the one with the same key. */
  put(entry: CatalogueEntry): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        this.#scope,
        toHex(entry.objectKey),
        entry.name,
        entry.kind,
        entry.plainBytes,
        entry.k,
        entry.n,
        entry.state,
        entry.storedAt,
        entry.txHash ?? null,
      );
  }

  setState(objectKey: Uint8Array, state: ObjectState): void {
    this.#db
      .prepare('UPDATE objects SET state = ? WHERE scope = ? AND object_key = ?')
      .run(state, this.#scope, toHex(objectKey));
  }

  delete(objectKey: Uint8Array): void {
    this.#db.prepare('DELETE FROM objects WHERE scope = ? AND object_key = ?').run(this.#scope, toHex(objectKey));
  }

  get(objectKey: Uint8Array): CatalogueEntry | undefined {
    return this.#select('object_key = ?', toHex(objectKey))[0];
  }

  /** All entries of that name, newest first. */
  byName(name: string): CatalogueEntry[] {
    return this.#select('name = ? ORDER BY stored_at DESC', name);
  }

  /** All entries, by name. */
  list(): CatalogueEntry[] {
    return this.#select("'' = ? ORDER BY name, stored_at DESC", '');
  }

  /** When and how an object was last verified. */
  verification(objectKey: Uint8Array): Verification | undefined {
    const row = this.#db
      .prepare('SELECT how, verified_at FROM verified WHERE scope = ? AND object_key = ?')
      .get(this.#scope, toHex(objectKey));
    if (row === undefined) return undefined;
    return { how: row['how'] === 'full' ? 'full' : 'headers', verifiedAt: Number(row['verified_at']) };
  }

  setVerified(objectKey: Uint8Array, { how, verifiedAt }: Verification): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO verified VALUES (?, ?, ?, ?)')
      .run(this.#scope, toHex(objectKey), how, verifiedAt);
  }

  /** Whether `recover` began to write this object to that path, and whether it came to its end. */
  written(path: string, objectKey: Uint8Array): 'begun' | 'done' | undefined {
    const row = this.#db
      .prepare('SELECT done FROM written WHERE scope = ? AND path = ? AND object_key = ?')
      .get(this.#scope, path, toHex(objectKey));
    return row === undefined ? undefined : row['done'] === 1 ? 'done' : 'begun';
  }

  setWritten(path: string, objectKey: Uint8Array, state: 'begun' | 'done'): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?)')
      .run(this.#scope, path, toHex(objectKey), state === 'done' ? 1 : 0);
  }

  /** Prefix and index of a pack's segment, as they were read or written. */
  segmentHead(objectKey: Uint8Array): Uint8Array | undefined {
    const row = this.#db
      .prepare('SELECT head FROM pack_segments WHERE scope = ? AND object_key = ?')
      .get(this.#scope, toHex(objectKey));
    return row?.['head'] instanceof Uint8Array ? row['head'] : undefined;
  }

  putSegmentHead(objectKey: Uint8Array, head: Uint8Array): void {
    this.#db.prepare('INSERT OR REPLACE INTO pack_segments VALUES (?, ?, ?)').run(this.#scope, toHex(objectKey), head);
  }

  /** Deletions of packed files that are in no segment yet, by name. */
  packDeletions(): DeletionRecord[] {
    return this.#db
      .prepare('SELECT name, at FROM pack_deletions WHERE scope = ? ORDER BY name')
      .all(this.#scope)
      .map((row) => ({ kind: 'deletion', name: String(row['name']), at: Number(row['at']) }));
  }

  putPackDeletion({ name, at }: DeletionRecord): void {
    this.#db.prepare('INSERT OR REPLACE INTO pack_deletions VALUES (?, ?, ?)').run(this.#scope, name, at);
  }

  /** Forgets deletions up to these: they are in a segment now. */
  dropPackDeletions(done: readonly DeletionRecord[]): void {
    const drop = this.#db.prepare('DELETE FROM pack_deletions WHERE scope = ? AND name = ? AND at <= ?');
    for (const { name, at } of done) drop.run(this.#scope, name, at);
  }

  /** Where a provider's bulk server answered last. */
  bulkAddress(peerId: string): BulkAddress | undefined {
    const row = this.#db
      .prepare('SELECT host, port FROM addresses WHERE scope = ? AND peer_id = ?')
      .get(this.#scope, peerId);
    return row === undefined ? undefined : { host: String(row['host']), port: Number(row['port']) };
  }

  setBulkAddress(peerId: string, { host, port }: BulkAddress): void {
    this.#db.prepare('INSERT OR REPLACE INTO addresses VALUES (?, ?, ?, ?)').run(this.#scope, peerId, host, port);
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #select(where: string, value: string): CatalogueEntry[] {
    return this.#db.prepare(`SELECT * FROM objects WHERE scope = ? AND ${where}`).all(this.#scope, value).map(toEntry);
  }
}

/** Names are private: they travel sealed, so they do not lie about in a readable file either. */
function open(path: string): DatabaseSync {
  return openSqlite({
    path,
    what: 'the catalogue',
    code: 'catalogue-unusable',
    hint: 'move the file away and run `stowmarket ls`: the catalogue is rebuilt from the chain',
    version: SCHEMA_VERSION,
    upgrade: (db) => db.exec(SCHEMA),
    durability: 'normal',
  });
}

function toEntry(row: Record<string, SQLOutputValue>): CatalogueEntry {
  const txHash = row['tx_hash'];
  return {
    objectKey: fromHex(String(row['object_key']), 32),
    name: String(row['name']),
    kind: row['kind'] === 'tar' || row['kind'] === 'pack' ? row['kind'] : 'file',
    plainBytes: Number(row['plain_bytes']),
    k: Number(row['k']),
    n: Number(row['n']),
    state: toState(row['state']),
    storedAt: Number(row['stored_at']),
    ...(typeof txHash === 'string' ? { txHash } : {}),
  };
}

function toState(value: SQLOutputValue | undefined): ObjectState {
  return value === 'forming' || value === 'removed' ? value : 'stored';
}
