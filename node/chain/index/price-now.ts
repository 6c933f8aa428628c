import type { Dialect } from './sql-database.ts';

/** What an ask wants now, to 15 places; `:quote` is what the price index says. The exact one is `askPrice`. */
export function priceNow({ least, greatest }: Dialect): string {
  const pegged = 'CAST(:quote AS DOUBLE PRECISION) * premium_bps / 10000.0';
  return `CASE premium_bps WHEN 0 THEN about_price ELSE ${greatest}(about_price, ${least}(about_ceiling, ${pegged})) END`;
}
