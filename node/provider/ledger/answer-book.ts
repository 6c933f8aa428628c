import type { DatabaseSync } from 'node:sqlite';

import type { AgreementId } from '../../market/messages.ts';
import { bigintOf, type Row } from './columns.ts';

/** An audit of one of this provider's agreements, or a unit demanded under one, that is neither answered nor closed, as far as the log was read. */
export interface DueAnswer {
  /** Of the audit or the demand. */
  readonly number: bigint;
  readonly agreement: AgreementId;
  /** Block that opened it: the leaves of an audit follow from its hash. */
  readonly openedAt: number;
  /** Last block in which an answer counts. */
  readonly deadline: number;
}

export type AnswerOutcome = 'answered' | 'failed' | 'voided';

/** What the chain's log says about an audit or a demand. */
export type AnswerNews =
  { readonly opened: DueAnswer } | { readonly number: bigint; readonly outcome: AnswerOutcome; readonly block: bigint };

export type AnswerCounts = Record<'open' | AnswerOutcome, number>;

/** Audits of this provider's agreements, or units demanded of it: what the chain's log told, kept so that a restart forgets none. */
export class AnswerBook {
  readonly #db: DatabaseSync;
  readonly #table: 'audits' | 'demands';

  constructor(db: DatabaseSync, table: 'audits' | 'demands') {
    this.#db = db;
    this.#table = table;
  }

  /** Takes in what was read of the blocks from `from` on. What was read of them before is forgotten: a reorganisation may have changed it. */
  rewrite(from: bigint, news: readonly AnswerNews[]): void {
    this.#db.prepare(`DELETE FROM ${this.#table} WHERE opened_at >= ?`).run(Number(from));
    this.#db
      .prepare(`UPDATE ${this.#table} SET status = 'open', ended_block = NULL WHERE ended_block >= ?`)
      .run(Number(from));
    for (const item of news) this.#take(item);
  }

  /** The most urgent first. */
  open(): readonly DueAnswer[] {
    return this.#db
      .prepare(`SELECT * FROM ${this.#table} WHERE status = 'open' ORDER BY deadline, number`)
      .all()
      .map(toDueAnswer);
  }

  counts(): AnswerCounts {
    const countOf = (status: keyof AnswerCounts): number =>
      Number(
        this.#db.prepare(`SELECT count(*) AS number FROM ${this.#table} WHERE status = ?`).get(status)?.['number'],
      );
    return {
      open: countOf('open'),
      answered: countOf('answered'),
      failed: countOf('failed'),
      voided: countOf('voided'),
    };
  }

  #take(news: AnswerNews): void {
    if ('outcome' in news) {
      this.#db
        .prepare(`UPDATE ${this.#table} SET status = ?, ended_block = ? WHERE number = ?`)
        .run(news.outcome, Number(news.block), news.number.toString());
      return;
    }
    const { number, agreement, openedAt, deadline } = news.opened;
    this.#db
      .prepare(`INSERT OR REPLACE INTO ${this.#table} VALUES (?, ?, ?, ?, 'open', NULL)`)
      .run(number.toString(), agreement.toString(), openedAt, deadline);
  }
}

function toDueAnswer(row: Row): DueAnswer {
  return {
    number: bigintOf(row, 'number'),
    agreement: bigintOf(row, 'agreement'),
    openedAt: Number(row['opened_at']),
    deadline: Number(row['deadline']),
  };
}
