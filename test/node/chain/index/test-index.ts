import { SqliteMarketIndex, type SqliteMarketIndexInit } from '../../../../node/chain/index/sqlite-market-index.ts';
import { silentLogger } from '../../../../node/core/logger.ts';

export const TERMS = { bond: 100n, halfLifePeriods: 90n };

/** An index of its own, in memory unless a path is given. */
export function testIndex(init: Partial<SqliteMarketIndexInit> = {}): SqliteMarketIndex {
  return new SqliteMarketIndex({
    path: ':memory:',
    identity: 'a market',
    terms: TERMS,
    logger: silentLogger,
    ...init,
  });
}
