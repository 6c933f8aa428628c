import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Units of the shard of a failed agreement, which its provider's tree knows no more; 0 when it did not fail. */
export async function readLostUnits(view: ChainView, lost: AgreementId, options: CallOptions = {}): Promise<number> {
  return readContract(
    view,
    `read the size of the shard of agreement ${formatAgreementId(lost)}`,
    { address: view.deployment.contracts.agreements, abi: agreementsAbi, functionName: 'lostUnitsOf', args: [lost] },
    options,
  );
}
