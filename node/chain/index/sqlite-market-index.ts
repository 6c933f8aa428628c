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

  async block(): Promise<bigint | undefined> {
    return this.#marks().at(-1)?.number;
  }

  async marks(): Promise<readonly BlockMark[]> {
    return this.#marks();
  }

  async apply(batch: EventBatch, floor: bigint): Promise<void> {
    assert(batch.fromBlock > floor || batch.to.number <= floor, 'a stretch on one side of the floor');
    this.#db.write(() => {
      const last = this.#marks().at(-1)?.number;
      // Another process was faster: what it wrote is there, and whoever follows the chain goes on from it.
      if (last !== undefined && last !== batch.fromBlock - 1n) return;
      const keep = batch.fromBlock > floor;
      for (const event of batch.events) applyEvent(this.#eventTables(keep ? event.place.block : undefined), event);
      this.#run('INSERT INTO marks VALUES (?, ?)', batch.to.number, batch.to.hash);
      this.#forgetBelow(floor);
    });
  }

  async rollback(block: bigint): Promise<void> {
    this.#db.write(() => {
      // Another process may have read on, and forgotten the way back to there.
      if (!this.#marks().some(({ number }) => number === block)) return this.#clear();
      for (const table of this.#all()) table.rollback(this.#db, block);
      this.#run('DELETE FROM marks WHERE number > ?', block);
    });
  }

  async reset(): Promise<void> {
    this.#db.write(() => this.#clear());
  }

  /** Lets the file go. Safe to call twice. */
  async close(): Promise<void> {
    this.#db.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async provider(id: number): Promise<ProviderRow | undefined> {
    return this.#db.guard(() => this.#tables.providers.get(this.#db, id));
  }

  async providers(ids: readonly number[]): Promise<ReadonlyMap<number, ProviderRow>> {
    return byKey(this.#providers(`WHERE id IN ${AMONG}`, JSON.stringify(ids)), ({ id }) => id);
  }

  async providerOfNode(nodeAddress: Address): Promise<ProviderRow | undefined> {
    return this.#providers('WHERE node_address = ?', nodeAddress)[0];
  }

  async providersOfOperator(operator: Address): Promise<ProviderRow[]> {
    return this.#providers('WHERE operator = ? ORDER BY id', operator);
  }

  async providerCount(): Promise<number> {
    return Number(this.#number('SELECT count(*) AS n FROM providers'));
  }

  async providersPage(after: number, max: number): Promise<ProviderRow[]> {
    return this.#providers('WHERE id > ? ORDER BY id LIMIT ?', after, max);
  }

  async newestProviders(max: number): Promise<ProviderRow[]> {
    return this.#providers('ORDER BY id DESC LIMIT ?', max);
  }

  async asks(askIds: readonly bigint[]): Promise<ReadonlyMap<bigint, PostedAsk>> {
    const rows = this.#db.query(`SELECT * FROM asks WHERE ask_id IN ${AMONG}`, listOf(askIds));
    return byKey(
      rows.map((row) => posted(this.#tables.asks.decode(row))),
      ({ askId }) => askId,
    );
  }

  async asksOf(providers: readonly number[]): Promise<ReadonlyMap<number, readonly PostedAsk[]>> {
    const sql = 'SELECT * FROM asks WHERE provider = ? ORDER BY expiry DESC, ask_id LIMIT ?';
    const found = providers.flatMap((provider) => this.#db.query(sql, provider, MAX_ASKS_OF_PROVIDER));
    return Map.groupBy(
      found.map((row) => posted(this.#tables.asks.decode(row))),
      ({ ask }) => ask.provider,
    );
  }

  async asksPage(query: AskQuery): Promise<AskPage> {
    return this.#db.guard(() => readAsksPage(this.#db, this.#tables, query));
  }

  async candidates(request: CandidateRequest): Promise<Candidate[]> {
    return this.#db.read(() => findCandidates(this.#db, this.#tables, this.#terms, request));
  }

  async bidsPage(after: bigint, max: number): Promise<BidRow[]> {
    const rows = this.#db.query('SELECT * FROM bids WHERE bid_id > ? ORDER BY bid_id LIMIT ?', after, max);
    return rows.map((row) => standing(this.#tables.bids.decode(row)));
  }

  async agreement(id: AgreementId): Promise<AgreementRow | undefined> {
    return this.#db.guard(() => this.#tables.agreements.get(this.#db, BigInt.asIntN(64, id)));
  }

  async agreements(ids: readonly AgreementId[]): Promise<ReadonlyMap<AgreementId, AgreementRow>> {
    return byKey(this.#agreements(`id IN ${AMONG}`, listOf(ids)), ({ id }) => id);
  }

  async agreementsOfClient(client: Address): Promise<AgreementRow[]> {
    return this.#agreements('client = ?', client);
  }

  async agreementsOfProvider(provider: number): Promise<AgreementRow[]> {
    return this.#agreements('provider = ?', provider);
  }

  async activeAgreementCount(provider: number): Promise<number> {
    const sql = "SELECT count(*) AS n FROM agreements WHERE provider = ? AND status = 'active'";
    return Number(this.#number(sql, provider));
  }

  async holders(client: Address, objectKey: Hex): Promise<AgreementRow[]> {
    return latestOfShards(this.#agreements('client = ? AND object_key = ?', client, objectKey));
  }

  async objectsOf(client: Address): Promise<ReadonlyMap<Hex, readonly AgreementRow[]>> {
    const objects = Map.groupBy(this.#agreements('client = ?', client), ({ objectKey }) => objectKey);
    return new Map([...objects].map(([objectKey, rows]) => [objectKey, latestOfShards(rows)]));
  }

  async audits(audits: readonly bigint[]): Promise<ReadonlyMap<bigint, AuditRow>> {
    return byKey(this.#audits(`audit IN ${AMONG}`, listOf(audits)), ({ audit }) => audit);
  }

  async auditsOf(ids: readonly AgreementId[]): Promise<AuditRow[]> {
    return this.#audits(`agreement IN ${AMONG}`, listOf(ids));
  }

  async openAudits(): Promise<AuditRow[]> {
    return this.#audits("status = 'open'");
  }

  #marks(): BlockMark[] {
    const rows = this.#db.query('SELECT number, hash FROM marks ORDER BY number');
    return rows.map(({ number, hash }) => {
      assert(typeof number === 'bigint' && typeof hash === 'string', 'a mark');
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `apply`
      return { number, hash: hash as Hex };
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

/** One of a list that is given as JSON. */
const AMONG = '(SELECT value FROM json_each(?))';

/** Ids as the database has them, as JSON. */
function listOf(ids: readonly bigint[]): string {
  return `[${ids.map((id) => BigInt.asIntN(64, id)).join(',')}]`;
}

function byKey<K, T>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** @param rows in the order in which they were formed */
function latestOfShards(rows: readonly AgreementRow[]): AgreementRow[] {
  const latest = byKey(rows, ({ shardIndex }) => shardIndex);
  return [...latest.values()].toSorted((a, b) => a.shardIndex - b.shardIndex);
}

function posted({ askId, ...ask }: FlatAsk): PostedAsk {
  return { askId, ask };
}

function standing({ bidId, client, reserved, shardsLeft, ...terms }: FlatBid): BidRow {
  return { bidId, client, reserved, shardsLeft, terms };
}
