import { join } from 'node:path';

import type { Logger } from '../../core/logger.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';
import { SqlMarketIndex } from './sql-market-index.ts';
import { SqliteDatabase, sqliteDialect } from './sqlite-database.ts';
import { type IndexTerms, SCHEMA_VERSION, schemaOf, tablesOf } from './tables.ts';

export interface OpenIndexComponents {
  readonly view: ChainView;
  /** Folder of the indexes, one file per market. */
  readonly folder: string;
  readonly terms: IndexTerms;
  readonly logger: Logger;
}

/**
 * Opens the index of a market, or makes it. What it is of is told by the chain itself: a development chain that was started again has the
 * same number and addresses, but no block in common with the one before.
 * @throws StowError `index-not-ours`, `index-unusable`, `chain-*`
 */
export async function openIndex(
  { view, folder, terms, logger }: OpenIndexComponents,
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
  const name = `${chainId}-${contracts.agreements.toLowerCase()}.sqlite`;
  return openSqliteIndex({ path: join(folder, name), identity, terms, logger: logger.child({ part: 'index' }) });
}

export interface IndexInit {
  /** What the market is: its chain, contracts and first block. An index of another one is made anew. */
  readonly identity: string;
  readonly terms: IndexTerms;
  readonly logger: Logger;
}

/** @param init.path a file, or `:memory:` */
export function openSqliteIndex({ path, logger, ...init }: IndexInit & { readonly path: string }): SqlMarketIndex {
  const tables = tablesOf(init.terms);
  const schema = schemaOf(tables, sqliteDialect);
  const db = new SqliteDatabase({ path, schema, version: SCHEMA_VERSION, identity: identityOf(init), logger });
  return new SqlMarketIndex({ db, tables, terms: init.terms });
}

/** The columns that follow from a row follow from the terms, too. */
function identityOf({ identity, terms }: Pick<IndexInit, 'identity' | 'terms'>): string {
  return JSON.stringify([identity, String(terms.bond), String(terms.halfLifePeriods)]);
}
