import type { DatabaseSync } from 'node:sqlite';

import { transaction } from '../../store/sqlite.ts';
import { AnswerBook } from './answer-book.ts';
import { Channels } from './channels.ts';
import { openDatabase } from './database.ts';
import { Facts } from './facts.ts';
import { Holdings } from './holdings.ts';
import { KeptReads } from './kept-reads.ts';
import { ReadCeilings } from './read-ceilings.ts';
import { Repairs } from './repairs.ts';
import { ReportFees } from './report-fees.ts';
import { Reservations } from './reservations.ts';
import { Vouchers } from './vouchers.ts';

/**
 * What the provider owes and is owed: promises that are not on chain yet, shards that it rebuilds, vouchers for what was read, and a mirror of its agreements, what has to be answered about them, its report fees and the channels to it. One process
 * at a time (the data folder's lock sees to that). Reads and writes are synchronous: a commit is one fsync, and callers rely on
 * nothing happening in between.
 */
export class Ledger {
  readonly facts: Facts;
  readonly reservations: Reservations;
  readonly holdings: Holdings;
  readonly audits: AnswerBook;
  readonly demands: AnswerBook;
  readonly reportFees: ReportFees;
  readonly repairs: Repairs;
  readonly vouchers: Vouchers;
  readonly channels: Channels;
  readonly readCeilings: ReadCeilings;
  readonly reads: KeptReads;
  readonly #db: DatabaseSync;

  /** @throws StowError `ledger-unusable` */
  constructor(path: string) {
    this.#db = openDatabase(path);
    this.facts = new Facts(this.#db);
    this.reservations = new Reservations(this.#db);
    this.holdings = new Holdings(this.#db);
    this.audits = new AnswerBook(this.#db, 'audits');
    this.demands = new AnswerBook(this.#db, 'demands');
    this.reportFees = new ReportFees(this.#db);
    this.repairs = new Repairs(this.#db);
    this.vouchers = new Vouchers(this.#db);
    this.channels = new Channels(this.#db);
    this.readCeilings = new ReadCeilings(this.#db);
    this.reads = new KeptReads(this.#db);
  }

  /** All of `work`'s changes become durable together. `work` must not wait for anything. */
  transaction<T>(work: () => T): T {
    return transaction(this.#db, work);
  }

  close(): void {
    this.#db.close();
  }
}
