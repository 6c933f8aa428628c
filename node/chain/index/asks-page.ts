import { assert } from '../../core/assert.ts';
import { askAt } from '../../market/peg.ts';
import type { AskPage, AskQuery } from '../market-index.ts';
import { priceNow } from './price-now.ts';
import type { Dialect, SqlReader } from './sql-database.ts';
import type { Tables } from './tables.ts';

/** One page of the book. It is read from the start each time, so that a page costs as much as the book is long; no more than it is kept. */
export async function readAsksPage(
  reader: SqlReader,
  dialect: Dialect,
  { asks }: Tables,
  query: AskQuery,
): Promise<AskPage> {
  const { time, quote, units, periods, region, maxPrice, after, max } = query;
  const rows = await reader.all(
    `SELECT * FROM (
       SELECT a.*, ${priceNow(dialect)} AS price FROM asks a JOIN providers p ON p.id = a.provider
       WHERE a.is_live = 1 AND a.expiry > :time AND p.is_open = 1 AND p.capacity - p.held_units >= :units
         AND a.min_units <= ${dialect.greatest}(:units, a.min_units * :anyUnits) AND a.max_units >= :units AND a.units_left >= :units
         AND (:periods = 0 OR (a.min_periods <= :periods AND a.max_periods >= :periods))
         AND (:region < 0 OR a.region = :region)
     ) fitting
     WHERE price <= :maxPrice AND (price > :afterPrice OR (price = :afterPrice AND ask_id > :afterId))
     ORDER BY price, ask_id LIMIT :max`,
    {
      time,
      quote: Number(quote),
      units,
      anyUnits: units === 1 ? 1 : 0,
      periods: periods ?? 0,
      region: region ?? -1,
      maxPrice: maxPrice === undefined ? Infinity : Number(maxPrice),
      afterPrice: after?.price ?? -1,
      afterId: after === undefined ? 0n : BigInt.asIntN(64, after.askId),
      max: max + 1,
    },
  );
  const page = rows.slice(0, max);
  const last = page.at(-1);
  const listed = page.map((row) => {
    const { askId, ...ask } = asks.decode(row);
    return { askId, ask: askAt(ask, quote) };
  });
  if (rows.length <= max || last === undefined) return { asks: listed, next: undefined };
  const [price, askId] = [last['price'], listed.at(-1)?.askId];
  assert(typeof price === 'number' && askId !== undefined, 'a page that ends with an ask');
  return { asks: listed, next: { price, askId } };
}
