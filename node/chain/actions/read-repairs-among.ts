import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { readAgreement } from './read-agreement.ts';

/** Which of these agreements answered a bid for a shard that another had held. */
export async function readRepairsAmong(
  view: ChainView,
  ids: readonly AgreementId[],
  options: CallOptions = {},
): Promise<ReadonlySet<AgreementId>> {
  const states = await Promise.all(ids.map(async (id) => readAgreement(view, id, options)));
  return new Set(ids.filter((_, index) => states[index]?.repair));
}
