import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { AgreementState } from '../records.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** The state of an agreement; status 0 when there is none. */
export async function readAgreement(
  view: ChainView,
  id: AgreementId,
  options: CallOptions = {},
): Promise<AgreementState> {
  return readContract(
    view,
    `read agreement ${formatAgreementId(id)}`,
    {
      address: view.deployment.contracts.agreements,
      abi: agreementsAbi,
      functionName: 'agreements',
      args: [id],
    },
    options,
  );
}
