import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Units of an agreement in its provider's tree; 0 once it is out of it. */
export async function readUnitsOf(view: ChainView, id: AgreementId, options: CallOptions = {}): Promise<number> {
  return readContract(
    view,
    `read the units of agreement ${formatAgreementId(id)}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'unitsOf',
      args: [id],
    },
    options,
  );
}
