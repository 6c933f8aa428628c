import type { DatabaseSync } from 'node:sqlite';

import type { Debt, FreeReads, KeptBook } from '../../retrieval/read-book.ts';
import { bigintOf } from './columns.ts';
import { transaction } from '../../store/sqlite.ts';

/** What readers had for nothing today, and what they owe. */
export class KeptReads implements KeptBook {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  freeReads(reader: string): FreeReads | undefined {
    const row = this.#db.prepare('SELECT day, bytes FROM free_reads WHERE reader = ?').get(reader);
    return row === undefined ? undefined : { day: Number(row['day']), bytes: bigintOf(row, 'bytes') };
  }

  debt(channel: bigint): Debt | undefined {
    const row = this.#db.prepare('SELECT * FROM read_debts WHERE channel = ?').get(channel.toString());
    return row === undefined ? undefined : { served: bigintOf(row, 'served'), discounted: bigintOf(row, 'discounted') };
  }

  keep({ freeReads, debts }: Parameters<KeptBook['keep']>[0]): void {
    transaction(this.#db, () => {
      const insert = this.#db.prepare('INSERT OR REPLACE INTO free_reads VALUES (?, ?, ?)');
      for (const [reader, { day, bytes }] of freeReads) insert.run(reader, day, bytes.toString());
      // What was read on another day counts no more: once for all, as it looks at every line.
      if (freeReads.size > 0) this.#db.exec('DELETE FROM free_reads WHERE day < (SELECT MAX(day) FROM free_reads)');
      for (const [channel, debt] of debts) {
        const id = channel.toString();
        if (debt === undefined) this.#db.prepare('DELETE FROM read_debts WHERE channel = ?').run(id);
        else
          this.#db
            .prepare('INSERT OR REPLACE INTO read_debts VALUES (?, ?, ?)')
            .run(id, debt.served.toString(), debt.discounted.toString());
      }
    });
  }
}
