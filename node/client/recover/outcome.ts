import type { AgreementRowStatus } from '../../chain/market-index.ts';
import { isStowError, messageOf, StowError } from '../../core/errors.ts';
import type { CatalogueEntry, VerifiedHow } from '../catalogue.ts';
import { titleOf, type StoredObject } from '../stored-object.ts';

/** A shard that nobody can give out. */
export interface MissingShard {
  shardIndex: number;
  provider: number;
  reason: string;
}

/** An object that at least k of its holders describe alike. */
export interface Recovered {
  object: StoredObject;
  entry: CatalogueEntry;
  how: VerifiedHow;
  /** Unix seconds at which an earlier run verified it, where this one did not. */
  verifiedEarlier?: number | undefined;
  /** Why its name is another than the stored one. */
  renamed?: string | undefined;
  missing: readonly MissingShard[];
}

export interface NotRecovered {
  object: StoredObject;
  error: StowError;
  missing: readonly MissingShard[];
}

const WHY_NOT_AGREED: Record<Exclude<AgreementRowStatus, 'active'>, string> = {
  kept: 'its agreement is over',
  failed: 'its provider lost it: the agreement failed',
  'handed-over': 'it was handed over to nobody who still has it',
};

/** Shards that no agreement obliges anybody to keep any more. */
export function withoutAgreement({ agreements }: Pick<StoredObject, 'agreements'>): MissingShard[] {
  return agreements.flatMap(({ shardIndex, provider, status }) =>
    status === 'active' ? [] : [{ shardIndex, provider, reason: WHY_NOT_AGREED[status] }],
  );
}

/** Whatever kept an object from coming back, as something to say about it. */
export function failureOf(object: StoredObject, caught: unknown): StowError {
  if (isStowError(caught)) return caught;
  return new StowError({
    code: 'recover-failed',
    message: `${titleOf(object)} did not come back: ${messageOf(caught)}`,
    hint: 'run the same command again; --debug shows more',
    cause: caught,
  });
}
