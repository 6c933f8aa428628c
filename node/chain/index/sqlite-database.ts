import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { ExitCode, StowError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type {
  Dialect,
  FoundRow,
  Insertion,
  SqlDatabase,
  SqlDatabaseInit,
  SqlReader,
  SqlValue,
  SqlValues,
  SqlWriter,
} from './sql-database.ts';

/** "Stow": tells SQLite files of ours from those of other programs. */
const APPLICATION_ID = 0x53746f77;
/** Where a SQLite file says what it is. */
const MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_OFFSET = 68;
const HEADER_BYTES = 100;
/** Another command that reads the chain holds the file for one stretch of blocks at a time: seconds for the largest on a slow disk. */
const BUSY_TIMEOUT_MS = 30_000;
/** Of pages in memory, as SQLite wants it: KiB, negative. Enough for the upper levels of every index of a large book. */
const CACHE_KIB = -16_384;
/** Statements kept ready: more than the code has. */
const MAX_STATEMENTS = 200;

/** SQLite's result codes for a damaged file: SQLITE_CORRUPT and SQLITE_NOTADB. Extended codes have them in the lower byte. */
const DAMAGE_CODES: readonly number[] = [11, 26];

export const sqliteDialect: Dialect = {
  types: { integer: 'INTEGER', real: 'REAL', text: 'TEXT' },
  placeType: 'INTEGER PRIMARY KEY',
  tableSuffix: ' STRICT',
  least: 'min',
  greatest: 'max',
  listed: (parameter, _type, alias) => `json_each(:${parameter}) ${alias}`,
  isAnyOf: (column, subquery) => `${column} IN (${subquery})`,
};

export interface SqliteDatabaseInit extends SqlDatabaseInit {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly logger: Logger;
}

/** The index in a file. What it does takes the thread, so one thing is done after the other. */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = sqliteDialect;
  readonly #init: SqliteDatabaseInit;
  readonly #statements = new Map<string, StatementSync>();
  readonly #inTransaction: SqlWriter = {
    all: async (sql, values) => this.#all(sql, values),
    insert: async (into, rows) => this.#insert(into, rows),
  };
  #db: DatabaseSync;
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws StowError `index-not-ours`, `index-unusable` */
  constructor(init: SqliteDatabaseInit) {
    this.#init = init;
    const { path, logger } = init;
    if (path !== ':memory:') requireOurs(path);
    try {
      this.#db = this.#open();
    } catch (error) {
      if (!isDamage(error)) throw unusable(path, error);
      logger.warn({ path, reason: messageOf(error) }, 'the index is damaged; reading the chain again');
      this.#db = this.#replace();
    }
  }

  /** @throws StowError `index-damaged`, `index-unusable` */
  async all(sql: string, values?: SqlValues): Promise<FoundRow[]> {
    return this.#inTurn(async () => {
      try {
        return this.#all(sql, values);
      } catch (error) {
        throw this.#explained(error);
      }
    });
  }

  /** @throws StowError `index-damaged`, `index-unusable` */
  async write<T>(work: (writer: SqlWriter) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  /** @throws StowError `index-damaged`, `index-unusable` */
  async read<T>(work: (reader: SqlReader) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN', work);
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.#close());
  }

  async #transaction<T>(begin: string, work: (writer: SqlWriter) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      try {
        this.#db.exec(begin);
        const result = await work(this.#inTransaction);
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw this.#explained(error);
      }
    });
  }

  /** There is one connection: what others ask waits until a transaction is over. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #all(sql: string, values: SqlValues = {}): FoundRow[] {
    const bound = Object.entries(values).map(([name, value]) => [name, isList(value) ? jsonOf(value) : value]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lists have just become texts, and no column is a blob
    return this.#statement(sql).all(Object.fromEntries(bound) as Record<string, SQLInputValue>) as FoundRow[];
  }

  #insert({ table, columns, key }: Insertion, rows: readonly (readonly SqlValue[])[]): void {
    if (rows.length === 0) return;
    const names = columns.map(({ name }) => name);
    const changes = names.filter((name) => name !== key).map((name) => `${name} = excluded.${name}`);
    const statement = this.#statement(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ${key === undefined ? '' : `ON CONFLICT (${key}) DO UPDATE SET ${changes.join(', ')}`}`,
    );
    for (const row of rows) statement.run(...row);
  }

  /** A statement, prepared once. */
  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #explained(error: unknown): unknown {
    const { path, logger } = this.#init;
    if (isDamage(error)) {
      logger.warn({ path, reason: messageOf(error) }, 'the index is damaged; reading the chain again');
      this.#close();
      this.#db = this.#replace();
      return new StowError({
        code: 'index-damaged',
        message: `the market's index ${path} is damaged: ${messageOf(error)}; it was made anew, empty`,
        hint: 'try again: it is filled from the chain; should it happen again, look after the disk',
        retryable: true,
        cause: error,
      });
    }
    return codeOf(error) === undefined ? error : unusable(path, error);
  }

  #open(): DatabaseSync {
    const { path } = this.#init;
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      // It shows whose objects are looked at, so it is as private as the catalogue beside it.
      if (path !== ':memory:') chmodSync(path, 0o600);
      // Before anything else: the first page that ever reaches the file says whose it is.
      if (pragma(db, 'application_id') === 0) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      // NORMAL: a power cut may take the last stretches with it, and they are read again.
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = ${CACHE_KIB}`);
      if (!this.#isRight(db)) this.#create(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #isRight(db: DatabaseSync): boolean {
    const { version, identity } = this.#init;
    return (
      pragma(db, 'user_version') === version &&
      db.prepare('SELECT identity FROM market').get()?.['identity'] === identity
    );
  }

  #create(db: DatabaseSync): void {
    const { path, schema, version, identity, logger } = this.#init;
    db.exec('BEGIN IMMEDIATE');
    // Another process may have been faster.
    if (!this.#isRight(db)) {
      if (pragma(db, 'user_version') !== 0) {
        logger.warn({ path }, 'the index is of another market or program version; reading the chain again');
      }
      const tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .all();
      for (const { name } of tables) db.exec(`DROP TABLE "${String(name)}"`);
      db.exec(`CREATE TABLE market (identity TEXT NOT NULL) STRICT; ${schema}`);
      db.prepare('INSERT INTO market VALUES (?)').run(identity);
      db.exec(`PRAGMA user_version = ${version}`);
    }
    db.exec('COMMIT');
  }

  #replace(): DatabaseSync {
    const { path } = this.#init;
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    try {
      return this.#open();
    } catch (error) {
      throw unusable(path, error);
    }
  }
}

/** Nothing is ever deleted that another program may need. */
function requireOurs(path: string): void {
  if (!existsSync(path)) return;
  const header = Buffer.alloc(HEADER_BYTES);
  let bytes = 0;
  try {
    const file = openSync(path, 'r');
    try {
      bytes = readSync(file, header);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unusable(path, error);
  }
  // A process that was killed while it made the file left it empty.
  if (bytes === 0) return;
  if (
    header.toString('latin1', 0, MAGIC.length) === MAGIC &&
    header.readUInt32BE(APPLICATION_ID_OFFSET) === APPLICATION_ID
  )
    return;
  throw new StowError({
    code: 'index-not-ours',
    message: `${path} is where the market's index belongs, and it is not an index of this program`,
    hint: 'move that file away; the index is made anew from the chain',
    exitCode: ExitCode.usage,
  });
}

function unusable(path: string, cause: unknown): StowError {
  if (cause instanceof StowError) return cause;
  const isBusy = [5, 6].includes((codeOf(cause) ?? 0) % 256);
  return new StowError({
    code: 'index-unusable',
    message: `the market's index ${path} cannot be used: ${messageOf(cause)}`,
    hint: isBusy
      ? 'another command has been writing to it for long: try again'
      : 'look whether the folder is writable and the disk has room, then try again',
    retryable: isBusy,
    cause,
  });
}

function isList(value: SqlValues[string]): value is readonly (number | bigint | string)[] {
  return Array.isArray(value);
}

function jsonOf(list: readonly (number | bigint | string)[]): string {
  return `[${list.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value))).join(',')}]`;
}

function isDamage(error: unknown): boolean {
  return DAMAGE_CODES.includes((codeOf(error) ?? 0) % 256);
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}
