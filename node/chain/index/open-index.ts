import { join } from 'node:path';

import type { Logger } from '../../core/logger.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';
import { schemaNameOf } from './postgres-schema.ts';
import { SqlMarketIndex } from './sql-market-index.ts';
import { SqliteDatabase, sqliteDialect } from './sqlite-database.ts';
import { type IndexTerms, SCHEMA_VERSION, schemaOf, tablesOf } from './tables.ts';

/** Where indexes are kept. */
export interface IndexPlace {
  /** A PostgreSQL database, which has a schema for each market: `postgres://user:password@host:port/database`. Never shown. */
  readonly url?: string | undefined;
  /** Without it: a folder, which has a file for each market. */
  readonly folder: string;
}

export interface OpenIndexComponents {
  readonly view: ChainView;
  readonly place: IndexPlace;
  readonly terms: IndexTerms;
  readonly logger: Logger;
}

/**
 * Opens the index of a market, or makes it. What it is of is told by the chain itself: a development chain that was started again has the
 * same number and addresses, but no block in common with the one before.
 * @throws StowError `index-*`, `chain-*`
 */
export async function openIndex(
  { view, place, terms, logger }: OpenIndexComponents,
  options: CallOptions = {},
): Promise<SqlMarketIndex> {
  const { chainId, deployedAtBlock, contracts } = view.deployment;
  let firstHash: string;
  try {
    const block = await abortable(view.client.getBlock({ blockNumber: deployedAtBlock }), options.signal);
    firstHash = block.hash;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read block ${deployedAtBlock}, in which the market was deployed`);
  }
  const identity = JSON.stringify([chainId, firstHash, ...Object.values(contracts)]);
  const init = { identity, terms, firstBlock: deployedAtBlock, logger: logger.child({ part: 'index' }) };
  if (place.url !== undefined) {
    return openPostgresIndex({ ...init, url: place.url, schemaName: schemaNameOf(chainId, contracts.agreements) });
  }
  return openSqliteIndex({
    ...init,
    path: join(place.folder, `${chainId}-${contracts.agreements.toLowerCase()}.sqlite`),
  });
}

export interface IndexInit {
  /** What the market is: its chain, contracts and first block. An index of another one is made anew. */
  readonly identity: string;
  readonly terms: IndexTerms;
  /** Any when undefined. */
  readonly firstBlock?: bigint | undefined;
  readonly logger: Logger;
}

/** @param init.path a file, or `:memory:` */
export function openSqliteIndex({ path, logger, ...init }: IndexInit & { readonly path: string }): SqlMarketIndex {
  const tables = tablesOf(init.terms);
  const schema = schemaOf(tables, sqliteDialect);
  const db = new SqliteDatabase({ path, schema, version: SCHEMA_VERSION, identity: identityOf(init), logger });
  return new SqlMarketIndex({ ...init, db, tables });
}

export async function openPostgresIndex({
  url,
  schemaName,
  logger,
  ...init
}: IndexInit & { readonly url: string; readonly schemaName: string }): Promise<SqlMarketIndex> {
  // Its driver is loaded only where there is a server.
  const { PostgresDatabase, postgresDialect } = await import('./postgres-database.ts');
  const tables = tablesOf(init.terms);
  const schema = schemaOf(tables, postgresDialect);
  const made = { schema, version: SCHEMA_VERSION, identity: identityOf(init) };
  return new SqlMarketIndex({
    db: await PostgresDatabase.open({ ...made, url, schemaName, logger }),
    tables,
    ...init,
  });
}

/** The columns that follow from a row follow from the terms, too. */
function identityOf({ identity, terms }: Pick<IndexInit, 'identity' | 'terms'>): string {
  return JSON.stringify([identity, String(terms.bond), String(terms.halfLifePeriods), String(terms.halfLifeBlocks)]);
}
