import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ExitCode, messageOf, StowError, systemCode } from '../core/errors.ts';

/** Two commands may have a file open at once; each holds it for single statements or short transactions only. */
const BUSY_TIMEOUT_MS = 5_000;
/** SQLite's result code for a full disk. */
const SQLITE_FULL = 13;

export interface SqliteInit {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** What the file is, for errors: `the catalogue`. */
  readonly what: string;
  /** Of the error when it cannot be used. */
  readonly code: string;
  /** What to do about a file that is damaged or of a later version. */
  readonly hint: string;
  /** Of the tables that this program knows; a file says its own. */
  readonly version: number;
  /** Brings the tables from a version, 0 for a new file, to this one. Runs in a transaction. */
  readonly upgrade: (db: DatabaseSync, from: number) => void;
  /** `full`: every commit is fsync'ed before it returns. `normal`: a power cut may take the last ones back. */
  readonly durability: 'full' | 'normal';
}

/** Opens or creates a database that only its owner may read, with its tables as this version has them. @throws StowError of `init.code` */
export function openSqlite(init: SqliteInit): DatabaseSync {
  const { path } = init;
  let db: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    if (path !== ':memory:') chmodSync(path, 0o600);
    requireKnown(db, init);
    // In WAL mode, NORMAL may lose the last commits in a power cut.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${init.durability === 'full' ? 'FULL' : 'NORMAL'};`);
    if (versionOf(db) !== init.version) upgrade(db, init);
    return db;
  } catch (error) {
    db?.close();
    throw unusable(init, error);
  }
}

/** Runs `work` in one transaction: all of it is committed when this returns, or none of it happened. `work` must not wait for anything. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function upgrade(db: DatabaseSync, init: SqliteInit): void {
  transaction(db, () => {
    // Another process may have done it, or gone further, meanwhile.
    const from = requireKnown(db, init);
    if (from === init.version) return;
    init.upgrade(db, from);
    db.exec(`PRAGMA user_version = ${init.version}`);
  });
}

function requireKnown(db: DatabaseSync, { version }: SqliteInit): number {
  const found = versionOf(db);
  if (found > version) throw new Error(`it has version ${found}, this program knows ${version}`);
  return found;
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function unusable({ path, what, code, hint }: SqliteInit, cause: unknown): StowError {
  return new StowError({
    code,
    message: `${what} ${path} cannot be used: ${messageOf(cause)}`,
    hint: isFull(cause) ? 'free some disk space' : hint,
    exitCode: ExitCode.general,
    cause,
  });
}

function isFull(error: unknown): boolean {
  return (
    systemCode(error) === 'ENOSPC' || (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL)
  );
}
