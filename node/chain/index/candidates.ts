import { assert } from '../../core/assert.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { DIGEST_BYTES } from '../../core/units.ts';
import { placementTarget } from '../../market/distance.ts';
import { askAt } from '../../market/peg.ts';
import { CANDIDATE_WINDOW, windowOf } from '../../market/placement.ts';
import { type Candidate, type CandidateRequest, MAX_ASKS_OF_PROVIDER } from '../market-index.ts';
import { priceNow } from './price-now.ts';
import type { Dialect, FoundRow, SqlReader, SqlValues } from './sql-database.ts';
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
  'servedPaid',
  'servedDelay',
  'ratedPaid',
  'ratedSpeed',
  'servedAtBlock',
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

/** Open providers in some ranges of placement ids, each with its cheapest ask that fits, by the conditions of `failedAskRules`. */
function rangesSql({ providers, asks }: Tables, dialect: Dialect, hasRegions: boolean): string {
  const regionClause = hasRegions
    ? `AND region IN (SELECT value FROM ${dialect.listed('regions', 'integer', 'wanted_regions')})`
    : '';
  const within = `SELECT place FROM providers WHERE is_open = 1
    AND placement_id BETWEEN substr(wanted.value, 1, ${ID_TEXT_LENGTH}) AND substr(wanted.value, ${ID_TEXT_LENGTH + 1})`;
  // All that it compares of an ask is in an index.
  const cheapest = `
    SELECT place FROM (
      SELECT place, ask_id, ${priceNow(dialect)} AS price, min_units, max_units, units_left, min_periods, max_periods, about_deposit,
        collateral_periods, region
      FROM asks WHERE provider = p.id AND is_live = 1 AND expiry > :time
      ORDER BY expiry DESC LIMIT ${MAX_ASKS_OF_PROVIDER}
    ) live
    WHERE min_units <= :units AND max_units >= :units AND units_left >= :units
      AND min_periods <= :periods AND max_periods >= :periods
      AND about_deposit <= :deposit
      AND price <= :maxPrice
      AND price * collateral_periods * :units <= (CAST(p.free AS DOUBLE PRECISION) - :bond) * ${SLACK} + 1
      ${regionClause}
    ORDER BY price, ask_id LIMIT 1`;
  return `
    SELECT ${providers
      .columnsOf(PROVIDER_FIELDS)
      .map((column) => `p.${column} AS p_${column}`)
      .join(', ')},
      ${asks
        .columnsOf(ASK_FIELDS)
        .map((column) => `a.${column} AS ${column}`)
        .join(', ')}
    FROM ${dialect.listed('ranges', 'text', 'wanted')} CROSS JOIN providers p CROSS JOIN asks a
    WHERE ${dialect.isAnyOf('p.place', within)} AND p.capacity - p.held_units >= :units AND ${dialect.isAnyOf('a.place', cheapest)}`;
}

export interface CandidateSources {
  readonly reader: SqlReader;
  readonly dialect: Dialect;
  readonly tables: Tables;
  readonly terms: IndexTerms;
}

/**
 * Who could take any of an object's shards and is close enough to it to compete: exactly those that `placeShards` would let compete out of
 * the whole market. Placement ids are looked at outwards from the targets of all shards at once, in ranges with a common beginning, until the
 * windows are full; so it takes as long however large the market is, and only those are read that fit.
 */
export async function findCandidates(sources: CandidateSources, request: CandidateRequest): Promise<Candidate[]> {
  const search = new Search(sources, request);
  const all = request.shards.map((shard) => new Surroundings(placementTarget(request.objectKey, shard)));
  let bits = firstBits(await openProviders(sources.reader));
  await search.extend(all, (id) => id, bits);
  for (; bits > 0; bits--) {
    const open = all.filter((around) => !around.isFull(request.shards.length));
    if (open.length === 0) break;
    const differing = 1n << BigInt(ID_BITS - bits);
    // What differs in the last of the common bits: together with what there was, all with one bit less in common.
    await search.extend(open, (id) => id ^ differing, bits);
  }
  const found = all.flatMap((around) => around.found);
  return [...new Map(found.map((candidate) => [candidate.row.id, candidate])).values()];
}

