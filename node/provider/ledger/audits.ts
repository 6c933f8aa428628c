import type { DatabaseSync } from 'node:sqlite';

import type { AgreementId } from '../../market/messages.ts';
import { bigintOf, type Row } from './columns.ts';

/** An audit of one of this provider's agreements that is neither answered nor closed, as far as the log was read. */
export interface OpenAudit {
  readonly audit: bigint;
  readonly agreement: AgreementId;
  /** Block whose hash the leaves follow from. */
  readonly openedAt: number;
  /** Last block in which an answer counts. */
  readonly deadline: number;
}

export type AuditOutcome = 'answered' | 'failed' | 'voided';

/** What the chain's log says about an audit. */
export type AuditNews =
  { readonly opened: OpenAudit } | { readonly audit: bigint; readonly outcome: AuditOutcome; readonly block: bigint };

export type AuditCounts = Record<'open' | AuditOutcome, number>;

/** Audits of this provider's agreements: what the chain's log told, kept so that a restart forgets none. */
export class AuditBook {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Takes in what was read of the blocks from `from` on. What was read of them before is forgotten: a reorganisation may have changed it. */
  rewrite(from: bigint, news: readonly AuditNews[]): void {
    this.#db.prepare('DELETE FROM audits WHERE opened_at >= ?').run(Number(from));
    this.#db.prepare("UPDATE audits SET status = 'open', ended_block = NULL WHERE ended_block >= ?").run(Number(from));
    for (const item of news) this.#take(item);
  }

  /** The most urgent first. */
  open(): readonly OpenAudit[] {
    return this.#db.prepare("SELECT * FROM audits WHERE status = 'open' ORDER BY deadline, audit").all().map(toAudit);
  }

  counts(): AuditCounts {
    const countOf = (status: keyof AuditCounts): number =>
      Number(this.#db.prepare('SELECT count(*) AS number FROM audits WHERE status = ?').get(status)?.['number']);
    return {
      open: countOf('open'),
      answered: countOf('answered'),
      failed: countOf('failed'),
      voided: countOf('voided'),
    };
  }

  #take(news: AuditNews): void {
    if ('outcome' in news) {
      this.#db
        .prepare('UPDATE audits SET status = ?, ended_block = ? WHERE audit = ?')
        .run(news.outcome, Number(news.block), news.audit.toString());
      return;
    }
    const { audit, agreement, openedAt, deadline } = news.opened;
    this.#db
      .prepare("INSERT OR REPLACE INTO audits VALUES (?, ?, ?, ?, 'open', NULL)")
      .run(audit.toString(), agreement.toString(), openedAt, deadline);
  }
}

function toAudit(row: Row): OpenAudit {
  return {
    audit: bigintOf(row, 'audit'),
    agreement: bigintOf(row, 'agreement'),
    openedAt: Number(row['opened_at']),
    deadline: Number(row['deadline']),
  };
}
