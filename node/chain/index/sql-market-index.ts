import { assert } from '../../core/assert.ts';
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
  type ChannelRow,
  type DemandRow,
  MAX_ASKS_OF_PROVIDER,
  MAX_CHANNELS_LISTED,
  MAX_SHARES_OF_OWNER,
  MAX_SHARES_WITH_READER,
  type MarketIndex,
  type ProviderRow,
  type ShareRow,
} from '../market-index.ts';
import { applyStretch } from './apply-stretch.ts';
import { readAsksPage } from './asks-page.ts';
import { findCandidates } from './candidates.ts';
import type { FoundRow, SqlDatabase, SqlReader, SqlValues, SqlWriter } from './sql-database.ts';
import { askOf, bidOf, type IndexTerms, type Tables } from './tables.ts';

export interface SqlMarketIndexComponents {
  readonly db: SqlDatabase;
  readonly tables: Tables;
  readonly terms: IndexTerms;
  /** Where the market begins: an empty index takes no later stretch. Any when undefined. */
  readonly firstBlock?: bigint | undefined;
}

/**
 * The market's state in a database of its own, which survives restarts. Rows are read when they are asked for: memory does not grow with the
 * market. Several processes may share it; whoever is first writes a stretch of blocks, and the others find it there.
 */
export class SqlMarketIndex implements MarketIndex, EventSink {
  readonly #db: SqlDatabase;
  readonly #tables: Tables;
  readonly #terms: IndexTerms;
  readonly #firstBlock: bigint | undefined;

  constructor({ db, tables, terms, firstBlock }: SqlMarketIndexComponents) {
    this.#db = db;
    this.#tables = tables;
    this.#terms = terms;
    this.#firstBlock = firstBlock;
  }

  async block(): Promise<bigint | undefined> {
    return (await this.lastMark())?.number;
  }