async function openProviders(reader: SqlReader): Promise<number> {
  const [row] = await reader.all('SELECT count(*) AS n FROM providers WHERE is_open = 1');
  return Number(row?.['n']);
}

/** Bits that the first range around a target has in common with it: so many that it holds about one window. */
function firstBits(open: number): number {
  return open < CANDIDATE_WINDOW ? 0 : Math.floor(Math.log2(open / CANDIDATE_WINDOW));
}

interface Found extends Candidate {
  readonly placementId: Uint8Array;
  readonly operator: string;
}

/** Who was found around a shard's target: the window, and whom its last range brought besides. */
class Surroundings {
  readonly id: bigint;
  readonly found: Found[] = [];
  readonly #target: Uint8Array;

  constructor(target: Uint8Array) {
    this.#target = target;
    this.id = BigInt(`0x${toHex(target)}`);
  }

  isFull(shards: number): boolean {
    return windowOf(this.found, this.#target, shards).isFull;
  }
}

class Search {
  readonly #sources: CandidateSources;
  readonly #request: CandidateRequest;
  readonly #sql: string;
  readonly #values: SqlValues;

  constructor(sources: CandidateSources, request: CandidateRequest) {
    const regions = [...(request.regions ?? [])];
    this.#sources = sources;
    this.#request = request;
    this.#sql = rangesSql(sources.tables, sources.dialect, regions.length > 0);
    this.#values = {
      time: request.time,
      units: request.units,
      periods: request.periods,
      deposit: Number(request.clientDeposit) * SLACK,
      maxPrice: Number(request.maxPricePerUnitPeriod ?? Infinity) * SLACK,
      quote: Number(request.quote),
      bond: Number(sources.terms.bond),
      ...(regions.length > 0 ? { regions } : {}),
    };
  }

  /** Adds to each those whose placement ids have the first `bits` of what `idOf` makes of its own. Shards share the wide ranges of a small market. */
  async extend(all: readonly Surroundings[], idOf: (id: bigint) => bigint, bits: number): Promise<void> {
    const rest = BigInt(ID_BITS - bits);
    const startOf = (id: bigint): bigint => (id >> rest) << rest;
    const starts = new Set(all.map(({ id }) => startOf(idOf(id))));
    const ranges = [...starts].map((start) => idText(start) + idText(start | ((1n << rest) - 1n)));
    const rows = await this.#sources.reader.all(this.#sql, { ...this.#values, ranges });
    const byStart = Map.groupBy(
      rows.map((row) => this.#decode(row)),
      ({ row }) => startOf(BigInt(row.placementId ?? 0n)),
    );
    for (const around of all) around.found.push(...(byStart.get(startOf(idOf(around.id))) ?? []));
  }

  #decode(found: FoundRow): Found {
    const { providers, asks } = this.#sources.tables;
    const row = providers.decodeSome(found, PROVIDER_FIELDS, 'p_');
    const { askId, ...ask } = asks.decodeSome(found, ASK_FIELDS);
    assert(row.placementId !== undefined, 'an open provider has a placement id');
    const placementId = fromHex(row.placementId, DIGEST_BYTES);
    return { row, operator: row.operator, placementId, asks: [{ askId, ask: askAt(ask, this.#request.quote) }] };
  }
}

const ID_BITS = DIGEST_BYTES * 8;
/** `0x` and two digits a byte. */
const ID_TEXT_LENGTH = 2 + DIGEST_BYTES * 2;

function idText(id: bigint): string {
  return `0x${id.toString(16).padStart(DIGEST_BYTES * 2, '0')}`;
}
