import type { TransactionReceipt } from 'viem';

import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface EndAgreementParameters {
  id: AgreementId;
}

/** Settles and closes an agreement whose term is over or whose provider failed. Anybody may. */
export async function endAgreement(
  sender: Sender,
  parameters: EndAgreementParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`end agreement ${formatAgreementId(parameters.id)}`, {
    address: sender.view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'end',
    args: [parameters.id],
  });
  return sender.send(call, options);
}
