import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

import { getAddress } from 'viem/utils';

import { assert } from '../../core/assert.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import { hexOf } from './columns.ts';

const STATUSES = ['active', 'kept', 'failed', 'handed-over'] as const;
export type HoldingStatus = (typeof STATUSES)[number];

/** One agreement of this provider, as the chain last showed it. */
export interface Holding {
  readonly id: AgreementId;
  readonly client: Address;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly root: Hex;
  readonly units: number;
  readonly pricePerUnitPeriod: bigint;
  readonly startPeriod: number;
  /** The term; shorter than signed once the client gave notice, longer once renewed. */
  readonly periods: number;
  readonly status: HoldingStatus;
  /** Settled periods that were proven, under former providers too. */
  readonly provenPeriods: number;
  readonly settledPeriods: number;
  /** Of these, those that former providers proved: their pay went to them, their hold-back waits for the end. */
  readonly inheritedPeriods: number;
  /** Period in which the end was seen; undefined while active. */
  readonly endedPeriod?: number | undefined;
}

/** What can change about an agreement after it was formed. */
export type HoldingUpdate = Pick<Holding, 'periods' | 'status' | 'provenPeriods' | 'settledPeriods' | 'endedPeriod'>;

/** One shard belongs to one object, unless a client stores the very same bytes anew; each is a question to the chain. */
const MAX_SERVED_OBJECTS = 4;

/** This provider's agreements: a cache of the chain, and the list of shards that must not be deleted. */
export class Holdings {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Adds an agreement, or replaces what was known of it. */
  put(holding: Holding): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO agreements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        holding.id.toString(),
        holding.client.toLowerCase(),
        holding.objectKey.toLowerCase(),
        holding.shardIndex,
        holding.root.toLowerCase(),
        holding.units,
        holding.pricePerUnitPeriod.toString(),
        holding.startPeriod,
        holding.periods,
        holding.status,
        holding.provenPeriods,
        holding.settledPeriods,
        holding.endedPeriod ?? null,
        holding.inheritedPeriods,
      );
  }

  update(id: AgreementId, update: HoldingUpdate): void {
    this.#db
      .prepare(
        `UPDATE agreements SET periods = ?, status = ?, proven_periods = ?, settled_periods = ?, ended_period = ? WHERE id = ?`,
      )
      .run(
        update.periods,
        update.status,
        update.provenPeriods,
        update.settledPeriods,
        update.endedPeriod ?? null,
        id.toString(),
      );
  }

  get(id: AgreementId): Holding | undefined {
    return this.#select('id = ?', id.toString())[0];
  }

  active(): readonly Holding[] {
    return this.#select('status = ? ORDER BY start_period, id', 'active');
  }

  all(): readonly Holding[] {
    return this.#select('status <> ? ORDER BY start_period, id', '');
  }

  /** Of each client whom this provider has served in settled periods, an agreement that was not lost; those of late first, at most `max`. */
  servedClients(max: number): readonly Holding[] {
    return this.#select(
      "status IN ('active', 'kept') AND proven_periods > inherited_periods GROUP BY client ORDER BY MAX(start_period) DESC LIMIT CAST(? AS INTEGER)",
      String(max),
    );
  }

  ofRoot(root: Hex): readonly Holding[] {
    return this.#select('root = ?', root.toLowerCase());
  }

  /**
   * Whether a client may have a shard's bytes: under a live agreement, or one that was kept to an end in `sincePeriod` or later.
   * @param of the client, and which of its objects' shards; any of them when that is left out
   */
  serves(
    { client, objectKey, shardIndex }: Pick<Holding, 'client'> & Partial<Pick<Holding, 'objectKey' | 'shardIndex'>>,
    root: Hex,
    sincePeriod: number,
  ): boolean {
    const row = this.#db
      .prepare(
        `SELECT 1 FROM agreements WHERE root = :root AND client = :client
         AND (status = 'active' OR (status = 'kept' AND ended_period >= :sincePeriod))
         AND object_key = COALESCE(:objectKey, object_key) AND shard_index = COALESCE(:shardIndex, shard_index) LIMIT 1`,
      )
      .get({
        root: root.toLowerCase(),
        client: client.toLowerCase(),
        sincePeriod,
        objectKey: objectKey?.toLowerCase() ?? null,
        shardIndex: shardIndex ?? null,
      });
    return row !== undefined;
  }

  /** Whose shard it is, and of which objects: under agreements that `serves` knows. */
  servedObjects(root: Hex, sincePeriod: number): readonly Pick<Holding, 'client' | 'objectKey'>[] {
    return this.#db
      .prepare(
        `SELECT DISTINCT client, object_key FROM agreements WHERE root = ?
         AND (status = 'active' OR (status = 'kept' AND ended_period >= ?)) LIMIT ${MAX_SERVED_OBJECTS}`,
      )
      .all(root.toLowerCase(), sincePeriod)
      .map((row) => ({ client: getAddress(String(row['client'])), objectKey: hexOf(row, 'object_key') }));
  }

  /** Whether any agreement needs the shard: a live one, or one that ended in `sincePeriod` or later. */
  needs(root: Hex, sincePeriod: number): boolean {
    const row = this.#db
      .prepare("SELECT 1 FROM agreements WHERE root = ? AND (status = 'active' OR ended_period >= ?) LIMIT 1")
      .get(root.toLowerCase(), sincePeriod);
    return row !== undefined;
  }

  /** Whether a live agreement is over the shard. */
  isActive(root: Hex): boolean {
    const row = this.#db
      .prepare("SELECT 1 FROM agreements WHERE root = ? AND status = 'active' LIMIT 1")
      .get(root.toLowerCase());
    return row !== undefined;
  }

  /** Roots of live agreements, each once. */
  activeRoots(): readonly Hex[] {
    return this.#db
      .prepare("SELECT DISTINCT root FROM agreements WHERE status = 'active'")
      .all()
      .map((row) => hexOf(row, 'root'));
  }

  #select(where: string, value: string): Holding[] {
    return this.#db.prepare(`SELECT * FROM agreements WHERE ${where}`).all(value).map(toHolding);
  }
}

/** Periods that are over in `period`, belong to the term and are not settled. */
export function unsettledPeriods(
  { startPeriod, periods, settledPeriods }: Pick<Holding, 'startPeriod' | 'periods' | 'settledPeriods'>,
  period: number,
): number {
  return Math.max(0, Math.min(period, startPeriod + periods) - startPeriod - settledPeriods);
}

function toHolding(row: Record<string, SQLOutputValue>): Holding {
  const ended = row['ended_period'];
  return {
    id: BigInt(String(row['id'])),
    client: getAddress(String(row['client'])),
    objectKey: hexOf(row, 'object_key'),
    shardIndex: Number(row['shard_index']),
    root: hexOf(row, 'root'),
    units: Number(row['units']),
    pricePerUnitPeriod: BigInt(String(row['price'])),
    startPeriod: Number(row['start_period']),
    periods: Number(row['periods']),
    status: statusOf(row['status']),
    provenPeriods: Number(row['proven_periods']),
    settledPeriods: Number(row['settled_periods']),
    inheritedPeriods: Number(row['inherited_periods']),
    ...(ended === null ? {} : { endedPeriod: Number(ended) }),
  };
}

function statusOf(value: SQLOutputValue | undefined): HoldingStatus {
  const status = STATUSES.find((known) => known === value);
  assert(status !== undefined, 'a status that the schema allows');
  return status;
}
