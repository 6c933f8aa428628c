import type { DatabaseSync } from 'node:sqlite';

import type { AgreementId, Hex } from '../../market/messages.ts';
import { bigintOf } from './columns.ts';

/** What reading costs at most under each agreement, for its whole term: nobody's data is held for a price that came later. */
export class ReadCeilings {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** @param price token wei for one MiB; undefined forgets what an agreement of that number had */
  put(id: AgreementId, price: bigint | undefined): void {
    if (price === undefined) this.#db.prepare('DELETE FROM read_ceilings WHERE agreement = ?').run(id.toString());
    else this.#db.prepare('INSERT OR REPLACE INTO read_ceilings VALUES (?, ?)').run(id.toString(), price.toString());
  }

  /** The lowest of the agreements over a shard that are live, or ended in `sincePeriod` or later; undefined when none names one. */
  ofRoot(root: Hex, sincePeriod: number): bigint | undefined {
    const prices = this.#db
      .prepare(
        `SELECT read_ceilings.price FROM read_ceilings JOIN agreements ON id = agreement
         WHERE root = ? AND (status = 'active' OR ended_period >= ?)`,
      )
      .all(root.toLowerCase(), sincePeriod)
      .map((row) => bigintOf(row, 'price'));
    return prices.reduce<bigint | undefined>(
      (least, price) => (least === undefined || price < least ? price : least),
      undefined,
    );
  }
}
