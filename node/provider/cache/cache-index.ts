import type { DatabaseSync } from 'node:sqlite';

import { getAddress } from 'viem/utils';

import type { Address, Hex } from '../../market/messages.ts';
import { openSqlite } from '../../store/sqlite.ts';
import { hexOf } from '../ledger/columns.ts';

/** A shard that is cached, and whose it is: what decides who may read it. */
export interface CachedShard {
  readonly root: Hex;
  /** Who stored the object. */
  readonly client: Address;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly units: number;
}

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS shards (
    root TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    object_key TEXT NOT NULL,
    shard_index INTEGER NOT NULL,
    units INTEGER NOT NULL,
    -- Rises with each read of any shard.
    turn INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** What is cached, on disk. A file that is lost costs what is cached, and no money. */
export class CacheIndex {
  readonly #db: DatabaseSync;
  #turn: number;

  /** @throws StowError `cache-unusable` */
  constructor(path: string) {
    this.#db = openSqlite({
      path,
      what: 'the list of what is cached',
      code: 'cache-unusable',
      hint: 'remove the cache folder, which costs what is cached and nothing else, or update the program',
      version: SCHEMA_VERSION,
      upgrade: (db) => db.exec(SCHEMA),
      // A power cut may take back what was cached or read last, which costs nothing.
      durability: 'normal',
    });
    const row = this.#db.prepare('SELECT MAX(turn) AS turn FROM shards').get();
    this.#turn = Number(row?.['turn'] ?? 0);
  }

  /** The least recently read first. */
  all(): readonly CachedShard[] {
    return this.#db
      .prepare('SELECT * FROM shards ORDER BY turn')
      .all()
      .map((row) => ({
        root: hexOf(row, 'root'),
        client: getAddress(String(row['client'])),
        objectKey: hexOf(row, 'object_key'),
        shardIndex: Number(row['shard_index']),
        units: Number(row['units']),
      }));
  }

  /** As read most recently. */
  put({ root, client, objectKey, shardIndex, units }: CachedShard): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?, ?, ?)')
      .run(root.toLowerCase(), client.toLowerCase(), objectKey.toLowerCase(), shardIndex, units, ++this.#turn);
  }

  touch(root: Hex): void {
    this.#db.prepare('UPDATE shards SET turn = ? WHERE root = ?').run(++this.#turn, root);
  }

  delete(root: Hex): void {
    this.#db.prepare('DELETE FROM shards WHERE root = ?').run(root);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
