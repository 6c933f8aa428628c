import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { openingOf, type ReplayContext } from './context.ts';
import type { Proofs } from './proofs.ts';

/** The last block in which a provider can show what it is asked for from `block` on: a full window, after any maintenance that was declared before and touches it. */
export function deadlineFor(
  { parameters }: ReplayContext,
  proofs: Proofs,
  id: AgreementId,
  { block, windowBlocks }: { block: bigint; windowBlocks: bigint },
): bigint {
  const deadline = block + windowBlocks;
  const { fromPeriod, untilPeriod } = proofs.get(providerOfAgreement(id)).maintenance;
  if (untilPeriod === fromPeriod) return deadline;
  const until = openingOf(untilPeriod, parameters);
  const overlaps = until > block && openingOf(fromPeriod, parameters) <= deadline;
  return overlaps ? until + windowBlocks : deadline;
}
