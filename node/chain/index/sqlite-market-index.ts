import type { SQLInputValue } from 'node:sqlite';

import { assert } from '../../core/assert.ts';
import type { Logger } from '../../core/logger.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import type { BlockMark, EventBatch } from '../log-reader.ts';
import type { EventSink } from '../log-watcher.ts';
import {
  type AgreementRow,
  type AskPage,
  type AskQuery,
  type AuditRow,
  type BidRow,
  type Candidate,
  type CandidateRequest,
  MAX_ASKS_OF_PROVIDER,
  type MarketIndex,
  type ProviderRow,
} from '../market-index.ts';
import { type IndexTables, applyEvent } from './apply-event.ts';
import { readAsksPage } from './asks-page.ts';
import { findCandidates } from './candidates.ts';
import { IndexDatabase } from './index-database.ts';
import type { RowTable } from './row-table.ts';
import {
  type FlatAsk,
  type FlatBid,
  type IndexTerms,
  SCHEMA_VERSION,
  type Tables,
  schemaOf,
  tablesOf,
} from './tables.ts';

export interface SqliteMarketIndexInit {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** What the market is: its chain, contracts and first block. An index of another one is made anew. */
  readonly identity: string;
  readonly terms: IndexTerms;
  readonly logger: Logger;
}

/**
 * The market's state in a database of its own, which survives restarts. Rows are read when they are asked for: memory does not grow with the
 * market. Several processes may share the file; whoever is first writes a stretch of blocks, and the others find it there.
 */
export class SqliteMarketIndex implements MarketIndex, EventSink {
  readonly #db: IndexDatabase;
  readonly #tables: Tables;
  readonly #terms: IndexTerms;

  /** @throws StowError `index-not-ours`, `index-unusable` */
  constructor({ path, identity, terms, logger }: SqliteMarketIndexInit) {
    this.#tables = tablesOf(terms);
    this.#terms = terms;
    // The columns that follow from a row follow from these, too.
    const whole = JSON.stringify([identity, String(terms.bond), String(terms.halfLifePeriods)]);
    const schema = schemaOf(this.#tables);
    this.#db = new IndexDatabase({ path, schema, version: SCHEMA_VERSION, identity: whole, logger });
  }

  get block(): bigint | undefined {
    return this.marks().at(-1)?.number;
  }

  marks(): readonly BlockMark[] {
    const rows = this.#db.query('SELECT number, hash FROM marks ORDER BY number');
    return rows.map(({ number, hash }) => {
      assert(typeof number === 'bigint' && typeof hash === 'string', 'a mark');
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `apply`
      return { number, hash: hash as Hex };
    });
  }

  apply(batch: EventBatch, floor: bigint): void {
    assert(batch.fromBlock > floor || batch.to.number <= floor, 'a stretch on one side of the floor');
    this.#db.write(() => {
      const last = this.block;
      // Another process was faster: what it wrote is there, and whoever follows the chain goes on from it.
      if (last !== undefined && last !== batch.fromBlock - 1n) return;
      const keep = batch.fromBlock > floor;
      for (const event of batch.events) applyEvent(this.#eventTables(keep ? event.place.block : undefined), event);
      this.#run('INSERT INTO marks VALUES (?, ?)', batch.to.number, batch.to.hash);
      this.#forgetBelow(floor);
    });
  }

