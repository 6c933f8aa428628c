import type pg from 'pg';

import { ExitCode, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { SqlDatabaseInit } from './sql-database.ts';

/** Tells schemas of ours from those of other programs. It stands on the table `market`. */
const MARKER = "Stowmarket: a market's index, made from its chain";
/** Longest name that PostgreSQL does not cut off. */
const MAX_NAME_LENGTH = 63;

export interface PostgresSchemaInit extends SqlDatabaseInit {
  /** Schema that holds the tables. */
  readonly name: string;
  /** As it may be shown. */
  readonly server: string;
  readonly logger: Logger;
}

/** Name of the schema of a market: markets share a database, each with a schema of its own. */
export function schemaNameOf(chainId: number, agreements: string): string {
  return `stow_${chainId}_${agreements.toLowerCase().replace('0x', '')}`.slice(0, MAX_NAME_LENGTH);
}

/**
 * Makes the index's tables where there are none, and anew where they are of another market or program version. Within a transaction.
 * @throws StowError `index-not-ours`, `index-unusable`
 */
export async function prepareSchema(client: pg.ClientBase, init: PostgresSchemaInit): Promise<void> {
  const { name, server, logger } = init;
  await requireUnicode(client, server);
  await lockSchema(client, name);
  const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [name]);
  if (rows.length === 0) {
    await client.query(`CREATE SCHEMA ${name}`);
    return create(client, init);
  }
  if (!(await hasRelations(client, name))) return create(client, init);
  const found = await marketIn(client, name);
  if (found === undefined) throw notOurs(name, server);
  if (isOf(found, init)) return;
  logger.warn({ server, schema: name }, 'the index is of another market or program version; reading the chain again');
  await replace(client, init);
}

/**
 * Makes the tables anew after damage. Within a transaction.
 * @throws StowError `index-not-ours`; `index-unusable` when another version of the program has them now
 */
export async function repairSchema(client: pg.ClientBase, init: PostgresSchemaInit): Promise<void> {
  const { name, server } = init;
  await lockSchema(client, name);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
  const found = await marketIn(client, name);
  if (found === undefined && (await hasRelations(client, name))) throw notOurs(name, server);
  if (found?.identity !== undefined && !isOf(found, init)) throw taken(name, server);
  await replace(client, init);
}

/**
 * Waits until nobody else writes, and keeps others waiting until the transaction is over.
 * @throws StowError `index-unusable` when another version of the program has it now
 */
export async function lockIndex(client: pg.ClientBase, init: PostgresSchemaInit): Promise<void> {
  const { rows } = await client.query<{ version: number; identity: string }>(
    'SELECT version, identity FROM market FOR UPDATE',
  );
  const [found] = rows;
  if (found === undefined || !isOf(found, init)) throw taken(init.name, init.server);
}

/** What the table `market` says. Undefined where it is not there, or not ours. */
interface Found {
  readonly version: number | undefined;
  readonly identity: string | undefined;
}

function isOf(found: Found, { version, identity }: PostgresSchemaInit): boolean {
  return found.version === version && found.identity === identity;
}

/** Anybody can write any text to the chain. What the database could not keep would stop the index for good. */
async function requireUnicode(client: pg.ClientBase, server: string): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>('SELECT getdatabaseencoding() AS encoding');
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new StowError({
    code: 'index-unusable',
    message: `the database at ${server} keeps its texts in ${encoding}, which has not all characters`,
    hint: 'make another one (createdb --encoding=UTF8 --template=template0), and name it in index.url',
    exitCode: ExitCode.usage,
  });
}

/** Two that make the same schema at once would stand in each other's way. */
async function lockSchema(client: pg.ClientBase, name: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

async function hasRelations(client: pg.ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query('SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace($1) LIMIT 1', [
    name,
  ]);
  return rows.length > 0;
}

async function marketIn(client: pg.ClientBase, name: string): Promise<Found | undefined> {
  const { rows: marks } = await client.query<{ text: string | null }>(
    "SELECT obj_description(to_regclass($1), 'pg_class') AS text",
    [`${name}.market`],
  );
  if (marks[0]?.text !== MARKER) return undefined;
  // As JSON, so that a column that is not there is no error.
  const { rows } = await client.query<{ market: { version?: number; identity?: string } }>(
    `SELECT to_jsonb(m) AS market FROM ${name}.market m`,
  );
  return { version: rows[0]?.market.version, identity: rows[0]?.market.identity };
}

async function replace(client: pg.ClientBase, init: PostgresSchemaInit): Promise<void> {
  const { rows } = await client.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
    init.name,
  ]);
  // What others made of them is not ours to drop: with that, it fails.
  if (rows.length > 0) {
    await client.query(`DROP TABLE ${rows.map(({ tablename }) => `${init.name}."${tablename}"`).join(', ')}`);
  }
  await create(client, init);
}

async function create(client: pg.ClientBase, { name, schema, version, identity }: PostgresSchemaInit): Promise<void> {
  await client.query(`SET LOCAL search_path TO ${name}`);
  await client.query('CREATE TABLE market (version INTEGER NOT NULL, identity TEXT NOT NULL)');
  await client.query(`COMMENT ON TABLE market IS '${MARKER.replaceAll("'", "''")}'`);
  await client.query(schema);
  await client.query('INSERT INTO market VALUES ($1, $2)', [version, identity]);
}

function notOurs(name: string, server: string): StowError {
  return new StowError({
    code: 'index-not-ours',
    message: `the schema ${name} at ${server} is where the market's index belongs, and it is not an index of this program`,
    hint: 'rename that schema, or name another database in index.url; the index is made anew from the chain',
    exitCode: ExitCode.usage,
  });
}

function taken(name: string, server: string): StowError {
  return new StowError({
    code: 'index-unusable',
    message: `the index ${name} at ${server} was made anew by another version of the program, or for a chain that was started again`,
    hint: 'use one version with it, or a database for each (index.url); then start again',
  });
}
