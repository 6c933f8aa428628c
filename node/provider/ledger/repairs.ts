import type { DatabaseSync } from 'node:sqlite';

import { getAddress } from 'viem/utils';

import { assert } from '../../core/assert.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import { bigintOf, hexOf, textOf, type Row } from './columns.ts';

/**
 * `answered`: the bid's answer is signed, and may be on its way. `formed`: the agreement runs, and its shard is being rebuilt. `stored`: it is here.
 * `failed`: it could not be rebuilt, or somebody else was first.
 */
export type RepairState = 'answered' | 'formed' | 'stored' | 'failed';

/** A shard that another provider lost, and that this one took over. */
export interface RepairRow {
  /** The failed agreement. */
  readonly lost: AgreementId;
  readonly bidId: bigint;
  readonly client: Address;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly root: Hex;
  readonly units: number;
  /** Token wei behind the answer. */
  readonly collateral: bigint;
  /** Unix seconds until which the answer can be formed. */
  readonly deadline: number;
  readonly state: RepairState;
  /** What the answer formed; undefined before. */
  readonly agreement: AgreementId | undefined;
}

/** Bids for lost shards that this provider answered. Every change is durable when the call returns. */
export class Repairs {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Notes an answer before it leaves, in place of an earlier one for the same shard. */
  answer(row: Omit<RepairRow, 'state' | 'agreement'>): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO repairs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'answered', NULL)")
      .run(
        row.lost.toString(),
        row.bidId.toString(),
        row.client.toLowerCase(),
        row.objectKey.toLowerCase(),
        row.shardIndex,
        row.root.toLowerCase(),
        row.units,
        row.collateral.toString(),
        row.deadline,
      );
  }

  get(lost: AgreementId): RepairRow | undefined {
    return this.#select('lost = ?', lost.toString())[0];
  }

  /** Those that are not done with. */
  open(): readonly RepairRow[] {
    return this.#select("state IN ('answered', 'formed') ORDER BY deadline");
  }

  formed(lost: AgreementId, agreement: AgreementId): void {
    this.#change(lost, "state = 'formed', agreement = ?", agreement.toString());
  }

  end(lost: AgreementId, state: 'stored' | 'failed'): void {
    this.#change(lost, 'state = ?', state);
  }

  /** Whether the shard of an agreement of this provider is still being rebuilt. */
  isRebuilding(root: Hex): boolean {
    return this.#select("state IN ('answered', 'formed') AND root = ?", root.toLowerCase()).length > 0;
  }

  /** Whether an agreement for a lost shard of that client was formed, and its shard could not be rebuilt. */
  wasLetDownBy(client: Address): boolean {
    return this.#select("state = 'failed' AND agreement IS NOT NULL AND client = ?", client.toLowerCase()).length > 0;
  }

  totals(): Record<RepairState, number> {
    const counts = this.#db.prepare('SELECT state, count(*) AS n FROM repairs GROUP BY state').all();
    const of = (state: RepairState): number => Number(counts.find((row) => row['state'] === state)?.['n'] ?? 0);
    return { answered: of('answered'), formed: of('formed'), stored: of('stored'), failed: of('failed') };
  }

  #change(lost: AgreementId, set: string, value: string): void {
    const { changes } = this.#db.prepare(`UPDATE repairs SET ${set} WHERE lost = ?`).run(value, lost.toString());
    assert(changes === 1, `repair of ${lost} is known`);
  }

  #select(where: string, ...values: string[]): RepairRow[] {
    return this.#db
      .prepare(`SELECT * FROM repairs WHERE ${where}`)
      .all(...values)
      .map(toRepair);
  }
}

const STATES = ['answered', 'formed', 'stored', 'failed'] as const;

function toRepair(row: Row): RepairRow {
  const state = STATES.find((known) => known === row['state']);
  assert(state !== undefined, 'a state that the schema allows');
  return {
    lost: bigintOf(row, 'lost'),
    bidId: bigintOf(row, 'bid_id'),
    client: getAddress(textOf(row, 'client')),
    objectKey: hexOf(row, 'object_key'),
    shardIndex: Number(row['shard_index']),
    root: hexOf(row, 'root'),
    units: Number(row['units']),
    collateral: bigintOf(row, 'collateral'),
    deadline: Number(row['deadline']),
    state,
    agreement: row['agreement'] === null ? undefined : bigintOf(row, 'agreement'),
  };
}
