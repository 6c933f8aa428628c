import { isStowError } from '../../core/errors.ts';
import type { CatalogueEntry } from '../catalogue.ts';
import type { SignedAgreement } from './agree.ts';
import { formAll, formedIds } from './form.ts';
import type { PutComponents, PutResult } from './put-types.ts';

/** Failures of the forming transaction after which it may have been sent, so that its object must not be forgotten. */
export const OUTCOME_UNKNOWN = new Set([
  'form-unknown',
  'chain-unreachable',
  'chain-stalled',
  'tx-not-mined',
  'tx-nonce-contended',
]);

/**
 * Forms an object's agreements. The catalogue knows it before the chain does: a crash in between loses neither money nor the name.
 * @throws StowError of the chain; `form-unknown`
 */
export async function formObject(
  { catalogue, clock, form, holders }: Pick<PutComponents, 'catalogue' | 'clock' | 'form' | 'holders'>,
  object: Pick<CatalogueEntry, 'objectKey' | 'name' | 'kind' | 'plainBytes' | 'k' | 'n'>,
  signed: readonly SignedAgreement[],
  signal: AbortSignal,
): Promise<PutResult['formed']> {
  const { objectKey } = object;
  const entry = { ...object, storedAt: Math.floor(clock.nowMs() / 1_000) };
  catalogue.put({ ...entry, state: 'forming' });
  try {
    const formed = await formAll(form, signed, signal);
    if (formed !== undefined) catalogue.put({ ...entry, state: 'stored', txHash: formed.txHash });
    return formed;
  } catch (error) {
    const unknown = isStowError(error) && OUTCOME_UNKNOWN.has(error.code);
    if (!unknown && !signal.aborted) {
      // A transaction of an earlier process may have been mined only now: then this one was refused, and all is well.
      const agreements = signed.map(({ agreement }) => agreement);
      const ids = await formedIds(holders, objectKey, agreements, { signal }).catch(() => undefined);
      if (ids !== undefined) {
        catalogue.put({ ...entry, state: 'stored' });
        return { ids };
      }
    }
    if (!unknown) catalogue.delete(objectKey);
    throw error;
  }
}