  rollback(block: bigint): void {
    this.#db.write(() => {
      // Another process may have read on, and forgotten the way back to there.
      if (!this.marks().some(({ number }) => number === block)) return this.#clear();
      for (const table of this.#all()) table.rollback(this.#db, block);
      this.#run('DELETE FROM marks WHERE number > ?', block);
    });
  }

  reset(): void {
    this.#db.write(() => this.#clear());
  }

  /** Lets the file go. Safe to call twice. */
  close(): void {
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  provider(id: number): ProviderRow | undefined {
    return this.#db.guard(() => this.#tables.providers.get(this.#db, id));
  }

  providerOfNode(nodeAddress: Address): ProviderRow | undefined {
    return this.#providers('WHERE node_address = ?', nodeAddress)[0];
  }

  providersOfOperator(operator: Address): ProviderRow[] {
    return this.#providers('WHERE operator = ? ORDER BY id', operator);
  }

  providerCount(): number {
    return Number(this.#number('SELECT count(*) AS n FROM providers'));
  }

  providersPage(after: number, max: number): ProviderRow[] {
    return this.#providers('WHERE id > ? ORDER BY id LIMIT ?', after, max);
  }

  newestProviders(max: number): ProviderRow[] {
    return this.#providers('ORDER BY id DESC LIMIT ?', max);
  }

  ask(askId: bigint): PostedAsk | undefined {
    const ask = this.#db.guard(() => this.#tables.asks.get(this.#db, BigInt.asIntN(64, askId)));
    return ask === undefined ? undefined : posted(ask);
  }

  asksOf(provider: number): PostedAsk[] {
    const sql = 'SELECT * FROM asks WHERE provider = ? ORDER BY expiry DESC, ask_id LIMIT ?';
    const rows = this.#db.query(sql, provider, MAX_ASKS_OF_PROVIDER);
    return rows.map((row) => posted(this.#tables.asks.decode(row)));
  }

  asksPage(query: AskQuery): AskPage {
    return this.#db.guard(() => readAsksPage(this.#db, this.#tables, query));
  }

  candidates(request: CandidateRequest): Candidate[] {
    return this.#db.read(() => findCandidates(this.#db, this.#tables, this.#terms, request));
  }

  bidsPage(after: bigint, max: number): BidRow[] {
    const rows = this.#db.query('SELECT * FROM bids WHERE bid_id > ? ORDER BY bid_id LIMIT ?', after, max);
    return rows.map((row) => standing(this.#tables.bids.decode(row)));
  }

  agreement(id: AgreementId): AgreementRow | undefined {
    return this.#db.guard(() => this.#tables.agreements.get(this.#db, BigInt.asIntN(64, id)));
  }

  agreementsOfClient(client: Address): AgreementRow[] {
    return this.#agreements('client = ?', client);
  }

  agreementsOfProvider(provider: number): AgreementRow[] {
    return this.#agreements('provider = ?', provider);
  }

  activeAgreementCount(provider: number): number {
    const sql = "SELECT count(*) AS n FROM agreements WHERE provider = ? AND status = 'active'";
    return Number(this.#number(sql, provider));
  }

  holders(client: Address, objectKey: Hex): AgreementRow[] {
    const latest = new Map<number, AgreementRow>();
    for (const row of this.#agreements('client = ? AND object_key = ?', client, objectKey)) {
      latest.set(row.shardIndex, row);
    }
    return [...latest.values()].toSorted((a, b) => a.shardIndex - b.shardIndex);
  }

  audit(audit: bigint): AuditRow | undefined {
    return this.#db.guard(() => this.#tables.audits.get(this.#db, BigInt.asIntN(64, audit)));
  }

  auditsOf(id: AgreementId): AuditRow[] {
    return this.#audits('agreement = ?', BigInt.asIntN(64, id));
  }

  openAudits(): AuditRow[] {
    return this.#audits("status = 'open'");
  }

  objectsOf(client: Address): Hex[] {
    const sql = 'SELECT object_key FROM agreements WHERE client = ? GROUP BY object_key ORDER BY min(place)';
    return this.#db.query(sql, client).map(({ object_key: key }) => {
      assert(typeof key === 'string', 'the key of an object');
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by a column of hex
      return key as Hex;
    });
  }

  #providers(clause: string, ...values: SQLInputValue[]): ProviderRow[] {
    return this.#db
      .query(`SELECT * FROM providers ${clause}`, ...values)
      .map((row) => this.#tables.providers.decode(row));
  }

  #agreements(where: string, ...values: SQLInputValue[]): AgreementRow[] {
    const rows = this.#db.query(`SELECT * FROM agreements WHERE ${where} ORDER BY place`, ...values);
    return rows.map((row) => this.#tables.agreements.decode(row));
  }

  #audits(where: string, ...values: SQLInputValue[]): AuditRow[] {
    const rows = this.#db.query(`SELECT * FROM audits WHERE ${where} ORDER BY place`, ...values);
    return rows.map((row) => this.#tables.audits.decode(row));
  }

  #number(sql: string, ...values: SQLInputValue[]): bigint | undefined {
    const value = this.#db.query(sql, ...values)[0]?.['n'];
    return typeof value === 'bigint' ? value : undefined;
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#db.statement(sql).run(...values);
  }

  #all(): Pick<RowTable<object>, 'rollback' | 'prune' | 'clear'>[] {
    const { providers, asks, bids, agreements, audits } = this.#tables;
    return [providers, asks, bids, agreements, audits];
  }

  /** Keeps the ways back to the newest mark at or below the floor, and to all after it. */
  #forgetBelow(floor: bigint): void {
    const oldest = this.#number('SELECT max(number) AS n FROM marks WHERE number <= ?', floor);
    if (oldest === undefined) return;
    for (const table of this.#all()) table.prune(this.#db, oldest);
    this.#run('DELETE FROM marks WHERE number < ?', oldest);
  }

  #clear(): void {
    for (const table of this.#all()) table.clear(this.#db);
    this.#run('DELETE FROM marks');
  }

  /** The tables as one block's events may change them. */
  #eventTables(undoBlock: bigint | undefined): IndexTables {
    const db = this.#db;
    const { providers, asks, bids, agreements, audits } = this.#tables;
    return {
      halfLifePeriods: this.#terms.halfLifePeriods,
      lastProvider: () => Number(this.#number('SELECT max(id) AS n FROM providers') ?? 0n),
      provider: (id) => providers.get(db, id),
      putProvider: (row) => providers.put(db, row, undoBlock),
      ask: (askId) => {
        const ask = asks.get(db, BigInt.asIntN(64, askId));
        return ask === undefined ? undefined : posted(ask);
      },
      putAsk: ({ askId, ask }) => asks.put(db, { askId, ...ask }, undoBlock),
      removeAsk: (askId) => asks.remove(db, BigInt.asIntN(64, askId), undoBlock),
      bid: (bidId) => {
        const bid = bids.get(db, BigInt.asIntN(64, bidId));
        return bid === undefined ? undefined : standing(bid);
      },
      putBid: ({ terms, ...row }) => bids.put(db, { ...row, ...terms }, undoBlock),
      removeBid: (bidId) => bids.remove(db, BigInt.asIntN(64, bidId), undoBlock),
      agreement: (id) => agreements.get(db, BigInt.asIntN(64, id)),
      putAgreement: (row) => agreements.put(db, row, undoBlock),
      lastAudit: () => this.#number('SELECT max(audit) AS n FROM audits') ?? 0n,
      audit: (audit) => audits.get(db, BigInt.asIntN(64, audit)),
      putAudit: (row) => audits.put(db, row, undoBlock),
    };
  }
}

function posted({ askId, ...ask }: FlatAsk): PostedAsk {
  return { askId, ask };
}

function standing({ bidId, client, reserved, shardsLeft, ...terms }: FlatBid): BidRow {
  return { bidId, client, reserved, shardsLeft, terms };
}
