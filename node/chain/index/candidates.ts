import { assert } from '../../core/assert.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { DIGEST_BYTES } from '../../core/units.ts';
import { placementTarget } from '../../market/distance.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import { askAt } from '../../market/peg.ts';
import { CANDIDATE_WINDOW, windowOf } from '../../market/placement.ts';
import { type Candidate, type CandidateRequest, type CandidateRow, MAX_ASKS_OF_PROVIDER } from '../market-index.ts';
import type { IndexDatabase } from './index-database.ts';
import type { IndexTerms, Tables } from './tables.ts';

/** Sums of money are compared as floating-point numbers, which have 15 places: nobody is left out who is within this of a bound. */
const SLACK = 1 + 1e-9;

const PROVIDER_FIELDS = [
  'id',
  'operator',
  'placementId',
  'failed',
  'free',
  'capacity',
  'heldUnits',
  'nodeAddress',
  'nodePublicKey',
  'region',
  'addresses',
  'good',
  'bad',
  'updated',
  'epoch',
  'recentClients',
  'clientsBefore',
] as const;

const ASK_FIELDS = [
  'askId',
  'provider',
  'pricePerUnitPeriod',
  'unitsLeft',
  'minUnits',
  'maxUnits',
  'expiry',
  'collateralPeriods',
  'minPeriods',
  'maxPeriods',
  'region',
  'minClientDeposit',
  'retrievalPricePerMiB',
  'premiumBps',
  'ceiling',
] as const;

/** What an ask wants now, to 15 places; `:quote` is what the price index says. The exact one is `askPrice`. */
export const PRICE_NOW =
  'CASE premium_bps WHEN 0 THEN about_price ELSE max(about_price, min(about_ceiling, :quote * premium_bps / 10000.0)) END';

/** What the query compares of an ask. All of it is in an index. */
const COMPARED = `place, ask_id, ${PRICE_NOW} AS price, min_units, max_units, units_left, min_periods, max_periods, about_deposit,
  collateral_periods, region`;

/** Open providers between two placement ids, each with its cheapest ask that fits, by the conditions of `failedAskRules`. */
function rangeSql({ providers, asks }: Tables, regions: number): string {
  const regionClause =
    regions === 0 ? '' : `AND region IN (${Array.from({ length: regions }, (_, i) => `:region${i}`).join(', ')})`;
  return `
    SELECT ${providers
      .columnsOf(PROVIDER_FIELDS)
      .map((column) => `p.${column} AS p_${column}`)
      .join(', ')},
      ${asks
        .columnsOf(ASK_FIELDS)
        .map((column) => `a.${column} AS ${column}`)
        .join(', ')}
    FROM providers p CROSS JOIN asks a ON a.place = (
      SELECT place FROM (
        SELECT ${COMPARED} FROM asks WHERE provider = p.id AND is_live = 1 AND expiry > :time
        ORDER BY expiry DESC LIMIT ${MAX_ASKS_OF_PROVIDER}
      )
      WHERE min_units <= :units AND max_units >= :units AND units_left >= :units
        AND min_periods <= :periods AND max_periods >= :periods
        AND about_deposit <= :deposit
        AND price <= :maxPrice
        AND price * collateral_periods * :units <= (CAST(p.free AS REAL) - :bond) * ${SLACK} + 1
        ${regionClause}
      ORDER BY price, ask_id LIMIT 1
    )
    WHERE p.is_open = 1 AND p.placement_id BETWEEN :from AND :to AND p.capacity - p.held_units >= :units`;
}

/**
 * Who could take any of an object's shards and is close enough to it to compete: exactly those that `placeShards` would let compete out of
 * the whole market. Placement ids are looked at outwards from each shard's target, in ranges with a common beginning, until the window is
 * full; so it takes as long however large the market is, and only those are read that fit.
 */
