import type { AgreementRow } from '../chain/market-index.ts';
import { isStowError, messageOf } from '../core/errors.ts';
import type { AgreementId } from '../market/messages.ts';
import { endOf } from '../market/term.ts';
import type { Catalogue } from './catalogue.ts';
import { noProgress, type ProgressListener } from './progress.ts';
import type { StoredObject } from './stored-object.ts';

export interface RemoveComponents {
  /** Gives notice of one agreement. */
  giveNotice: (id: AgreementId, options: { signal: AbortSignal }) => Promise<void>;
  catalogue: Pick<Catalogue, 'setState'>;
}

export interface RemoveResult {
  /** Agreements that end with their notice now. */
  given: AgreementId[];
  /** Agreements that end as early without: their term is nearly over, or notice was given before. */
  unneeded: AgreementId[];
  failed: { id: AgreementId; reason: string }[];
  /** Those that were not tried because the signal aborted. */
  untried: AgreementId[];
}

/**
 * Gives notice of every running agreement of an object: the providers are paid until it takes effect, the rest comes back. One
 * that fails does not keep the others. Never throws for the chain's refusals; the result tells.
 */
export async function removeObject(
  components: RemoveComponents,
  object: StoredObject,
  options: { signal: AbortSignal; onProgress?: ProgressListener | undefined },
): Promise<RemoveResult> {
  const { signal, onProgress = noProgress } = options;
  const running = object.agreements.filter(({ status }) => status === 'active');
  const result: RemoveResult = { given: [], unneeded: [], failed: [], untried: [] };
  onProgress({ phase: 'settle' });
  // First: what was given notice of in part is not to be renewed either. The same command again gives the rest.
  components.catalogue.setState(object.objectKey, 'removed');
  for (const row of running) await removeOne(components, row, result, signal);
  return result;
}

/** What comes back at once when notice is given in a period, token wei: the rent of the periods that are cut off. */
export function freedByNotice(row: AgreementRow, period: number, noticePeriods: number): bigint {
  const cutOff = endOf(row) - (period + 1 + noticePeriods);
  return cutOff <= 0 ? 0n : BigInt(cutOff) * row.pricePerUnitPeriod * BigInt(row.units);
}

async function removeOne(
  { giveNotice }: RemoveComponents,
  { id }: AgreementRow,
  result: RemoveResult,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) {
    result.untried.push(id);
    return;
  }
  try {
    await giveNotice(id, { signal });
    result.given.push(id);
  } catch (error) {
    if (signal.aborted) result.untried.push(id);
    else if (isStowError(error, 'agreements-nothing-to-shorten')) result.unneeded.push(id);
    else result.failed.push({ id, reason: messageOf(error) });
  }
}
