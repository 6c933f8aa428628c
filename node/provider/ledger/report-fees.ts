import type { DatabaseSync } from 'node:sqlite';

import { bigintOf, type Row } from './columns.ts';

/** A fee for reporting misses that waits to be claimed. */
export interface OwedFee {
  /** Who missed. */
  readonly provider: number;
  /** Which of its slashes was reported. */
  readonly slash: number;
  /** Token wei. */
  readonly amount: bigint;
}

/** What the chain's log says about a fee of this provider's operator, in block `block`. */
export type FeeNews = OwedFee & { readonly block: bigint; readonly kind: 'owed' | 'paid' };

/** Fees for reports that named this provider's operator: what the chain's log told. */
export class ReportFees {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Takes in what was read of the blocks from `from` on. What was read of them before is forgotten: a reorganisation may have changed it. */
  rewrite(from: bigint, news: readonly FeeNews[]): void {
    this.#db.prepare('DELETE FROM report_fees WHERE owed_block >= ?').run(Number(from));
    this.#db.prepare('UPDATE report_fees SET paid_block = NULL WHERE paid_block >= ?').run(Number(from));
    for (const { kind, provider, slash, amount, block } of news) {
      if (kind === 'owed') {
        this.#db
          .prepare('INSERT OR REPLACE INTO report_fees VALUES (?, ?, ?, ?, NULL)')
          .run(provider, slash, amount.toString(), Number(block));
      } else {
        this.#db
          .prepare('UPDATE report_fees SET paid_block = ? WHERE provider = ? AND slash = ?')
          .run(Number(block), provider, slash);
      }
    }
  }

  /** Oldest first. */
  owed(): readonly OwedFee[] {
    return this.#db.prepare('SELECT * FROM report_fees WHERE paid_block IS NULL ORDER BY owed_block').all().map(toFee);
  }

  /** Token wei. */
  totals(): { owed: bigint; paid: bigint } {
    const total = (where: string): bigint =>
      this.#db
        .prepare(`SELECT * FROM report_fees WHERE paid_block ${where}`)
        .all()
        .reduce((sum, row) => sum + toFee(row).amount, 0n);
    return { owed: total('IS NULL'), paid: total('IS NOT NULL') };
  }
}

function toFee(row: Row): OwedFee {
  return { provider: Number(row['provider']), slash: Number(row['slash']), amount: bigintOf(row, 'amount') };
}