export function findCandidates(
  db: IndexDatabase,
  tables: Tables,
  terms: IndexTerms,
  request: CandidateRequest,
): Candidate[] {
  const search = new Search(db, tables, terms, request);
  const found = new Map<number, Candidate>();
  for (const shard of request.shards) {
    for (const candidate of search.around(placementTarget(request.objectKey, shard))) {
      found.set(candidate.row.id, candidate);
    }
  }
  return [...found.values()];
}

interface Found extends Candidate {
  readonly placementId: Uint8Array;
  readonly operator: string;
}

class Search {
  readonly #db: IndexDatabase;
  readonly #tables: Tables;
  readonly #request: CandidateRequest;
  readonly #sql: string;
  readonly #values: Record<string, number | bigint>;
  /** Bits that the first range around a target has in common with it: so many that it holds about one window. */
  readonly #firstBits: number;
  /** Shards share the wide ranges of a small market. */
  readonly #ranges = new Map<string, Found[]>();

  constructor(db: IndexDatabase, tables: Tables, { bond }: IndexTerms, request: CandidateRequest) {
    const regions = [...(request.regions ?? [])];
    this.#db = db;
    this.#tables = tables;
    this.#request = request;
    this.#sql = rangeSql(tables, regions.length);
    this.#values = {
      time: request.time,
      units: request.units,
      periods: request.periods,
      deposit: Number(request.clientDeposit) * SLACK,
      maxPrice: Number(request.maxPricePerUnitPeriod ?? Infinity) * SLACK,
      quote: Number(request.quote),
      bond: Number(bond),
      ...Object.fromEntries(regions.map((region, i) => [`region${i}`, region])),
    };
    const open = Number(db.statement('SELECT count(*) AS n FROM providers WHERE is_open = 1').get()?.['n'] ?? 0n);
    this.#firstBits = Math.max(0, Math.floor(Math.log2(open / CANDIDATE_WINDOW)));
  }

  /** The window around a target, and whom its last range brought besides. */
  around(target: Uint8Array): Found[] {
    const id = BigInt(`0x${toHex(target)}`);
    const found = [...this.#range(id, this.#firstBits)];
    for (let bits = this.#firstBits; bits > 0 && !windowOf(found, target, this.#request.shards.length).isFull; bits--) {
      // What differs in the last of the common bits: together with what there was, all with one bit less in common.
      found.push(...this.#range(id ^ (1n << BigInt(ID_BITS - bits)), bits));
    }
    return found;
  }

  /** Those whose placement ids begin with the first `bits` of `id`. */
  #range(id: bigint, bits: number): Found[] {
    const rest = BigInt(ID_BITS - bits);
    const from = (id >> rest) << rest;
    const key = `${bits} ${from}`;
    let found = this.#ranges.get(key);
    if (found === undefined) {
      found = this.#read(from, from | ((1n << rest) - 1n));
      this.#ranges.set(key, found);
    }
    return found;
  }

  #read(from: bigint, to: bigint): Found[] {
    const { providers, asks } = this.#tables;
    const rows = this.#db.statement(this.#sql).all({ ...this.#values, from: idText(from), to: idText(to) });
    const byProvider = new Map<bigint, Found & { asks: PostedAsk[] }>();
    for (const found of rows) {
      const id = found['p_id'];
      assert(typeof id === 'bigint', 'the id of a provider');
      const { askId, ...ask } = asks.decodeSome(found, ASK_FIELDS);
      const entry = byProvider.get(id) ?? {
        ...withPlacement(providers.decodeSome(found, PROVIDER_FIELDS, 'p_')),
        asks: [],
      };
      entry.asks.push({ askId, ask: askAt(ask, this.#request.quote) });
      byProvider.set(id, entry);
    }
    return [...byProvider.values()];
  }
}

const ID_BITS = DIGEST_BYTES * 8;

function withPlacement(row: CandidateRow): Omit<Found, 'asks'> {
  assert(row.placementId !== undefined, 'an open provider has a placement id');
  return { row, operator: row.operator, placementId: fromHex(row.placementId, DIGEST_BYTES) };
}

function idText(id: bigint): string {
  return `0x${id.toString(16).padStart(DIGEST_BYTES * 2, '0')}`;
}