  async lastMark(): Promise<BlockMark | undefined> {
    return lastMarkOf(this.#db);
  }

  async marks(): Promise<readonly BlockMark[]> {
    return marksOf(this.#db);
  }

  async apply(batch: EventBatch, floor: bigint): Promise<void> {
    assert(batch.fromBlock > floor || batch.to.number <= floor, 'a stretch on one side of the floor');
    await this.#db.write(async (writer) => {
      const last = (await lastMarkOf(writer))?.number;
      // Another process was faster, or emptied it meanwhile: whoever follows the chain goes on from what is there.
      const next = last === undefined ? this.#firstBlock : last + 1n;
      if (next !== undefined && batch.fromBlock !== next) return;
      const target = { writer, dialect: this.#db.dialect, tables: this.#tables, terms: this.#terms };
      await applyStretch(target, batch.events, batch.fromBlock > floor ? batch.to.number : undefined);
      await writer.all('INSERT INTO marks (number, hash) VALUES (:number, :hash)', { ...batch.to });
      await this.#forgetBelow(writer, floor);
    });
  }

  async rollback(block: bigint): Promise<void> {
    await this.#db.write(async (writer) => {
      // Another process may have read on, and forgotten the way back to there.
      if (!(await marksOf(writer)).some(({ number }) => number === block)) return this.#clear(writer);
      for (const table of Object.values(this.#tables)) await table.rollback(writer, block);
      await writer.all('DELETE FROM marks WHERE number > :block', { block });
    });
  }

  async reset(): Promise<void> {
    await this.#db.write(async (writer) => this.#clear(writer));
  }

  /** Lets the database go. Safe to call twice. */
  async close(): Promise<void> {
    await this.#db.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async provider(id: number): Promise<ProviderRow | undefined> {
    return (await this.#providers('WHERE id = :id', { id }))[0];
  }

  async providers(ids: readonly number[]): Promise<ReadonlyMap<number, ProviderRow>> {
    return byKey(await this.#tables.providers.get(this.#db, this.#db.dialect, ids), ({ id }) => id);
  }

  async providerOfNode(nodeAddress: Address): Promise<ProviderRow | undefined> {
    return (await this.#providers('WHERE lower(node_address) = :address', { address: nodeAddress.toLowerCase() }))[0];
  }

  async providersOfOperator(operator: Address): Promise<ProviderRow[]> {
    return this.#providers('WHERE lower(operator) = :operator ORDER BY id', { operator: operator.toLowerCase() });
  }

  async providerCount(): Promise<number> {
    return countOf(await this.#db.all('SELECT count(*) AS n FROM providers'));
  }

  async providersPage(after: number, max: number): Promise<ProviderRow[]> {
    return this.#providers('WHERE id > :after ORDER BY id LIMIT :max', { after, max });
  }

  async newestProviders(max: number): Promise<ProviderRow[]> {
    return this.#providers('ORDER BY id DESC LIMIT :max', { max });
  }

  async asks(askIds: readonly bigint[]): Promise<ReadonlyMap<bigint, PostedAsk>> {
    const rows = await this.#tables.asks.get(this.#db, this.#db.dialect, askIds);
    return byKey(rows.map(askOf), ({ askId }) => askId);
  }

  async asksOf(providers: readonly number[]): Promise<ReadonlyMap<number, readonly PostedAsk[]>> {
    if (providers.length === 0) return new Map();
    const { dialect } = this.#db;
    const newest = `SELECT place FROM asks WHERE provider = wanted.value ORDER BY expiry DESC, ask_id LIMIT ${MAX_ASKS_OF_PROVIDER}`;
    const rows = await this.#db.all(
      `SELECT a.* FROM ${dialect.listed('providers', 'integer', 'wanted')} CROSS JOIN asks a
       WHERE ${dialect.isAnyOf('a.place', newest)} ORDER BY a.provider, a.expiry DESC, a.ask_id`,
      { providers: [...new Set(providers)] },
    );
    return Map.groupBy(
      rows.map((row) => askOf(this.#tables.asks.decode(row))),
      ({ ask }) => ask.provider,
    );
  }

  async asksPage(query: AskQuery): Promise<AskPage> {
    return readAsksPage(this.#db, this.#db.dialect, this.#tables, query);
  }

  async candidates(request: CandidateRequest): Promise<Candidate[]> {
    const { dialect } = this.#db;
    return this.#db.read(async (reader) =>
      findCandidates({ reader, dialect, tables: this.#tables, terms: this.#terms }, request),
    );
  }

  async bidsPage(after: bigint, max: number): Promise<BidRow[]> {
    const sql = 'SELECT * FROM bids WHERE bid_id > :after ORDER BY bid_id LIMIT :max';
    return (await this.#db.all(sql, { after, max })).map((row) => bidOf(this.#tables.bids.decode(row)));
  }

  async agreement(id: AgreementId): Promise<AgreementRow | undefined> {
    return (await this.agreements([id])).get(id);
  }

  async agreements(ids: readonly AgreementId[]): Promise<ReadonlyMap<AgreementId, AgreementRow>> {
    return byKey(await this.#tables.agreements.get(this.#db, this.#db.dialect, ids), ({ id }) => id);
  }

  async agreementsOfClient(client: Address): Promise<AgreementRow[]> {
    return this.#agreements('lower(client) = :client', { client: client.toLowerCase() });
  }

  async agreementsOfProvider(provider: number): Promise<AgreementRow[]> {
    return this.#agreements('provider = :provider', { provider });
  }

  async activeAgreementCount(provider: number): Promise<number> {
    const sql = "SELECT count(*) AS n FROM agreements WHERE provider = :provider AND status = 'active'";
    return countOf(await this.#db.all(sql, { provider }));
  }

  async holders(client: Address, objectKey: Hex): Promise<AgreementRow[]> {
    const values = { client: client.toLowerCase(), objectKey: objectKey.toLowerCase() };
    return latestOfShards(await this.#agreements('lower(client) = :client AND object_key = :objectKey', values));
  }

  async objectsOf(client: Address): Promise<ReadonlyMap<Hex, readonly AgreementRow[]>> {
    const objects = Map.groupBy(await this.agreementsOfClient(client), ({ objectKey }) => objectKey);
    return new Map([...objects].map(([objectKey, rows]) => [objectKey, latestOfShards(rows)]));
  }

  async audits(audits: readonly bigint[]): Promise<ReadonlyMap<bigint, AuditRow>> {
    return byKey(await this.#tables.audits.get(this.#db, this.#db.dialect, audits), ({ audit }) => audit);
  }

  async auditsOf(ids: readonly AgreementId[]): Promise<AuditRow[]> {
    if (ids.length === 0) return [];
    const listed = this.#db.dialect.listed('ids', 'integer', 'listed');
    return this.#audits(`agreement IN (SELECT value FROM ${listed})`, { ids: ids.map((id) => BigInt.asIntN(64, id)) });
  }

  async openAudits(): Promise<AuditRow[]> {
    return this.#audits("status = 'open'");
  }

  async demands(demands: readonly bigint[]): Promise<ReadonlyMap<bigint, DemandRow>> {
    return byKey(await this.#tables.demands.get(this.#db, this.#db.dialect, demands), ({ demand }) => demand);
  }

  async demandsOf(ids: readonly AgreementId[]): Promise<DemandRow[]> {
    if (ids.length === 0) return [];
    const listed = this.#db.dialect.listed('ids', 'integer', 'listed');
    return this.#demands(`agreement IN (SELECT value FROM ${listed})`, { ids: ids.map((id) => BigInt.asIntN(64, id)) });
  }

  async openDemands(): Promise<DemandRow[]> {
    return this.#demands("status = 'open'");
  }

  async sharesOfObject(owner: Address, objectKey: Hex): Promise<ShareRow[]> {
    const values = { owner: owner.toLowerCase(), objectKey: objectKey.toLowerCase() };
    return this.#shares('lower(owner) = :owner AND object_key = :objectKey ORDER BY place', values);
  }

  async sharesOf(owner: Address): Promise<ShareRow[]> {
    return this.#shares('lower(owner) = :owner ORDER BY place', { owner: owner.toLowerCase() });
  }

  async sharesWith(reader: Address, owner?: Address): Promise<ShareRow[]> {
    const newest = 'ORDER BY shared_at_block DESC, place DESC LIMIT :max';
    if (owner === undefined) {
      const max = MAX_SHARES_WITH_READER;
      return this.#shares(`lower(reader) = :reader ${newest}`, { reader: reader.toLowerCase(), max });
    }
    const values = { reader: reader.toLowerCase(), owner: owner.toLowerCase(), max: MAX_SHARES_OF_OWNER };
    return this.#shares(`lower(reader) = :reader AND lower(owner) = :owner ${newest}`, values);
  }

  async channels(channels: readonly bigint[]): Promise<ReadonlyMap<bigint, ChannelRow>> {
    return byKey(await this.#tables.channels.get(this.#db, this.#db.dialect, channels), ({ channel }) => channel);
  }

  async channelsOfClient(client: Address): Promise<ChannelRow[]> {
    return this.#channels('lower(client) = :client', { client: client.toLowerCase() });
  }

  async channelsOfProvider(provider: number): Promise<ChannelRow[]> {
    return this.#channels('provider = :provider', { provider });
  }

  async #providers(clause: string, values: SqlValues): Promise<ProviderRow[]> {
    const rows = await this.#db.all(`SELECT * FROM providers ${clause}`, values);
    return rows.map((row) => this.#tables.providers.decode(row));
  }

  async #agreements(where: string, values: SqlValues): Promise<AgreementRow[]> {
    const rows = await this.#db.all(`SELECT * FROM agreements WHERE ${where} ORDER BY place`, values);
    return rows.map((row) => this.#tables.agreements.decode(row));
  }

  async #audits(where: string, values?: SqlValues): Promise<AuditRow[]> {
    const rows = await this.#db.all(`SELECT * FROM audits WHERE ${where} ORDER BY place`, values);
    return rows.map((row) => this.#tables.audits.decode(row));
  }

  async #demands(where: string, values?: SqlValues): Promise<DemandRow[]> {
    const rows = await this.#db.all(`SELECT * FROM demands WHERE ${where} ORDER BY place`, values);
    return rows.map((row) => this.#tables.demands.decode(row));
  }

  async #shares(clause: string, values: SqlValues): Promise<ShareRow[]> {
    const rows = await this.#db.all(`SELECT * FROM shares WHERE ${clause}`, values);
    return rows.map((row) => this.#tables.shares.decode(row));
  }

  async #channels(where: string, values: SqlValues): Promise<ChannelRow[]> {
    const sql = `SELECT * FROM channels WHERE ${where} ORDER BY channel DESC LIMIT :max`;
    const rows = await this.#db.all(sql, { ...values, max: MAX_CHANNELS_LISTED });
    return rows.map((row) => this.#tables.channels.decode(row)).toReversed();
  }

  /** Keeps the ways back to the newest mark at or below the floor, and to all after it. */
  async #forgetBelow(writer: SqlWriter, floor: bigint): Promise<void> {
    const sql = 'SELECT max(number) AS newest, min(number) AS oldest FROM marks WHERE number <= :floor';
    const [{ newest, oldest } = {}] = await writer.all(sql, { floor });
    if (typeof newest !== 'bigint' || newest === oldest) return;
    for (const table of Object.values(this.#tables)) await table.prune(writer, newest);
    await writer.all('DELETE FROM marks WHERE number < :newest', { newest });
  }

  async #clear(writer: SqlWriter): Promise<void> {
    for (const table of Object.values(this.#tables)) await table.clear(writer);
    await writer.all('DELETE FROM marks');
  }
}

async function marksOf(reader: SqlReader): Promise<BlockMark[]> {
  return (await reader.all('SELECT number, hash FROM marks ORDER BY number')).map(markOf);
}

async function lastMarkOf(reader: SqlReader): Promise<BlockMark | undefined> {
  return (await reader.all('SELECT number, hash FROM marks ORDER BY number DESC LIMIT 1')).map(markOf)[0];
}

function markOf({ number, hash }: FoundRow): BlockMark {
  assert(typeof number === 'bigint' && typeof hash === 'string', 'a mark');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `apply`
  return { number, hash: hash as Hex };
}

function countOf([row]: readonly FoundRow[]): number {
  return Number(row?.['n']);
}

function byKey<K, T>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** @param rows in the order in which they were formed */
function latestOfShards(rows: readonly AgreementRow[]): AgreementRow[] {
  const latest = byKey(rows, ({ shardIndex }) => shardIndex);
  return [...latest.values()].toSorted((a, b) => a.shardIndex - b.shardIndex);
}
