import type { AgreementRow, AgreementRowStatus, MarketIndex } from '../chain/market-index.ts';
import type { AgreementId } from '../market/messages.ts';
import type { StoredObject } from './stored-object.ts';

/** `starting`: its first period is not over. `late`: the provider has not proven the last whole period. */
export type ShardState = 'starting' | 'proven' | 'late' | Exclude<AgreementRowStatus, 'active'>;

export interface ShardHealth {
  shardIndex: number;
  provider: number;
  agreement: AgreementId;
  state: ShardState;
  /** The provider's last proof, which covers all that it holds. */
  lastProvenPeriod: number | undefined;
  /** Settled so far: periods, those of them that were proven, and the money, token wei. */
  settledPeriods: number;
  settledProven: number;
  paid: bigint;
  refunded: bigint;
}

export interface ObjectHealth {
  period: number;
  /** First period without an agreement; undefined when none runs. */
  endPeriod: number | undefined;
  /** Shards with a running agreement. */
  live: number;
  /** Of these, those whose provider proved the last whole period, or has not had one yet. */
  proving: number;
  shards: ShardHealth[];
}

/** What the chain says about each shard of an object. */
export async function objectHealth(
  object: StoredObject,
  index: Pick<MarketIndex, 'providers'>,
  period: number,
): Promise<ObjectHealth> {
  const providers = await index.providers(object.agreements.map(({ provider }) => provider));
  const shards = object.agreements.map((row) => {
    const lastProvenPeriod = providers.get(row.provider)?.lastProvenPeriod;
    return {
      shardIndex: row.shardIndex,
      provider: row.provider,
      agreement: row.id,
      state: stateOf(row, lastProvenPeriod, period),
      lastProvenPeriod,
      settledPeriods: row.settledTo - row.startPeriod,
      settledProven: row.provenPeriods,
      paid: row.paid,
      refunded: row.refunded,
    };
  });
  const live = shards.filter(({ state }) => state === 'starting' || state === 'proven' || state === 'late');
  const proving = live.filter(({ state }) => state !== 'late').length;
  return { period, endPeriod: object.endPeriod, live: live.length, proving, shards };
}

function stateOf({ status, startPeriod }: AgreementRow, lastProven: number | undefined, period: number): ShardState {
  if (status !== 'active') return status;
  if (lastProven !== undefined && lastProven >= startPeriod && lastProven >= period - 1) return 'proven';
  return period <= startPeriod ? 'starting' : 'late';
}
