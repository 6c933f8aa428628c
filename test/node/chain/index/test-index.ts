import { type IndexInit, openSqliteIndex } from '../../../../node/chain/index/open-index.ts';
import type { SqlMarketIndex } from '../../../../node/chain/index/sql-market-index.ts';
import { silentLogger } from '../../../../node/core/logger.ts';

export const TERMS = { bond: 100n, halfLifePeriods: 90n, halfLifeBlocks: 2_700n };

/** An index of its own in SQLite, in memory unless a path is given. */
export function testIndex(init: Partial<IndexInit & { path: string }> = {}): SqlMarketIndex {
  return openSqliteIndex({
    path: ':memory:',
    identity: 'a market',
    terms: TERMS,
    logger: silentLogger,
    ...init,
  });
}
